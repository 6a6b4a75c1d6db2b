/**
 * JSON Schema: is what was valid before valid after (`backward`), is what is valid after what was valid before
 * (`forward`), or both (`full`)? The `-transitive` levels mean the same for one pair: the caller compares with each
 * version that counts. The levels are those of schema registries.
 */
import { findEscapes } from '../../containment/find-escapes.ts';
import type { ContainmentOptions } from '../../containment/escape.ts';
import { canonicalJson } from '../../containment/statement.ts';
import { validatorOf } from '../../containment/judging/validator.ts';
import type { Contract, ContractReport, ContractRequest } from '../contract.ts';
import { readSchema, type SchemaVersion } from './read-version.ts';
import type { Course } from './describe-escape.ts';
import { reportEscape } from './report-escape.ts';
import { jsonSchemaRules } from './rules.ts';
import { askSecondOpinion } from './second-opinion.ts';

export const jsonSchemaContract: Contract = {
  kind: 'json-schema',
  rules: jsonSchemaRules,
  levels: ['backward', 'backward-transitive', 'forward', 'forward-transitive', 'full', 'full-transitive'],
  compare: compareJsonSchemas,
};

const byDirection = { consumed: 'backward', produced: 'forward', both: 'full' } as const;

async function compareJsonSchemas(request: ContractRequest): Promise<ContractReport[]> {
  const level = (request.level ?? byDirection[request.direction]).toLowerCase().replaceAll('_', '-');
  const courses: Course[] = level.startsWith('full')
    ? ['backward', 'forward']
    : level.startsWith('forward')
      ? ['forward']
      : ['backward'];
  const reports: ContractReport[] = [];
  for (const [earlier, later] of pairPaths(request.before.paths, request.after.paths)) {
    if (later === undefined) reports.push(removedReport(earlier ?? ''));
    else if (earlier === undefined) reports.push(...(await checkAdded(later, request)));
    else reports.push(...(await comparePair(earlier, later, request, courses)));
  }
  return reports;
}

/** Files of the same path belong together; a single file on both sides is the same schema under another name. */
function pairPaths(
  before: readonly string[],
  after: readonly string[],
): [string | undefined, string | undefined][] {
  if (before.length === 1 && after.length === 1) return [[before[0], after[0]]];
  const paths = [...new Set([...before, ...after])].sort();
  return paths.map((path) => [
    before.includes(path) ? path : undefined,
    after.includes(path) ? path : undefined,
  ]);
}

function removedReport(path: string): ContractReport {
  return {
    ruleId: 'json-schema/keep-schema',
    path,
    key: 'removed',
    proof: 'breaking',
    beforeSpan: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    message: `${path} is removed, and whoever relies on it has nothing to rely on`,
  };
}

async function checkAdded(path: string, request: ContractRequest): Promise<ContractReport[]> {
  const added = await readSchema(path, request.after);
  return added.ok ? reportUnusable(added.version) : unreadable(path, added.problems, 'after');
}

function unreadable(
  path: string,
  problems: readonly { message: string; span: NonNullable<ContractReport['span']> }[],
  side: 'before' | 'after',
): ContractReport[] {
  return problems.slice(0, 20).map(({ message, span }, index) => ({
    ruleId: 'json-schema/parse-schema',
    path,
    key: `unreadable:${side}:${index}`,
    level: side === 'after' ? 'error' : 'warning',
    proof: 'unproven',
    message:
      side === 'after' ? `${path}: ${message}` : `the former version of ${path} cannot be read: ${message}`,
    ...(side === 'after' ? { span } : { beforeSpan: span }),
  }));
}

async function comparePair(
  earlier: string,
  later: string,
  request: ContractRequest,
  courses: readonly Course[],
): Promise<ContractReport[]> {
  const after = await readSchema(later, request.after);
  if (!after.ok) return unreadable(later, after.problems, 'after');
  const before = await readSchema(earlier, request.before);
  if (!before.ok) return unreadable(later, before.problems, 'before');
  const pair = { before: before.version, after: after.version };
  if (isUnchanged(pair)) return [];

  const reports = reportDialects(pair);
  if (reports.some(({ proof }) => proof === 'unproven')) return reports;
  if (reportUnusable(pair.before).length === 0) {
    const unusable = reportUnusable(pair.after);
    if (unusable.length > 0) return [...reports, ...unusable];
  }
  const options: ContainmentOptions = { undeclared: request.undeclared ?? 'any' };
  for (const course of courses) {
    const [accepting, rejecting] =
      course === 'backward' ? [pair.before, pair.after] : [pair.after, pair.before];
    const escapes = findEscapes(accepting.source, rejecting.source, options);
    reports.push(...escapes.map((escape) => reportEscape(escape, course, pair)));
    if (escapes.length > 0 || options.undeclared === 'absent') continue;
    if ((await askSecondOpinion(accepting.source, rejecting.source)) !== 'removes') continue;
    reports.push(disagreement(course, pair));
  }
  return reports;
}

/** A keyword whose value its dialect does not allow. What only cannot be followed is for the comparison to say. */
function reportUnusable({ path, source, document, neighbours }: SchemaVersion): ContractReport[] {
  const checked = validatorOf(source, { checksSchema: true });
  if (checked.ok || checked.place === undefined) return [];
  const [uri = '', pointer = ''] = checked.place.split('#');
  const span = (neighbours.get(uri) ?? document).spanOf(pointer) ?? document.spanOf('');
  return [
    {
      ruleId: 'json-schema/parse-schema',
      path: neighbours.has(uri) ? uri : path,
      key: `unusable:${pointer}`,
      proof: 'unproven',
      message: checked.message,
      ...(span && { span }),
    },
  ];
}

export interface SchemaPair {
  before: SchemaVersion;
  after: SchemaVersion;
}

function isUnchanged({ before, after }: SchemaPair): boolean {
  const textOf = ({ document, neighbours }: SchemaVersion) =>
    canonicalJson([document.value, [...neighbours].map(([path, { value }]) => [path, value])]);
  return textOf(before) === textOf(after);
}

function reportDialects({ before, after }: SchemaPair): ContractReport[] {
  const span = after.document.spanOf('/$schema') ?? after.document.spanOf('');
  const beforeSpan = before.document.spanOf('/$schema') ?? before.document.spanOf('');
  const place = { path: after.path, ...(span && { span }), ...(beforeSpan && { beforeSpan }) };
  const base = { ruleId: 'json-schema/keep-known-dialect', key: '$schema', ...place } as const;
  const unknown = after.unknownDialect ?? before.unknownDialect;
  if (unknown !== undefined) {
    const message = `$schema names ${unknown.slice(0, 120)}, which is no dialect that is known here, so what the keywords mean is not either`;
    return [{ ...base, proof: 'unproven', message }];
  }
  const [one, other] = [before.source.dialect, after.source.dialect];
  const isDeclared =
    before.document.spanOf('/$schema') !== undefined || after.document.spanOf('/$schema') !== undefined;
  if (one === other || !isDeclared) return [];
  const message = `the dialect was ${one} and is ${other} now; the keywords were compared by what each of them means there`;
  return [{ ...base, level: 'note', message }];
}

function disagreement(course: Course, { before, after }: SchemaPair): ContractReport {
  const span = after.document.spanOf('');
  const beforeSpan = before.document.spanOf('');
  const [one, other] = course === 'backward' ? ['was valid', 'still is'] : ['is valid now', 'was before'];
  return {
    ruleId: 'json-schema/settle-second-opinion',
    path: after.path,
    key: `second-opinion:${course}`,
    proof: 'unproven',
    message: `everything that ${one} was proved to be what ${other}, but json-schema-diff disagrees`,
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
  };
}
