/** Two versions of an API description, from the paths down. Only operations that differ somewhere are looked into. */
import { pointerTo } from '../../document/document.ts';
import { isDeprecated, sunsetOf, type RemovalTerms } from './compare-deprecation.ts';
import { compareCalls, compareOperations, reportUncalled } from './compare-operations.ts';
import { compareRest } from './compare-rest.ts';
import { compareSchemes } from './compare-security.ts';
import { basePathOf, compareServers, isBaseMovedOnly } from './compare-servers.ts';
import { report, type Comparison } from './comparison.ts';
import { childOf, ownValue, rootPart, type Part } from './description.ts';
import { shapeOf } from './operation.ts';
import { operationParts, readOperation, readPaths } from './read-operations.ts';
import { plainRequest } from './witness.ts';

/** A path item by its template. */
interface Path {
  name: string;
  part: Part;
}

const rootKeywords = [
  'openapi',
  'swagger',
  'paths',
  'webhooks',
  'components',
  'definitions',
  'parameters',
  'responses',
  'security',
  'securityDefinitions',
  'servers',
  'host',
  'basePath',
  'schemes',
  'consumes',
  'produces',
  '$self',
];
const pathKeywords = [
  'parameters',
  'servers',
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace',
  'query',
  '$ref',
];
/** Parts of the root that every operation takes something from. */
const inherited = [
  'security',
  'servers',
  'host',
  'basePath',
  'schemes',
  'consumes',
  'produces',
  'securityDefinitions',
];

export function compareDescriptions(comparison: Comparison, terms: RemovalTerms): void {
  const { from, to } = comparison;
  compareRest(comparison, 'description', rootPart(from), rootPart(to), rootKeywords);
  compareSchemes(comparison);
  const { earlier, later } = alignPaths(comparison);
  const shapes = new Map([...later.values()].map((path) => [shapeOf(path.key), path]));
  const areAllToCompare = isInheritedChanged(comparison);
  for (const path of earlier.values()) {
    const counterpart = later.get(path.key) ?? shapes.get(shapeOf(path.key));
    comparison.operation = '';
    if (counterpart === undefined) reportRemovedPath(comparison, path, terms);
    else comparePaths(comparison, path, counterpart, terms, areAllToCompare);
  }
  comparison.operation = '';
  questionOverlaps(comparison, earlier, later);
  compareWebhooks(comparison, terms);
}

interface AlignedPath extends Path {
  /** The template, with the base path where that has moved into the templates or out of them. */
  key: string;
}

/** Paths under the names by which they are matched. A base path that moved into the templates changes nothing. */
function alignPaths(comparison: Comparison): {
  earlier: Map<string, AlignedPath>;
  later: Map<string, AlignedPath>;
} {
  const { from, to } = comparison;
  const named = (description: typeof from, base: string) =>
    new Map(
      [...readPaths(description, 'paths').values()].map((path) => [
        `${base}${path.name}`,
        { ...path, key: `${base}${path.name}` },
      ]),
    );
  const [base, newBase] = [basePathOf(from), basePathOf(to)];
  if (base !== newBase && isBaseMovedOnly(from, to)) {
    const [whole, newWhole] = [named(from, base), named(to, newBase)];
    const shapes = new Set([...newWhole.keys()].map(shapeOf));
    if (whole.size > 0 && [...whole.keys()].every((key) => shapes.has(shapeOf(key)))) {
      return { earlier: whole, later: newWhole };
    }
  }
  compareServers(comparison);
  return { earlier: named(from, ''), later: named(to, '') };
}

function isInheritedChanged({ changed, from, to }: Comparison): boolean {
  if (from.family !== to.family) return true;
  const schemes = (description: typeof from) => {
    const components = childOf(rootPart(description), 'components');
    return components && ownValue(components.value, 'securitySchemes');
  };
  const isKept = inherited.every((key) =>
    changed.isUnchanged(ownValue(from.root, key), from.path, ownValue(to.root, key), to.path),
  );
  return !isKept || !changed.isUnchanged(schemes(from), from.path, schemes(to), to.path);
}

function comparePaths(
  comparison: Comparison,
  from: AlignedPath,
  to: AlignedPath,
  terms: RemovalTerms,
  isForced: boolean,
): void {
  const { changed } = comparison;
  const isDialectKept = comparison.from.dialect === comparison.to.dialect;
  // What stands beside a reference is neither in the text of the item that it leads to nor in what that refers to.
  const isLayered = from.part.beside !== undefined || to.part.beside !== undefined;
  const isShortcut = !isForced && !isLayered && isDialectKept && from.name === to.name;
  if (isShortcut && changed.isUnchanged(from.part.value, from.part.uri, to.part.value, to.part.uri)) return;
  compareRest(comparison, from.name, from.part, to.part, pathKeywords);
  const isShellSame = (['parameters', 'servers'] as const).every((key) =>
    changed.isUnchanged(
      ownValue(from.part.value, key),
      from.part.uri,
      ownValue(to.part.value, key),
      to.part.uri,
    ),
  );
  const later = new Map(operationParts(to.part));
  for (const [method, part] of operationParts(from.part)) {
    const counterpart = later.get(method);
    comparison.operation = `${method.toUpperCase()} ${from.name}`;
    if (counterpart === undefined) {
      reportRemovedOperation(comparison, from, to, method, part, terms);
      continue;
    }
    const isSame = isShellSame && isShortcut;
    if (isSame && changed.isUnchanged(part.value, part.uri, counterpart.value, counterpart.uri)) continue;
    compareOperations(
      comparison,
      readOperation(from.name, from.part, method, part),
      readOperation(to.name, to.part, method, counterpart),
      terms,
    );
  }
}

function reportRemovedPath(comparison: Comparison, path: AlignedPath, terms: RemovalTerms): void {
  const operations = operationParts(path.part);
  const [first] = operations;
  if (first === undefined) return;
  const isOver = operations.every(([, part]) => isPastSunset(part, terms));
  const sunsets = operations.map(([, part]) => sunsetOf(part)).filter((date) => date !== undefined);
  const root = rootPart(comparison.to);
  report(comparison, {
    ruleId: 'openapi/keep-path',
    where: path.name,
    message: `the path is in the ${comparison.fromName} version and not in the ${comparison.toName} one${sunsetWords(
      sunsets.sort().at(-1),
      operations.every(([, part]) => isDeprecated(part)),
    )}`,
    what: 'removed',
    from: path.part,
    to: { uri: root.uri, pointer: '/paths' },
    ...(isOver
      ? { level: 'note' as const }
      : { proof: 'breaking' as const, witness: plainRequest(first[0], path.name) }),
  });
}

function reportRemovedOperation(
  comparison: Comparison,
  from: AlignedPath,
  to: AlignedPath,
  method: string,
  part: Part,
  terms: RemovalTerms,
): void {
  report(comparison, {
    ruleId: 'openapi/keep-operation',
    where: `${method.toUpperCase()} ${from.name}`,
    message: `the operation is in the ${comparison.fromName} version and not in the ${comparison.toName} one${sunsetWords(sunsetOf(part), isDeprecated(part))}`,
    what: 'removed',
    from: part,
    to: to.part,
    ...(isPastSunset(part, terms)
      ? { level: 'note' as const }
      : { proof: 'breaking' as const, witness: plainRequest(method, from.name) }),
  });
}

function isPastSunset(part: Part, { at }: RemovalTerms): boolean {
  const sunset = sunsetOf(part);
  return isDeprecated(part) && sunset !== undefined && at !== undefined && sunset <= at;
}

function sunsetWords(sunset: string | undefined, wasDeprecated: boolean): string {
  if (!wasDeprecated) return '';
  return sunset === undefined ? ' (it was deprecated, without a sunset)' : ` (its sunset is ${sunset})`;
}

/** New literal paths that a template answered until now: `/pets/mine` beside `/pets/{id}`. */
function questionOverlaps(
  comparison: Comparison,
  earlier: ReadonlyMap<string, AlignedPath>,
  later: ReadonlyMap<string, AlignedPath>,
): void {
  const shapes = new Set([...earlier.keys()].map(shapeOf));
  const fresh = [...later.values()].filter(({ key }) => !shapes.has(shapeOf(key)));
  if (fresh.length === 0) return;
  const templates = new Map<string, AlignedPath>();
  for (const path of earlier.values()) if (path.key.includes('{')) templates.set(shapeOf(path.key), path);
  for (const path of fresh) {
    const segments = shapeOf(path.key).split('/');
    // One literal segment at a time: a template that differs in more than that is another resource.
    const hidden = segments
      .flatMap((segment, index) =>
        segment === '{}' || segment === '' ? [] : [segments.with(index, '{}').join('/')],
      )
      .map((shape) => templates.get(shape))
      .find((template) => template !== undefined);
    if (hidden === undefined) continue;
    report(comparison, {
      ruleId: 'openapi/question-overlap',
      where: path.name,
      message: `the ${comparison.fromName} version serves requests for it by ${hidden.name}`,
      what: `overlap:${hidden.name}`,
      from: hidden.part,
      to: path.part,
    });
  }
}

function compareWebhooks(comparison: Comparison, terms: RemovalTerms): void {
  const later = readPaths(comparison.to, 'webhooks');
  for (const { name, part } of readPaths(comparison.from, 'webhooks').values()) {
    const counterpart = later.get(name);
    comparison.operation = `webhook ${name}`;
    if (counterpart === undefined) {
      const place = { ...rootPart(comparison.to), pointer: pointerTo('', 'webhooks') };
      reportUncalled(comparison, `webhook ${JSON.stringify(name)}`, part, place);
    } else compareCalls(comparison, `webhook ${name}`, part, counterpart.part, terms);
  }
}
