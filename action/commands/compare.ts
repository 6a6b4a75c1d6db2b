import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  comparedKinds,
  directions,
  type ComparedKind,
  type ComparedVerdict,
  type Comparison,
  type TextTree,
} from '../../analyzers/compare/comparison.ts';
import { detectKindOfTrees } from '../../analyzers/compare/detect-kind.ts';
import { nearestOf } from '../../analyzers/compare/nearest-of.ts';
import { migrationsOf } from '../../analyzers/compare/read-batch-line.ts';
import { compareRules } from '../../analyzers/compare/rules.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { answerBatch, type BatchTotals } from '../compare/batch-lines.ts';
import { openComparisonRunner } from '../compare/comparison-runner.ts';
import { formatComparison } from '../compare/format-comparison.ts';
import { readCompared, type ComparedSide } from '../compare/read-compared.ts';
import { describeReadError } from '../judge/replay-lines.ts';
import type { Command, CommandContext, CommandResult, ExitCode, ParsedArguments } from './command.ts';

/** A batch must not wait for one of its items; somebody who compares two files waits for these two. */
const limits = {
  item: { seconds: 20, memoryMegabytes: 1_024 },
  single: { seconds: 120, memoryMegabytes: 4_096 },
} as const;

const exitCodes: Record<ComparedVerdict, ExitCode> = { compatible: 0, breaking: 1, unproven: 3 };

export const compareCommand: Command = {
  name: 'compare',
  summary:
    'compare two versions of a configuration, a contract or migrations: compatible, breaking (with an input that breaks), or unproven',
  usage: [
    'evenkeel compare [--kind KIND] [--direction consumed|produced|both] [--level LEVEL] [--operations FILE] BEFORE AFTER',
    '       evenkeel compare --batch [FILE]',
    '',
    'BEFORE and AFTER are files, directories, REVISION:path of git, or /dev/null.',
    'Exit codes: 0 compatible, 1 breaking, 3 unproven, 2 the input is wrong.',
  ].join('\n'),
  example: 'evenkeel compare main:api/openapi.yaml api/openapi.yaml',
  takesPositionals: true,
  options: {
    kind: { type: 'string' },
    direction: { type: 'string' },
    level: { type: 'string' },
    operations: { type: 'string' },
    batch: { type: 'boolean' },
  },
  optionHelp: {
    kind: `${comparedKinds.join(', ')} (default: what name and content say)`,
    direction: 'seen from your service: consumed (others send it), produced (you send it), both',
    level: 'how strict the other side is; depends on the kind: backward, full-transitive, file, wire, ...',
    operations: 'GraphQL: a file or directory of operations that clients send',
    batch: 'JSON lines {"id", "kind", "before", "after", "direction"?, "level"?} in, one answer a line out',
  },
  async run({ values, positionals }, context) {
    if (values['batch'] !== true) return await compareTwo(values, positionals, context);
    const foreign = ['kind', 'direction', 'level', 'operations'].find((name) => values[name] !== undefined);
    if (foreign !== undefined) {
      throw inputFailure(
        'usage',
        `with --batch every line says its own "${foreign}"; leave --${foreign} out`,
      );
    }
    return await compareBatch(positionals, context);
  },
};

async function compareTwo(
  values: ParsedArguments['values'],
  names: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  const [nameBefore, nameAfter] = names;
  if (nameBefore === undefined || nameAfter === undefined || names.length > 2) {
    throw inputFailure('usage', 'name two versions: `evenkeel compare BEFORE AFTER`, or --batch for many');
  }
  const runner = openComparisonRunner(limits.single, context.signal);
  try {
    runner.prepare();
    const before = readCompared(nameBefore, context.workingDirectory);
    const after = readCompared(nameAfter, context.workingDirectory);
    const { operations } = values;
    const comparison = comparisonOf(values, before, after, {
      ...(typeof operations === 'string'
        ? { operations: readCompared(operations, context.workingDirectory).tree }
        : {}),
      at: dayOf(context),
    });
    const outcome = await runner.run(comparison);
    const refused = outcome.findings.find(({ ruleId }) => ruleId === compareRules.readInput.id);
    if (refused !== undefined) throw inputFailure('invalid-question', refused.message);
    return {
      exitCode: exitCodes[outcome.verdict],
      decision: outcome.verdict,
      reasonCode: outcome.verdict,
      result: { kind: comparison.kind, ...outcome },
      text: formatComparison(comparison, outcome, nameAfter),
    };
  } finally {
    await runner.close();
  }
}

function comparisonOf(
  values: ParsedArguments['values'],
  before: ComparedSide,
  after: ComparedSide,
  extra: Pick<Comparison, 'operations' | 'at'>,
): Comparison {
  if (before.tree.size === 0 && after.tree.size === 0) {
    throw inputFailure('nothing-to-compare', 'there is no file of a known kind on either side');
  }
  const direction = directions.find((known) => known === values['direction']);
  if (direction === undefined && values['direction'] !== undefined) {
    throw inputFailure('usage', `--direction has to be one of ${directions.join(', ')}`);
  }
  const kind = kindOf(values['kind'], before, after);
  const { level } = values;
  const isFile = !before.isDirectory && !after.isDirectory;
  return {
    kind,
    ...(direction === undefined ? {} : { direction }),
    ...(typeof level === 'string' ? { level } : {}),
    ...extra,
    ...(kind === 'sql' && isFile
      ? migrationsIn(before, after)
      : { before: present(isFile ? named(before, after) : before), after: after.tree }),
  };
}

/** Two single files are two versions of one, whatever they are called. */
function named(before: ComparedSide, after: ComparedSide): ComparedSide {
  const [[, text] = []] = before.tree;
  const [path] = after.tree.keys();
  return text === undefined || path === undefined ? before : { ...before, tree: new Map([[path, text]]) };
}

/** Two files of migrations by their own names; one of the same name is that file, edited. */
function migrationsIn(before: ComparedSide, after: ComparedSide): Pick<Comparison, 'before' | 'after'> {
  const [beforeName] = before.tree.keys();
  const [afterName] = after.tree.keys();
  if (beforeName === afterName) return { before: present(before), after: after.tree };
  const numbered = migrationsOf(present(before), present(after));
  const isNext = numbered.after.size > 1;
  const rename = (tree: TextTree): TextTree =>
    new Map(
      [...tree].map(([, text], index) => [
        (index === 0 && isNext ? beforeName : (afterName ?? beforeName)) ?? '',
        text,
      ]),
    );
  return { before: numbered.before.map(rename), after: rename(numbered.after) };
}

function dayOf(context: CommandContext): string {
  return context.now().toISOString().slice(0, 10);
}

function present({ tree }: ComparedSide): ComparedSide['tree'][] {
  return tree.size === 0 ? [] : [tree];
}

function kindOf(
  named: ParsedArguments['values'][string],
  before: ComparedSide,
  after: ComparedSide,
): ComparedKind {
  if (named === undefined) {
    const detected = detectKindOfTrees([before.tree, after.tree]);
    if (detected.ok) return detected.kind;
    throw inputFailure('kind-unknown', detected.message);
  }
  const kind = comparedKinds.find((known) => known === named);
  if (kind !== undefined) return kind;
  throw inputFailure(
    'usage',
    `there is no kind ${JSON.stringify(named)}; ${nearestOf(String(named), comparedKinds)}`,
  );
}

async function compareBatch(files: readonly string[], context: CommandContext): Promise<CommandResult> {
  if (files.length > 1) throw inputFailure('usage', 'compare --batch reads one file, or standard input');
  const [file = '-'] = files;
  const runner = openComparisonRunner(limits.item, context.signal);
  try {
    const totals = await answerBatch(open(file, context), runner, dayOf(context), (answer) =>
      context.print(JSON.stringify(answer)),
    );
    const { compatible, breaking, unproven } = totals.verdicts;
    context.progress(`${compatible} compatible, ${breaking} breaking, ${unproven} unproven`);
    return { ...endOf(totals), result: null, text: '', isStreamed: true };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || 'kind' in error) throw error;
    throw inputFailure('unreadable', `${file === '-' ? 'standard input' : file} ${describeReadError(error)}`);
  } finally {
    await runner.close();
  }
}

function endOf({
  verdicts,
  unreadable,
}: BatchTotals): Pick<CommandResult, 'exitCode' | 'decision' | 'reasonCode'> {
  if (unreadable > 0) return { exitCode: 2, decision: 'error', reasonCode: 'unreadable-lines' };
  const worst = verdicts.breaking > 0 ? 'breaking' : verdicts.unproven > 0 ? 'unproven' : 'compatible';
  return { exitCode: exitCodes[worst], decision: worst, reasonCode: worst };
}

function open(file: string, context: CommandContext): Readable {
  return file === '-' ? process.stdin : createReadStream(resolve(context.workingDirectory, file));
}
