import { afterOf, beforeOf, textOf, type Change } from './change.ts';
import { fingerprintOf, type Finding, type Level, type Report } from './finding.ts';
import { placedText, valueIn, type PlacedText } from './placed-value.ts';
import type { ContractKind, DeployedVersion, Kind, Observations, ServiceScope, Tree } from './scope.ts';

/** Everything a kind may look at besides its own changes. */
export interface AnalysisContext {
  scope: ServiceScope;
  before: Tree;
  after: Tree;
  observations: Observations;
  /** All changes between the two, also those of other kinds and services. */
  allChanges: readonly Change[];
  /** The versions that still run beside the base; undefined where nobody has looked them up. */
  deployed?: readonly DeployedVersion[];
  /** How many more there are than are compared. */
  deployedLeftOut?: number;
}

/** What can be done to a part of a document; the coverage matrix has a column for each. */
export type ChangeAction = 'add' | 'remove' | 'narrow' | 'widen' | 'rename';

/** One rule: a problem, its remedy, and a check over the kind's own subject. Rules are data; `check` reports, never decides. */
export interface Rule<Subject> {
  id: `${Kind | ContractKind | 'compare'}/${string}`;
  level: Level;
  /** The cells of the coverage matrix that this rule stands in, for the kind that its id begins with. */
  covers?: readonly ChangeAction[];
  /** One sentence: what goes wrong in production. */
  problem: string;
  /** One sentence: what to do instead. */
  remedy: string;
  check(subject: Subject, context: AnalysisContext): Iterable<Report> | Promise<Iterable<Report>>;
}

/** What people and SARIF are told about a rule. */
export type RuleDescription = Pick<Rule<never>, 'id' | 'level' | 'covers' | 'problem' | 'remedy'>;

export function defineRule<Subject>(rule: Rule<Subject>): Rule<Subject> {
  return rule;
}

/**
 * One kind of change. `claims` is total and looks at the path only, so that every changed path has exactly one owner.
 * `subjects` turns the claimed changes into typed documents with positions; what cannot be read is a report of its own.
 */
export interface Analyzer<Subject> {
  kind: Kind;
  claims(path: string, scope: ServiceScope): boolean;
  subjects(changes: readonly Change[], context: AnalysisContext): Promise<Subject[]>;
  rules: readonly Rule<Subject>[];
}

/** Runs every rule of one kind over its changes. Findings come in a stable order: path, position, rule. */
export async function analyzeKind<Subject>(
  analyzer: Analyzer<Subject>,
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const valuesOf = valueReader(changes, context);
  for (const subject of await analyzer.subjects(changes, context)) {
    for (const rule of analyzer.rules) {
      const found = rule.check(subject, context);
      // Waiting for what is there already costs more than many a rule does.
      for (const report of found instanceof Promise ? await found : found) {
        findings.push(toFinding(rule, report, await valuesOf(report)));
      }
    }
  }
  return findings.sort(byPlace);
}

/** What stands at a report's place, before and after: read only when there is a report, and each text once. */
function valueReader(changes: readonly Change[], { before, after }: AnalysisContext) {
  let changed: Map<string, Change> | undefined;
  const texts = new Map<string, PlacedText | undefined>();
  const open = async (side: 'before' | 'after', path: string): Promise<PlacedText | undefined> => {
    const key = `${side} ${path}`;
    if (texts.has(key)) return texts.get(key);
    changed ??= new Map(changes.map((change) => [change.path, change]));
    const change = changed.get(path);
    // A tree reads file by file, and what changed has been read already.
    const version =
      change === undefined
        ? await (side === 'before' ? before : after).read(path)
        : side === 'before'
          ? beforeOf(change)
          : afterOf(change);
    const text = textOf(version);
    const placed = text === undefined ? undefined : placedText(text);
    texts.set(key, placed);
    return placed;
  };
  return async ({ path, span, beforeSpan }: Report): Promise<(string | null)[]> => {
    if (span === undefined && beforeSpan === undefined) return [];
    const earlier = beforeSpan && (await open('before', path));
    const later = span && (await open('after', path));
    return [valueIn(earlier, beforeSpan), valueIn(later, span)];
  };
}

function toFinding<Subject>(
  rule: Rule<Subject>,
  report: Report,
  values: readonly (string | null)[],
): Finding {
  const { key, level, ...rest } = report;
  return {
    ruleId: rule.id,
    remedy: rule.remedy,
    fingerprint: fingerprintOf(rule.id, report.path, key, values),
    ...rest,
    level: level ?? rule.level,
  };
}

function byPlace(a: Finding, b: Finding): number {
  const placeOf = (finding: Finding) =>
    finding.span?.start ?? finding.beforeSpan?.start ?? { line: 0, column: 0 };
  const first = placeOf(a);
  const second = placeOf(b);
  return (
    compareText(a.path, b.path) ||
    first.line - second.line ||
    first.column - second.column ||
    compareText(a.ruleId, b.ruleId)
  );
}

// Code-unit order: the same on every machine, whatever its locale.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
