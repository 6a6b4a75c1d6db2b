import { createReadStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decideByEvidence } from '../../policies/approval/decide-by-evidence.ts';
import type { ApprovalOutcome } from '../../policies/approval/decide-approval.ts';
import { parseEvidence, type ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { readTime } from '../../policies/approval/timeline.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { explainLines, type ExplainTotals } from '../approval/explain-lines.ts';
import { formatApproval } from '../approval/format-approval.ts';
import { supposeThat } from '../approval/what-if.ts';
import { describeReadError } from '../judge/replay-lines.ts';
import type { Command, CommandContext, CommandResult, ExitCode, ParsedArguments } from './command.ts';

const exitCodes: Readonly<Record<ApprovalOutcome['decision'], ExitCode>> = {
  approved: 0,
  rejected: 1,
  pending: 3,
  skipped: 3,
};

export const approvalCommand: Command = {
  name: 'approval',
  summary: 'replay the decision on an approval: who counts, what was ignored and why, who can still approve',
  usage: [
    'evenkeel approval explain --evidence FILE [--what-if approve:LOGIN]... [--at TIME]',
    '       evenkeel approval explain --batch [FILE|-]',
    '',
    'The policy that decides is the one in the evidence. Exit codes: 0 approved, 1 rejected, 3 pending or skipped, 2 the input is wrong.',
  ].join('\n'),
  example: 'evenkeel approval explain --evidence evidence.json --what-if approve:bob',
  takesPositionals: true,
  options: {
    evidence: { type: 'string' },
    'what-if': { type: 'string', multiple: true },
    at: { type: 'string' },
    batch: { type: 'boolean' },
  },
  optionHelp: {
    evidence: 'JSON, or - for standard input; policies/approval/approval-evidence.schema.json describes it',
    'what-if': 'suppose approve:LOGIN, dismiss:LOGIN or push:LOGIN; may be given several times, in order',
    at: 'the instant that is written down (default: now), for instance 2026-01-05T12:00:00Z',
    batch: 'JSON lines, one evidence a line; one JSON decision a line, in the same order',
  },
  async run({ values, positionals }, context) {
    const [verb, ...files] = positionals;
    if (verb !== 'explain')
      throw inputFailure('usage', 'say what is wanted: `evenkeel approval explain --evidence FILE`');
    const named = [...files, ...textsOf(values['evidence'])];
    if (named.length > 1)
      throw inputFailure('usage', 'one file at a time; --batch reads many values from one');
    const at = instantOf(values['at'], context);
    const suppositions = textsOf(values['what-if']);
    if (values['batch'] !== true) return explainOne(named[0], suppositions, at, context);
    if (suppositions.length > 0)
      throw inputFailure('usage', '--what-if is about one evidence; leave out --batch');
    return await explainBatch(named[0] ?? '-', at, context);
  },
};

function textsOf(value: ParsedArguments['values'][string]): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}

function instantOf(value: ParsedArguments['values'][string], context: CommandContext): string {
  if (typeof value !== 'string') return context.now().toISOString();
  const time = readTime(value);
  if (time !== null) return new Date(time).toISOString();
  throw inputFailure('usage', `--at takes a time with its offset, for instance 2026-01-05T12:00:00Z`);
}

function explainOne(
  file: string | undefined,
  suppositions: readonly string[],
  at: string,
  context: CommandContext,
): CommandResult {
  if (file === undefined)
    throw inputFailure('usage', 'name the evidence: --evidence FILE, or --batch for many');
  const given = readEvidence(file, context);
  const evidence = suppositions.reduce((now, what) => supposeThat(now, what, at), given);
  const outcome = decideByEvidence(evidence, at);
  const { decision, reasonCode } = outcome;
  return {
    exitCode: exitCodes[decision],
    decision,
    reasonCode,
    result: outcome,
    text: formatApproval(outcome),
  };
}

function readEvidence(file: string, context: CommandContext): ApprovalEvidence {
  const where = file === '-' ? 'standard input' : file;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file === '-' ? 0 : resolve(context.workingDirectory, file), 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : describeReadError(error);
    throw inputFailure('evidence-unreadable', `${where} ${why}; give a JSON file with the evidence`);
  }
  const reading = parseEvidence(value);
  if (reading.ok) return reading.evidence;
  throw inputFailure('evidence-invalid', `${where}: ${reading.message}`);
}

async function explainBatch(file: string, at: string, context: CommandContext): Promise<CommandResult> {
  const input = file === '-' ? process.stdin : createReadStream(resolve(context.workingDirectory, file));
  let totals: ExplainTotals;
  try {
    totals = await explainLines(input, at, (outcome) => {
      const { decision, reasonCode } = outcome;
      context.print(
        JSON.stringify({ schema: 'evenkeel/approval/v1', decision, reasonCode, result: outcome }),
      );
    });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const where = file === '-' ? 'standard input' : file;
    throw inputFailure('evidence-unreadable', `${where} ${describeReadError(error)}`);
  }
  const { approved, pending, rejected, skipped, unreadable } = totals;
  context.progress(
    `${approved} approved, ${pending} pending, ${rejected} rejected, ${skipped} skipped, ${unreadable} no evidence`,
  );
  return { ...endOf(totals), result: null, text: '', isStreamed: true };
}

/** The worst of them. */
function endOf(totals: ExplainTotals): Pick<CommandResult, 'exitCode' | 'decision' | 'reasonCode'> {
  if (totals.unreadable > 0) return { exitCode: 2, decision: 'error', reasonCode: 'evidence-invalid' };
  const order = ['rejected', 'pending', 'skipped'] as const;
  const worst = order.find((decision) => totals[decision] > 0) ?? 'approved';
  return { exitCode: exitCodes[worst], decision: worst, reasonCode: worst };
}
