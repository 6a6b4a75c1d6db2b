import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isAuditEntry, type AuditEntry } from '../../policies/audit/audit-entry.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { readLog, verifyDirectory } from '../audit-log/directory-store.ts';
import { homeOf, readFileIfPresent } from '../deployer/state-directory.ts';
import { printable } from '../report/describe-finding.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command, CommandContext, CommandResult, ParsedArguments } from './command.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'read the audit log, and prove that nothing in it was changed',
  usage:
    'evenkeel audit list [--rollout ID] [--actor NAME] [--since TIME] [--limit N]\n       evenkeel audit show SEQUENCE\n       evenkeel audit verify [--since FILE]',
  example: 'evenkeel audit verify --since checkpoint-of-last-month',
  options: {
    rollout: { type: 'string' },
    actor: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
    directory: { type: 'string' },
  },
  optionHelp: {
    rollout: 'list: only this rollout',
    actor: 'list: only what this person, or the judge, or evenkeel did',
    since: 'list: from this time on (RFC 3339); verify: a file with a checkpoint that was seen before',
    limit: 'list: the last N entries (default: 50)',
    directory: 'the log’s directory (default: .evenkeel/audit)',
  },
  run(args, context) {
    const directory = directoryOf(args, context);
    const [verb, ...rest] = args.positionals;
    switch (verb) {
      case 'list':
        return Promise.resolve(list(directory, args));
      case 'show':
        return Promise.resolve(show(directory, rest[0]));
      case 'verify':
        return Promise.resolve(verify(directory, args, context));
      default:
        throw inputFailure(
          'usage',
          'say what to do with the audit log: `evenkeel audit list`, `show SEQUENCE` or `verify`',
        );
    }
  },
};

function directoryOf({ values }: ParsedArguments, context: CommandContext): string {
  const { directory } = values;
  if (typeof directory === 'string') return resolve(context.workingDirectory, directory);
  return join(homeOf(repositoryRoot(context.workingDirectory), context.env), 'audit');
}

function entriesIn(directory: string): AuditEntry[] {
  return readLog(directory).lines.map((line, index) => {
    const value = parse(line);
    if (isAuditEntry(value)) return value;
    throw inputFailure(
      'audit-log-damaged',
      `entry ${index} of ${directory} cannot be read; look with \`evenkeel audit verify\``,
    );
  });
}

function list(directory: string, { values }: ParsedArguments): CommandResult {
  const { rollout, actor, since } = values;
  const limit = Number(values['limit'] ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    throw inputFailure('usage', '--limit must be a whole number above 0');
  if (typeof since === 'string' && Number.isNaN(Date.parse(since))) {
    throw inputFailure(
      'usage',
      `--since ${JSON.stringify(since)} is no time; write it as 2026-01-31T00:00:00Z`,
    );
  }
  const from = typeof since === 'string' ? new Date(since).toISOString() : '';
  const entries = entriesIn(directory)
    .filter(
      (entry) => rollout === undefined || entry.rollout === rollout || String(entry.sequence) === rollout,
    )
    .filter((entry) => actor === undefined || entry.actor.name === actor)
    .filter((entry) => entry.at >= from)
    .slice(-limit);
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: 'listed',
    result: { entries },
    text: entries.length === 0 ? 'no entries' : entries.map(line).join('\n'),
  };
}

function line(entry: AuditEntry): string {
  const rollout = entry.rollout === undefined ? '' : ` rollout ${entry.rollout}`;
  return printable(
    `${String(entry.sequence).padStart(5)}  ${entry.at}  ${entry.event.padEnd(19)}  ${entry.service}${rollout}  ${entry.actor.name}${detailOf(entry)}`,
  );
}

function detailOf({ inputs }: AuditEntry): string {
  if (typeof inputs !== 'object' || inputs === null) return '';
  const parts = ['name', 'judgement', 'command', 'message'].flatMap((key) => {
    const value: unknown = Reflect.get(inputs, key);
    return typeof value === 'string' ? [value] : [];
  });
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function show(directory: string, sequence: string | undefined): CommandResult {
  const entry = entriesIn(directory).find((candidate) => String(candidate.sequence) === sequence);
  if (entry === undefined) {
    throw inputFailure(
      'usage',
      `there is no entry ${JSON.stringify(sequence ?? '')}; see \`evenkeel audit list\``,
    );
  }
  return {
    exitCode: 0,
    decision: 'done',
    reasonCode: 'shown',
    result: { entry },
    text: JSON.stringify(entry, null, 2),
  };
}

function verify(directory: string, { values }: ParsedArguments, context: CommandContext): CommandResult {
  const { since } = values;
  const seenBefore =
    typeof since === 'string' ? [readCheckpoint(resolve(context.workingDirectory, since))] : [];
  const verification = verifyDirectory(directory, seenBefore);
  const [first] = verification.problems;
  const checkpoint = readFileIfPresent(join(directory, 'checkpoint'));
  return {
    exitCode: verification.isValid ? 0 : 1,
    decision: verification.isValid ? 'valid' : 'not-valid',
    reasonCode: first?.reasonCode ?? 'valid',
    result: { ...verification, checkpoint },
    text:
      first === undefined
        ? `valid: ${verification.size} entries, all as they were signed\n\n${checkpoint ?? ''}`.trimEnd()
        : [`not valid:`, ...verification.problems.map((problem) => `  ${problem.message}`)].join('\n'),
  };
}

function readCheckpoint(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw inputFailure('usage', `--since ${path} cannot be read; give a file with a checkpoint`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
