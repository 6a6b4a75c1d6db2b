/**
 * What two schemas tell people beyond the values they allow: optional properties that go, deprecations, defaults, open
 * lists of values, discriminators. Walks both side by side where they differ, within bounds.
 */
import { isObject, pointerTo } from '../../document/document.ts';
import { report, turnedRound, type Comparison } from './comparison.ts';
import { compareDeprecation } from './compare-deprecation.ts';
import { compareDiscriminators } from './compare-discriminators.ts';
import type { SchemaRole } from './compare-schemas.ts';
import {
  childOf,
  elementsOf,
  followed,
  listValue,
  ownValue,
  type Description,
  type Part,
} from './description.ts';
import type { SchemaUse } from './operation.ts';

/** Pairs of parts that are looked at for one pair of schemas, and how deep. */
const maxPairs = 5_000;
const maxDepth = 60;

interface Walk {
  comparison: Comparison;
  role: SchemaRole;
  seen: Set<string>;
}

export function compareNotes(comparison: Comparison, from: SchemaUse, to: SchemaUse, role: SchemaRole): void {
  if (comparison.isCall) {
    // Of what we send, people miss what we no longer send; that is told as of a response.
    const view = role.view === 'request' ? 'response' : 'request';
    compareNotes(turnedRound(comparison), to, from, { ...role, view });
    return;
  }
  const [one, other] = [partOf(comparison.from, from), partOf(comparison.to, to)];
  if (one === undefined || other === undefined || !from.isWritten || !to.isWritten) {
    compareOpenLists(comparison, from, to, role);
    return;
  }
  walk({ comparison, role, seen: new Set() }, one, other, '', 0);
}

function partOf(description: Description, { source, value }: SchemaUse): Part | undefined {
  if (!isObject(value)) return undefined;
  return followed({ description, uri: source.uri ?? description.path, pointer: source.pointer, value });
}

// Swagger 2 writes the list beside the parameter's type, so there is no more to walk.
function compareOpenLists(comparison: Comparison, from: SchemaUse, to: SchemaUse, role: SchemaRole): void {
  const [one, other] = [from, to].map(({ source, value, placeOf }) => {
    if (!isObject(value)) return undefined;
    const place = placeOf({ uri: source.uri ?? '', pointer: source.pointer });
    return { description: comparison.from, ...place, value };
  });
  if (one === undefined || other === undefined) return;
  compareExtensible({ comparison, role, seen: new Set() }, one, other, '');
}

function walk(state: Walk, from: Part, to: Part, place: string, depth: number): void {
  const { comparison, seen } = state;
  const key = `${from.uri}#${from.pointer} ${to.uri}#${to.pointer}`;
  if (seen.has(key) || seen.size >= maxPairs || depth > maxDepth) return;
  seen.add(key);
  if (comparison.changed.isUnchanged(from.value, from.uri, to.value, to.uri)) return;
  compareExtensible(state, from, to, place);
  compareDiscriminators(comparison, state.role, from, to, place);
  compareDefault(state, from, to, place);
  compareXml(state, from, to, place);
  comparePrecision(state, from, to, place);
  const [earlier, later] = [propertiesOf(from), propertiesOf(to)];
  const required = requiredOf(from);
  for (const [name, property] of earlier) {
    const counterpart = later.get(name);
    const inner = `${place}${place === '' ? '' : '.'}${name}`;
    if (counterpart === undefined) reportRemoved(state, property, to, inner, required.has(name));
    else {
      compareDeprecation(comparison, whereOf(state, inner), property, counterpart, {});
      walk(state, property, counterpart, inner, depth + 1);
    }
  }
  for (const keyword of ['items', 'additionalProperties'] as const) {
    const [one, other] = [childOf(from, keyword), childOf(to, keyword)];
    if (one !== undefined && other !== undefined) walk(state, one, other, `${place}.*`, depth + 1);
  }
  for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
    const [ones, others] = changedElements(comparison, elementsOf(from, keyword), elementsOf(to, keyword));
    if (ones.length !== others.length) continue;
    ones.forEach((one, index) => {
      const other = others[index];
      // The parts of `allOf` were taken together above, as far as properties go.
      if (other !== undefined) walk(state, one, other, place, depth + 1);
    });
  }
}

/** More elements than this are paired as they stand: to look for each among all the others would take too long. */
const maxElements = 50;

/** Those that are not on the other side as they are, for the order of alternatives means nothing. */
function changedElements(
  { changed }: Comparison,
  ones: readonly Part[],
  others: readonly Part[],
): [readonly Part[], readonly Part[]] {
  if (ones.length > maxElements || others.length > maxElements) return [ones, others];
  const isKept = (one: Part, other: Part) => changed.isUnchanged(one.value, one.uri, other.value, other.uri);
  return [
    ones.filter((one) => !others.some((other) => isKept(one, other))),
    others.filter((other) => !ones.some((one) => isKept(one, other))),
  ];
}

function whereOf({ role }: Walk, place: string): string {
  return place === '' ? role.where : `${role.where}, "${place}"`;
}

/** The properties of a schema and of all parts of its `allOf`. */
function propertiesOf(schema: Part, depth = 0, found = new Map<string, Part>()): Map<string, Part> {
  const properties = ownValue(schema.value, 'properties');
  if (isObject(properties)) {
    const parent: Part = { ...schema, pointer: pointerTo(schema.pointer, 'properties'), value: properties };
    for (const name of Object.keys(properties)) {
      const child = childOf(parent, name);
      if (child !== undefined) found.set(name, child);
      else if (properties[name] === true)
        found.set(name, { ...parent, pointer: pointerTo(parent.pointer, name), value: {} });
    }
  }
  if (depth < 20) for (const part of elementsOf(schema, 'allOf')) propertiesOf(part, depth + 1, found);
  return found;
}

function requiredOf(schema: Part, depth = 0): Set<string> {
  const own = (listValue(schema.value, 'required') ?? []).filter((name) => typeof name === 'string');
  const names = new Set(own);
  if (depth < 20) {
    for (const part of elementsOf(schema, 'allOf'))
      for (const name of requiredOf(part, depth + 1)) names.add(name);
  }
  return names;
}

function reportRemoved(state: Walk, property: Part, to: Part, place: string, isRequired: boolean): void {
  const { comparison, role } = state;
  const isRequest = role.view === 'request';
  // Nobody sends what is read-only or gets what is write-only; a required one is the engine's to find.
  if (ownValue(property.value, isRequest ? 'readOnly' : 'writeOnly') === true || (!isRequest && isRequired))
    return;
  report(comparison, {
    ruleId: isRequest ? 'openapi/keep-request-property' : 'openapi/keep-response-property',
    where: whereOf(state, place),
    message: isRequest
      ? `the ${comparison.toName} version does not describe the property, and whoever sends it is not heard`
      : `the ${comparison.toName} version does not describe the property, and whoever reads it never gets it`,
    what: `removed:${place}`,
    from: property,
    to,
    level: 'warning',
  });
}

function compareExtensible(state: Walk, from: Part, to: Part, place: string): void {
  const { comparison, role } = state;
  const [one, other] = [listValue(from.value, 'x-extensible-enum'), listValue(to.value, 'x-extensible-enum')];
  if (role.view !== 'request' || one === undefined || other === undefined) return;
  for (const value of one.filter((known) => !other.includes(known))) {
    report(comparison, {
      ruleId: 'openapi/keep-extensible-values',
      where: whereOf(state, place),
      message: `the ${comparison.toName} version no longer lists a value that the ${comparison.fromName} one does`,
      what: `value:${JSON.stringify(value)}`,
      from: { uri: from.uri, pointer: pointerTo(from.pointer, 'x-extensible-enum') },
      to: { uri: to.uri, pointer: pointerTo(to.pointer, 'x-extensible-enum') },
      proof: 'breaking',
      witness: role.witnessOf(place === '' ? value : { [place]: value }),
    });
  }
}

function compareDefault(state: Walk, from: Part, to: Part, place: string): void {
  const { comparison, role } = state;
  const [one, other] = [ownValue(from.value, 'default'), ownValue(to.value, 'default')];
  const isParameter = role.ruleId !== undefined;
  if (isParameter || role.view === 'response' || comparison.changed.isUnchanged(one, '', other, '')) return;
  report(comparison, {
    ruleId: 'openapi/keep-parameter-default',
    where: whereOf(state, place),
    message: `what it means to leave it out differs: the default is not the same in both versions`,
    what: `default:${JSON.stringify([one, other])}`.slice(0, 200),
    from,
    to,
    level: 'warning',
  });
}

function compareXml(state: Walk, from: Part, to: Part, place: string): void {
  const { comparison } = state;
  const [one, other] = [ownValue(from.value, 'xml'), ownValue(to.value, 'xml')];
  if (!/xml/i.test(state.role.where) || comparison.changed.isUnchanged(one, '', other, '')) return;
  report(comparison, {
    ruleId: 'openapi/compare-keyword',
    where: whereOf(state, place),
    message: '"xml" differs, and documents may be written otherwise',
    what: 'xml',
    from: { uri: from.uri, pointer: pointerTo(from.pointer, 'xml') },
    to: { uri: to.uri, pointer: pointerTo(to.pointer, 'xml') },
    proof: 'unproven',
  });
}

/** A double that no float can hold. */
const tooLarge = 1e39;

// Validators let any number pass as a float, so this is no question for them: whoever reads one gets infinity.
function comparePrecision(state: Walk, from: Part, to: Part, place: string): void {
  const { comparison, role } = state;
  const isRequest = role.view === 'request';
  const [sent, read] = isRequest ? [from, to] : [to, from];
  const isWide = (part: Part) => ownValue(part.value, 'format') !== 'float';
  const isBounded = ['maximum', 'exclusiveMaximum', 'enum', 'const'].some((key) =>
    Object.hasOwn(sent.value, key),
  );
  const isNumber = [sent, read].every(({ value }) => ownValue(value, 'type') === 'number');
  if (!isNumber || isBounded || !isWide(sent) || isWide(read) || Number.isFinite(Math.fround(tooLarge)))
    return;
  const [senderName, readerName] = isRequest
    ? [comparison.fromName, comparison.toName]
    : [comparison.toName, comparison.fromName];
  report(comparison, {
    ruleId: role.ruleId ?? (isRequest ? 'openapi/keep-request-values' : 'openapi/keep-response-values'),
    where: whereOf(state, place),
    message: `a number of the ${senderName} version can be too large for a "float", which it is in the ${readerName} one`,
    what: 'format:float',
    from: { uri: from.uri, pointer: pointerTo(from.pointer, 'format') },
    to: { uri: to.uri, pointer: pointerTo(to.pointer, 'format') },
    proof: 'breaking',
    witness: role.witnessOf(place === '' ? tooLarge : { [place]: tooLarge }),
  });
}
