import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { changeActions, coveredKinds, coverageOf, type CoverageCell } from '../../analyzers/coverage.ts';
import { ruleTable } from '../../analyzers/rules.generated.ts';
import { nearestName } from '../../policies/policy-file/nearest-name.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { printable } from '../report/describe-finding.ts';
import { otherRules } from '../report/rule-list.ts';
import type { Command, CommandResult } from './command.ts';

export const rulesCommand: Command = {
  name: 'rules',
  summary: 'show every rule, and which of them look at what can be done to each kind of change',
  usage: 'evenkeel rules [--kind KIND] [ID]',
  example: 'evenkeel rules config/forbid-secrets',
  takesPositionals: true,
  options: { kind: { type: 'string' } },
  optionHelp: { kind: 'the rules of this kind only: config, openapi, protobuf, sql, ...' },
  async run({ values, positionals }) {
    const rules = [...ruleTable, ...otherRules];
    const [id, ...more] = positionals;
    if (more.length > 0) throw inputFailure('usage', 'name one rule at a time: `evenkeel rules ID`');
    if (id !== undefined) return await showRule(rules, id);
    const { kind } = values;
    const kinds = [...new Set(rules.map(kindOf))];
    if (typeof kind === 'string' && !kinds.includes(kind)) throw unknown('kind', kind, kinds);
    return showRules(rules, typeof kind === 'string' ? kind : undefined);
  },
};

function showRules(rules: readonly RuleDescription[], kind: string | undefined): CommandResult {
  const shown = rules.filter((rule) => kind === undefined || kindOf(rule) === kind);
  const known = new Set(rules.map(kindOf));
  // A kind that no rule is of yet has no row: it is not there.
  const cells = coverageOf(rules).filter((cell) =>
    kind === undefined ? known.has(cell.kind) : cell.kind === kind,
  );
  const result = {
    coverage: cells,
    rules: shown.map(({ id, level, covers, problem, remedy }) => ({
      id,
      level,
      covers: covers ?? [],
      problem,
      remedy,
    })),
  };
  const text = [...matrixLines(cells), ...shown.flatMap(ruleLines)].join('\n');
  return { exitCode: 0, decision: 'done', reasonCode: 'listed', result, text };
}

/** How many rules stand in each cell, and below why none has to where there is none. */
function matrixLines(cells: readonly CoverageCell[]): string[] {
  if (cells.length === 0) return [];
  const rows = coveredKinds.flatMap((kind) => {
    const own = cells.filter((cell) => cell.kind === kind);
    if (own.length === 0) return [];
    return [
      [
        kind,
        ...own.map(({ ruleIds, waiver }) =>
          ruleIds.length > 0 ? String(ruleIds.length) : waiver === undefined ? '!' : '-',
        ),
      ],
    ];
  });
  const lines = [['kind', ...changeActions], ...rows].map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(12) : cell.padStart(8))).join(''),
  );
  const reasons = cells.flatMap(({ kind, action, ruleIds, waiver }) =>
    ruleIds.length === 0 ? [`- ${kind}, ${action}: ${waiver ?? 'no rule looks at it yet'}`] : [],
  );
  return [...lines, ...(reasons.length > 0 ? ['', ...reasons] : []), ''];
}

function ruleLines({ id, level, problem }: RuleDescription): string[] {
  return [`${id} (${level})`, `    ${problem}`];
}

async function showRule(rules: readonly RuleDescription[], id: string): Promise<CommandResult> {
  const rule = rules.find((known) => known.id === id);
  if (rule === undefined) {
    throw unknown(
      'rule',
      id,
      rules.map((known) => known.id),
    );
  }
  const { ruleExamples } = await import('../../analyzers/rule-examples.generated.ts');
  const example = Object.hasOwn(ruleExamples, id) ? ruleExamples[id] : undefined;
  const { level, covers, problem, remedy } = rule;
  const text = [
    `${id} (${level})`,
    `  problem: ${problem}`,
    `  remedy:  ${remedy}`,
    ...(covers === undefined || covers.length === 0 ? [] : [`  covers:  ${covers.join(', ')}`]),
    ...(example === undefined
      ? []
      : [
          '',
          `For instance, in ${example.path}:`,
          ...example.diff.map((line) => `  ${printable(line)}`),
          '',
          `  ${printable(example.message)}`,
        ]),
  ].join('\n');
  const result = { id, level, covers: covers ?? [], problem, remedy, example: example ?? null };
  return { exitCode: 0, decision: 'done', reasonCode: 'shown', result, text };
}

function kindOf({ id }: RuleDescription): string {
  return id.slice(0, id.indexOf('/'));
}

function unknown(what: string, name: string, valid: readonly string[]): Error {
  const nearest = nearestName(name, valid);
  const hint =
    nearest !== null
      ? `did you mean ${nearest}?`
      : valid.length <= 20
        ? `there are: ${valid.join(', ')}`
        : '`evenkeel rules` lists all';
  return inputFailure(`${what}-unknown`, `there is no ${what} ${JSON.stringify(name)}; ${hint}`);
}
