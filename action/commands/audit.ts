import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AuditEntry } from '../../policies/audit/audit-entry.ts';
import { entryText } from '../../policies/audit/audit-entry.ts';
import { isJsonObject } from '../../policies/audit/canonical-json.ts';
import { inclusionProof, leafHash, rootOf } from '../../policies/audit/merkle-tree.ts';
import type { VerifyResult } from '../../policies/audit/verify-log.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { readCheckpoint, readEntries, verifyDirectory } from '../audit-log/directory-store.ts';
import { homeOf } from '../deployer/state-directory.ts';
import { printable } from '../report/describe-finding.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command, CommandContext, CommandResult, ParsedArguments } from './command.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'read the audit log, and prove that nothing in it was changed',
  usage: [
    'evenkeel audit list [--rollout ID] [--service NAME] [--actor NAME] [--since TIME] [--limit N]',
    '       evenkeel audit show SEQUENCE',
    '       evenkeel audit verify [--since FILE|CHECKPOINT] [--key KEY]',
  ].join('\n'),
  example: 'evenkeel audit verify --since checkpoint-of-last-month',
  takesPositionals: true,
  options: {
    rollout: { type: 'string' },
    service: { type: 'string' },
    actor: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
    key: { type: 'string' },
    directory: { type: 'string' },
  },
  optionHelp: {
    rollout: 'list: only this rollout',
    service: 'list: only this service',
    actor: 'list: only what this person, the judge or evenkeel did',
    since:
      'list: from this time on (RFC 3339); verify: a checkpoint that was seen before, or a file with one',
    limit: 'list: the last N entries (default: 50)',
    key: 'verify: the public key to trust (default: key.pub beside the log)',
    directory: 'where the log is (default: .evenkeel/audit)',
  },
  run(args, context) {
    const [verb, sequence] = args.positionals;
    return new Promise((settle) => {
      const directory = directoryOf(args, context);
      if (verb === 'list') settle(list(directory, args));
      else if (verb === 'show') settle(show(directory, sequence));
      else if (verb === 'verify') settle(verify(directory, args, context));
      else
        throw inputFailure(
          'usage',
          'say what to do with the audit log: `evenkeel audit list`, `evenkeel audit show SEQUENCE` or `evenkeel audit verify`',
        );
    });
  },
};

function directoryOf({ values }: ParsedArguments, context: CommandContext): string {
  const { directory } = values;
  if (typeof directory === 'string') return resolve(context.workingDirectory, directory);
  return join(homeOf(repositoryRoot(context.workingDirectory), context.env), 'audit');
}

function list(directory: string, { values }: ParsedArguments): CommandResult {
  const { rollout, service, actor } = values;
  const limit = limitOf(values['limit']);
  const from = timeOf(values['since']);
  const matching: AuditEntry[] = [];
  for (const entry of readEntries(directory)) {
    if (rollout !== undefined && entry.rollout !== rollout) continue;
    if (service !== undefined && entry.service !== service) continue;
    if (actor !== undefined && entry.actor.name !== actor) continue;
    if (entry.at < from) continue;
    matching.push(entry);
  }
  const entries = matching.slice(-limit);
  const left = matching.length - entries.length;
  const lines = [
    ...(left > 0 ? [`(${left} earlier entries: --limit ${matching.length})`] : []),
    ...table(entries),
  ];
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: 'listed',
    result: { entries, matching: matching.length },
    text: entries.length === 0 ? 'no entries' : lines.join('\n'),
  };
}

function limitOf(value: ParsedArguments['values'][string]): number {
  const limit = Number(value ?? 50);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw inputFailure('usage', `--limit ${String(value)} is not a whole number above 0; write --limit 20`);
}

function timeOf(value: ParsedArguments['values'][string]): string {
  if (typeof value !== 'string') return '';
  const time = new Date(value);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw inputFailure(
    'usage',
    `--since ${JSON.stringify(value)} is not a time; write --since 2026-01-31T00:00:00Z`,
  );
}

function table(entries: readonly AuditEntry[]): string[] {
  const rows = [
    ['seq', 'at', 'rollout', 'service', 'event', 'by', ''],
    ...entries.map((entry) => [
      String(entry.sequence),
      entry.at,
      entry.rollout ?? '',
      entry.service ?? '',
      entry.event,
      entry.actor.name,
      detailOf(entry),
    ]),
  ].map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What tells one entry from the next of its kind. */
function detailOf({ inputs }: AuditEntry): string {
  if (!isJsonObject(inputs)) return '';
  return ['name', 'judgement', 'command', 'decision', 'message']
    .map((key) => inputs[key])
    .filter((value) => typeof value === 'string')
    .join(', ');
}

function show(directory: string, sequence: string | undefined): CommandResult {
  const entries = [...readEntries(directory)];
  const entry = entries.find((candidate) => String(candidate.sequence) === sequence);
  if (entry === undefined) {
    const message =
      sequence === undefined ? 'say which entry' : `there is no entry ${JSON.stringify(sequence)}`;
    throw inputFailure('no-such-entry', `${message}: \`evenkeel audit list\` shows their numbers`);
  }
  const leaves = entries.map((each) => leafHash(entryText(each)));
  const proof = inclusionProof(leaves, entries.indexOf(entry)).map((hash) => hash.toString('base64'));
  const leaf = `sha256:${leafHash(entryText(entry)).toString('hex')}`;
  const tree = { size: entries.length, root: `sha256:${rootOf(leaves).toString('hex')}` };
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: 'shown',
    result: { entry, leaf, inclusionProof: proof, tree },
    text: printableLines(JSON.stringify(entry, null, 2)),
  };
}

function verify(directory: string, { values }: ParsedArguments, context: CommandContext): CommandResult {
  const { since, key } = values;
  const result = verifyDirectory(directory, {
    ...(typeof since === 'string' && { since: checkpointOf(since, context) }),
    ...(typeof key === 'string' && { key }),
  });
  const checkpoint = readCheckpoint(directory);
  const isValid = result.outcome === 'valid';
  return {
    exitCode: isValid ? 0 : 1,
    decision: result.outcome,
    reasonCode: isValid ? 'valid' : result.problems[0].reasonCode,
    result: { ...result, checkpoint },
    text: isValid ? validText(result, checkpoint) : notValidText(result.problems),
  };
}

const shownProblems = 10;

function notValidText(problems: Extract<VerifyResult, { outcome: 'not-valid' }>['problems']): string {
  const lines = problems.slice(0, shownProblems).map(({ sequence, reasonCode, message }) => {
    const place = sequence === null ? 'the log' : `entry ${sequence}`;
    return printable(`  ${place}: ${message} (${reasonCode})`);
  });
  const more = problems.length - lines.length;
  return ['not valid:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function validText(result: VerifyResult, checkpoint: string | null): string {
  const entries = result.size === 1 ? '1 entry' : `${result.size} entries`;
  return [
    `valid: ${entries}, each as it was signed`,
    ...result.notices.map(({ sequence, message }) => `  entry ${sequence}: ${message}`),
    ...(checkpoint === null
      ? []
      : ['', 'keep this head elsewhere, to verify with --since later:', checkpoint.trimEnd()]),
  ].join('\n');
}

/** A checkpoint spans lines, so a text without any is a file. */
function checkpointOf(since: string, context: CommandContext): string {
  if (since.includes('\n')) return since.endsWith('\n') ? since : `${since}\n`;
  const path = resolve(context.workingDirectory, since);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw inputFailure(
      'checkpoint-missing',
      `--since ${JSON.stringify(since)} cannot be read; give a file with a checkpoint that was seen before, or its text`,
    );
  }
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
