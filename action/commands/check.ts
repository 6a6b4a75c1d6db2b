import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { effectFailure } from '../../stacks/failure.ts';
import { openChanges } from '../repository/read-changes.ts';
import { version } from '../version.ts';
import type { Command } from './command.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'look at every change between two revisions: configuration, schemas, SQL, code, infrastructure',
  usage:
    'evenkeel check [--base REVISION] [--head REVISION] [--service NAME] [--sarif FILE] [--all] [--no-commands]',
  example: 'evenkeel check --base main --head HEAD --sarif evenkeel.sarif',
  options: {
    base: { type: 'string' },
    head: { type: 'string' },
    service: { type: 'string' },
    sarif: { type: 'string' },
    all: { type: 'boolean' },
    'no-commands': { type: 'boolean' },
  },
  optionHelp: {
    base: 'compare with this revision, whose policy holds (default: where head left the default branch)',
    head: 'the revision to look at (default: HEAD)',
    service: 'look at one service of the policy only',
    sarif: 'write the findings as SARIF 2.1.0 to this file; - for standard output',
    all: 'show what the unchanged configuration files hold as well, not only what the change introduces',
    'no-commands': 'do not run the commands and previews that the policy declares',
  },
  async run({ values }, context) {
    const { base, head, service, sarif } = values;
    const directory = context.workingDirectory;
    const revisions = {
      head: typeof head === 'string' ? head : 'HEAD',
      ...(typeof base === 'string' ? { base } : {}),
    };
    const { asked, changes } = openChanges(directory, revisions.base, revisions.head);
    const { formatCheck, otherRules, ruleTable, runCheck, toSarif } = await loadBeside(asked);
    const outcome = await runCheck({
      directory,
      ...revisions,
      changes,
      context,
      runsCommands: values['no-commands'] !== true,
      showsAll: values['all'] === true,
      ...(typeof service === 'string' ? { service } : {}),
    });
    const { verdict, findings, claims, unclaimed, isAdoption } = outcome;
    const log = toSarif(findings, [...ruleTable, ...otherRules], version, values['all'] === true);
    if (typeof sarif === 'string' && sarif !== '-') {
      writeSarif(resolve(context.workingDirectory, sarif), log);
    }
    const counts = { error: 0, warning: 0, note: 0, waived: 0 };
    for (const finding of findings) counts[finding.waivedBy === undefined ? finding.level : 'waived']++;
    return {
      exitCode: verdict.decision === 'block' ? 1 : verdict.decision === 'allow' ? 0 : 3,
      decision: verdict.decision,
      reasonCode: verdict.reasonCode,
      result: {
        verdict,
        isAdoption,
        counts,
        findings,
        claims,
        unclaimed,
        base: outcome.base,
        head: outcome.head,
        changedPaths: outcome.changedPaths,
      },
      text: formatCheck(outcome),
      ...(sarif === '-' ? { sarif: log } : {}),
    };
  },
};

/**
 * Loads what a check needs while git is at work, which is most of what a small change takes. Loading keeps this process
 * from asking git for more, so the larger part waits until git was `asked` for everything.
 */
async function loadBeside(asked: Promise<void>) {
  await import('../../policies/policy-file/load-policy.ts');
  await asked;
  const [{ runCheck }, { ruleTable }, { otherRules }, { toSarif }, { formatCheck }] = await Promise.all([
    import('./run-check.ts'),
    import('../../analyzers/rules.generated.ts'),
    import('../report/rule-list.ts'),
    import('../report/sarif.ts'),
    import('../report/text.ts'),
  ]);
  return { formatCheck, otherRules, ruleTable, runCheck, toSarif };
}

function writeSarif(path: string, log: unknown): void {
  try {
    writeFileSync(path, `${JSON.stringify(log, null, 2)}\n`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const message = `${path} cannot be written (${code}); name a file in a directory that exists, with --sarif`;
    throw effectFailure('sarif-not-written', message, true);
  }
}
