import type { RuleDescription } from '../../analyzer.ts';
import type { Report, Span } from '../../finding.ts';
import type { Direction } from '../../scope.ts';
import type { ContractReport, ContractRequest, ContractVersion } from '../contract.ts';
import { findChangedParts } from './changed-parts.ts';
import type { CollectedDraft, Comparison } from './comparison.ts';
import type { Description, Place } from './description.ts';
import {
  nearestSpan,
  openText,
  readDescription,
  type KnownVersion,
  type ReadProblem,
} from './read-description.ts';

/** A kind of description: how its files are known, and how two of them are compared. */
export interface DescriptionKind {
  rules: readonly RuleDescription[];
  /** What the root has to say for a file to be a description. */
  keywords: readonly string[];
  /** What it is called in a message: "Swagger 2.0 or OpenAPI 3.0 to 3.2". */
  versions: string;
  versionOf(root: unknown): KnownVersion | undefined;
  problemRules: Record<'description' | 'reference' | 'removed', RuleDescription['id']>;
  compare(comparison: Comparison, request: ContractRequest): void | Promise<void>;
}

/** Compares two versions of every description among the files of a contract. */
export async function compareRoots(
  kind: DescriptionKind,
  request: ContractRequest,
): Promise<ContractReport[]> {
  const [before, after] = await Promise.all([
    readRoots(kind, request.before),
    readRoots(kind, request.after),
  ]);
  const reports: ContractReport[] = [];
  const pairs = pairRoots([...before.keys()], [...after.keys()]);
  for (const [earlier, later] of pairs) {
    const [one, other] = [
      earlier === undefined ? undefined : before.get(earlier),
      later === undefined ? undefined : after.get(later),
    ];
    if (one === undefined) {
      // A new description breaks nobody, but one that cannot be read is no description.
      for (const problem of other?.problems ?? []) reports.push(problemReport(kind, problem, 'after'));
    } else if (other === undefined) reports.push(removedReport(kind, one, earlier ?? ''));
    else reports.push(...(await compareRead(kind, one, other, request)));
  }
  return reports;
}

type ReadRoot = Awaited<ReturnType<typeof readDescription>>;

/** The files that are descriptions; of several files some may be parts that others refer to. */
async function readRoots(kind: DescriptionKind, version: ContractVersion): Promise<Map<string, ReadRoot>> {
  const found = new Map<string, ReadRoot>();
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text === undefined) continue;
    const opened = openText(path, text);
    if (opened.kind === 'failed') {
      found.set(path, { description: undefined, problems: [opened.problem] });
      continue;
    }
    const isPart = kind.keywords.every((keyword) => opened.root[keyword] === undefined);
    if (isPart && version.paths.length > 1) continue;
    found.set(path, await readDescription(kind, path, { ...opened, text }, version));
  }
  return found;
}

/** Descriptions of the same path belong together, and so do the only ones that are left on both sides. */
function pairRoots(
  before: readonly string[],
  after: readonly string[],
): [string | undefined, string | undefined][] {
  const [removed, added] = [
    before.filter((path) => !after.includes(path)),
    after.filter((path) => !before.includes(path)),
  ];
  const kept = before.filter((path) => after.includes(path)).map((path): [string, string] => [path, path]);
  if (removed.length === 1 && added.length === 1) return [...kept, [removed[0], added[0]]];
  return [
    ...kept,
    ...removed.map((path): [string, undefined] => [path, undefined]),
    ...added.map((path): [undefined, string] => [undefined, path]),
  ];
}

async function compareRead(
  kind: DescriptionKind,
  one: ReadRoot,
  other: ReadRoot,
  request: ContractRequest,
): Promise<ContractReport[]> {
  // What cannot be followed on either side is no difference between them.
  const newTo = (problems: readonly ReadProblem[], others: readonly ReadProblem[]) =>
    problems.filter(
      ({ cause, key }) => cause === 'description' || !others.some((known) => known.key === key),
    );
  const problems = [
    ...newTo(other.problems, one.problems).map((problem) => problemReport(kind, problem, 'after')),
    ...newTo(one.problems, other.problems).map((problem) => problemReport(kind, problem, 'before')),
  ];
  if (one.description === undefined || other.description === undefined) return problems;
  const [before, after] = [one.description, other.description];
  const directions: Direction[] =
    request.direction === 'both' ? ['produced', 'consumed'] : [request.direction];
  const found = new Map<string, ContractReport>();
  for (const direction of directions) {
    for (const draft of await compareInDirection(kind, before, after, direction, request)) {
      const report = reportOf(kind, draft, before, after);
      const place = JSON.stringify([report.ruleId, report.key]);
      if (!found.has(place)) found.set(place, report);
    }
  }
  return [...problems, ...unresolvedReports(kind, before, after), ...found.values()];
}

/** Local references that lead nowhere in one version alone. */
function unresolvedReports(kind: DescriptionKind, before: Description, after: Description): ContractReport[] {
  const of = (description: Description, other: Description, side: 'before' | 'after') =>
    [...description.unresolved].flatMap(([reference, place]): ContractReport[] => {
      if (!reference.startsWith('#') || other.unresolved.has(reference)) return [];
      const path = description.opened.has(place.uri) ? place.uri : description.path;
      const span = spanIn(description, path, place);
      const shown = JSON.stringify(reference.slice(0, 120));
      const message = `the reference ${shown} leads nowhere, so what it stands for was not compared`;
      const problem: ReadProblem = {
        cause: 'reference',
        path,
        key: `reference:${reference}`,
        message,
        ...(span && { span }),
      };
      return [problemReport(kind, problem, side)];
    });
  return [...of(after, before, 'after'), ...of(before, after, 'before')];
}

async function compareInDirection(
  kind: DescriptionKind,
  before: Description,
  after: Description,
  direction: Direction,
  request: ContractRequest,
): Promise<CollectedDraft[]> {
  const isReversed = direction === 'consumed';
  const [from, to] = isReversed ? [after, before] : [before, after];
  const comparison: Comparison = {
    from,
    to,
    isReversed,
    isCall: false,
    fromName: isReversed ? 'new' : 'former',
    toName: isReversed ? 'former' : 'new',
    changed: findChangedParts(from, to),
    operation: '',
    collected: new Map(),
    textLength: before.textLength + after.textLength,
    differences: new Map(),
    asked: new Set(),
  };
  await kind.compare(comparison, request);
  return [...comparison.collected.values()];
}

function reportOf(
  kind: DescriptionKind,
  draft: CollectedDraft,
  before: Description,
  after: Description,
): ContractReport {
  const [earlier, later] = draft.isReversed ? [draft.to, draft.from] : [draft.from, draft.to];
  const [known, ...others] = draft.operations;
  const examples = others.slice(0, 3).join(', ');
  const reach =
    known === undefined || others.length === 0
      ? ''
      : ` (and in ${others.length} more: ${examples}${others.length > 3 ? ', …' : ''})`;
  const shared = [earlier, later].find(
    (place) =>
      place !== undefined && /^\/(components|definitions|parameters|responses)\//.test(place.pointer),
  );
  const level = draft.level ?? levelOf(kind, draft.ruleId);
  const file = later !== undefined && after.opened.has(later.uri) ? later.uri : after.path;
  const formerFile = earlier !== undefined && before.opened.has(earlier.uri) ? earlier.uri : before.path;
  // One report names one file, so a former place in another one is told in words.
  const isMoved = (formerFile === before.path ? after.path : formerFile) !== file;
  const formerSpan = spanIn(before, formerFile, earlier);
  const origin =
    isMoved && formerSpan !== undefined
      ? ` (it was at line ${formerSpan.start.line} of ${formerFile} before)`
      : '';
  const span = spanIn(after, file, later);
  return {
    ruleId: draft.ruleId,
    path: file,
    message: `${draft.where}: ${draft.message}${reach}${origin}`,
    key: `${shared?.pointer ?? draft.where}|${draft.what}${draft.isReversed ? '|reversed' : ''}`,
    level: draft.proof === 'unproven' ? 'warning' : level,
    ...(span && { span }),
    ...(formerSpan && !isMoved && { beforeSpan: formerSpan }),
    ...(draft.proof && { proof: draft.proof }),
    ...(draft.witness === undefined ? {} : { witness: draft.witness }),
  };
}

function levelOf(kind: DescriptionKind, id: string): Report['level'] & string {
  return kind.rules.find((rule) => rule.id === id)?.level ?? 'error';
}

/** The span of a place in the file that it is in; of the file's root where the place itself is in none. */
function spanIn(description: Description, file: string, place: Place | undefined): Span | undefined {
  const document = description.opened.get(file);
  return document && nearestSpan(document, place?.uri === file ? place.pointer : '');
}

function problemReport(
  kind: DescriptionKind,
  problem: ReadProblem,
  side: 'before' | 'after',
): ContractReport {
  const { cause, span, message, ...rest } = problem;
  const place = span === undefined ? {} : side === 'after' ? { span } : { beforeSpan: span };
  return {
    ...rest,
    ...place,
    message: side === 'after' ? message : `the former version: ${message}`,
    ruleId: cause === 'description' ? kind.problemRules.description : kind.problemRules.reference,
    level: cause === 'description' ? 'error' : 'warning',
    proof: 'unproven',
  };
}

function removedReport(kind: DescriptionKind, one: ReadRoot, path: string): ContractReport {
  const span = one.description?.opened.get(path)?.spanOf('');
  return {
    ruleId: kind.problemRules.removed,
    path,
    key: 'description',
    message: `${path} is removed, and so is everything that clients were promised in it`,
    level: 'error',
    proof: 'breaking',
    witness: { removed: path },
    ...(span && { beforeSpan: span }),
  };
}
