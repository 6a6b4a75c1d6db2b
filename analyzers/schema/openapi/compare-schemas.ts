/**
 * The schemas of two descriptions, through the containment engine. What says the same is not asked about; a schema
 * whose own text is the same and differs by what it refers to is settled by the components it refers to, each pair of
 * them once, as long as all its keywords let a narrower part make a narrower whole.
 */
import { findEscapes } from '../../containment/find-escapes.ts';
import { entriesOf, isObject, pointerTo, tokensOf, valueAt } from '../../document/document.ts';
import { isShared, report, type Comparison, type Draft, type Found } from './comparison.ts';
import { placeOfReference, valueAtPlace, type Place } from './description.ts';
import { describeEscape } from './describe-escape.ts';
import type { SchemaUse } from './operation.ts';
import { judgeOverlaps } from './overlapping-alternatives.ts';

export interface SchemaRole {
  view: 'request' | 'response';
  where: string;
  /** The rule for every escape; left out: by what escapes, as for a body. */
  ruleId?: Draft['ruleId'];
  /** Puts a document that escapes into the message it would be a part of. */
  witnessOf(value: unknown): unknown;
  /** Reports that stand in nobody's way: a covering answer that nobody need have known. */
  isAdvice?: boolean;
}

/** Components within components: beyond this depth the engine is asked about the whole. */
const maxDepth = 64;
/** Uses that the engine is asked about as a whole, for a witness that is a whole message; components speak for the rest. */
const maxWholeUses = 12;
/** Texts of more than this are big descriptions, in which a component's witness has to do. */
const maxWholeText = 2_000_000;

export function compareSchemaUses(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  role: SchemaRole,
): void {
  const [one, other] = withoutReference(comparison, from, to);
  const found = differencesOf(comparison, one, other, role.view);
  const isWhole = found.every((difference) => difference.from.source.pointer === one.source.pointer);
  const whole = isWhole ? found : (askWhole(comparison, one, other, role.view, found) ?? found);
  for (const difference of whole) {
    const isLifted = difference.from.source.pointer !== one.source.pointer;
    reportEscape(comparison, difference, role, isLifted);
  }
}

/** Whether one schema's values are another's, as far as a difference is known. */
export function hasEscapes(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
): boolean {
  return differencesOf(comparison, from, to, view).some(({ isAdvice }) => !isAdvice);
}

function differencesOf(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
  depth = 0,
): readonly Found[] {
  const [fromUri, toUri] = [from.source.uri ?? '', to.source.uri ?? ''];
  const isAlike = from.source.dialect === to.source.dialect;
  if (isAlike && from.isWritten === to.isWritten) {
    const [one, other] = from.isWritten ? [fromUri, toUri] : ['', ''];
    if (comparison.changed.isUnchanged(from.value, one, to.value, other)) return [];
  }
  const key = `${view} ${fromUri}#${from.source.pointer} ${toUri}#${to.source.pointer}`;
  const isMemorable = from.isWritten && to.isWritten;
  const known = isMemorable ? comparison.differences.get(key) : undefined;
  if (known !== undefined) return known;
  // While a pair is being looked at, it is taken to hold: that is how containment of recursive schemas is defined.
  if (isMemorable) comparison.differences.set(key, []);
  const parts =
    isAlike && isMemorable && fromUri === toUri && depth < maxDepth
      ? changedPairs(comparison, from, to)
      : undefined;
  const found =
    parts?.flatMap(([one, other]) => differencesOf(comparison, one, other, view, depth + 1)) ??
    knownWithin(comparison, from, to, view, depth) ??
    askEngine(from, to, view);
  if (isMemorable) comparison.differences.set(key, found);
  return found;
}

/**
 * In a big description, the breaks of the components that alternatives refer to are those of the alternatives: another
 * branch might make up for one of them, but to ask about each set of alternatives anew takes minutes.
 */
function knownWithin(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
  depth: number,
): Found[] | undefined {
  const uri = from.source.uri ?? '';
  if (comparison.textLength <= maxWholeText || depth >= maxDepth || to.source.uri !== uri) return undefined;
  const found: Found[] = [];
  for (const reference of comparison.changed.referencesIfSame(from.value, uri, to.value) ?? []) {
    if (!comparison.changed.isReferenceChanged(reference, uri)) continue;
    const place = placeOfReference(reference, uri);
    const pair = place && pairAt(comparison, from, to, place);
    if (pair !== undefined) found.push(...differencesOf(comparison, ...pair, view, depth + 1));
  }
  return found.some(({ escape, isAdvice }) => escape.outcome === 'breaking' && !isAdvice)
    ? [...new Set(found)]
    : undefined;
}

function askEngine(from: SchemaUse, to: SchemaUse, view: SchemaRole['view']): Found[] {
  const [accepting, rejecting] = view === 'request' ? [from, to] : [to, from];
  const options = { undeclared: 'absent' as const, view };
  const found = findEscapes(accepting.source, rejecting.source, options);
  const judged = judgeOverlaps(found, accepting.source, rejecting.source, options);
  return judged.map((one) => ({ ...one, from, to })).filter((one) => !isBase64(one, view));
}

/** OpenAPI 3.0 calls it `format: byte`, and 3.1 `contentEncoding: base64`; as an assertion only the former is known. */
function isBase64({ escape, from, to }: Found, view: SchemaRole['view']): boolean {
  if (escape.keyword !== 'format' || from.source.dialect === to.source.dialect) return false;
  const [accepting, rejecting] = view === 'request' ? [from, to] : [to, from];
  const holder = { ...escape.accepting, pointer: escape.accepting.pointer.replace(/\/format$/, '') };
  return (
    valueOf(rejecting, escape.rejecting) === 'byte' &&
    keywordAt(accepting, holder, 'contentEncoding') === 'base64'
  );
}

/** The engine's answer about a whole message, once for each set of components that differ within it. */
function askWhole(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
  parts: readonly Found[],
): Found[] | undefined {
  const { asked } = comparison;
  const fresh = parts.map((part) => `${view} ${part.from.source.pointer}`).filter((part) => !asked.has(part));
  if (fresh.length === 0 || asked.size >= maxWholeUses || comparison.textLength > maxWholeText)
    return undefined;
  for (const part of fresh) asked.add(part);
  const whole = askEngine(from, to, view);
  return whole.some(({ escape }) => escape.outcome === 'unproven') ? undefined : whole;
}

// Both refer to a component of the same name: then it is the component that is compared.
function withoutReference(comparison: Comparison, from: SchemaUse, to: SchemaUse): [SchemaUse, SchemaUse] {
  let [one, other] = [from, to];
  for (let hops = 0; hops < 32 && one.isWritten && other.isWritten; hops++) {
    const reference = soleReference(one.value);
    const uri = one.source.uri ?? '';
    if (reference === undefined || soleReference(other.value) !== reference || other.source.uri !== uri)
      break;
    const place = placeOfReference(reference, uri);
    const next = place && pairAt(comparison, one, other, place);
    if (next === undefined) break;
    [one, other] = next;
  }
  return [one, other];
}

function soleReference(value: unknown): string | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  return typeof value['$ref'] === 'string' ? value['$ref'] : undefined;
}

function pairAt(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  place: Place,
): [SchemaUse, SchemaUse] | undefined {
  const [one, other] = [useAt(from, place, comparison.from), useAt(to, place, comparison.to)];
  return one === undefined || other === undefined ? undefined : [one, other];
}

function useAt(use: SchemaUse, place: Place, description: Comparison['from']): SchemaUse | undefined {
  const value = valueAtPlace(description, place);
  if (value === undefined) return undefined;
  const source = { ...use.source, root: description.documents.get(place.uri), ...place };
  return { ...use, source, value };
}

/** Keywords beside which a difference in a part need not be one of the whole. */
const entangling = [
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'enum',
  'const',
  'contains',
  'patternProperties',
  'propertyNames',
  'dependencies',
  'unevaluatedProperties',
  'unevaluatedItems',
  'dependentSchemas',
  '$dynamicRef',
  '$recursiveRef',
  '$id',
  'id',
  'discriminator',
];
const maps = ['properties'];
const lists = ['prefixItems'];
const schemas = ['items', 'additionalProperties'];

/**
 * The parts by which two schemas of the same text differ: what they refer to, down through properties and elements.
 * Undefined where their own text differs, or where the parts do not decide about the whole.
 */
function changedPairs(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
): [SchemaUse, SchemaUse][] | undefined {
  const uri = from.source.uri ?? '';
  if (comparison.changed.referencesIfSame(from.value, uri, to.value) === undefined) return undefined;
  if (isEntangled(from.value)) return undefined;
  const pairs: [SchemaUse, SchemaUse][] = [];
  const pending: [unknown, string][] = [[from.value, from.source.pointer]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, pointer] = next;
    if (!isObject(value)) continue;
    const reference = value['$ref'];
    const isPart =
      isEntangled(value) || (typeof reference === 'string' && soleReference(value) === undefined);
    if (typeof reference === 'string' || isPart) {
      const target = isPart || typeof reference !== 'string' ? undefined : placeOfReference(reference, uri);
      if (target !== undefined && !comparison.changed.isReferenceChanged(String(reference), uri)) continue;
      // The same text stands at the same place on both sides only as far as the schemas themselves do.
      const place = target ?? { uri, pointer };
      const inner = pointer.slice(from.source.pointer.length);
      const pair = target === undefined ? pairWithin(from, to, inner) : pairAt(comparison, from, to, place);
      if (pair === undefined || (isPart && inner === '')) return undefined;
      pairs.push(pair);
      continue;
    }
    for (const key of maps) {
      for (const [name, child] of entriesOf(value[key])) {
        pending.push([child, pointerTo(pointerTo(pointer, key), name)]);
      }
    }
    for (const key of lists) {
      const list = value[key];
      if (Array.isArray(list)) {
        list.forEach((child, index) => pending.push([child, pointerTo(pointerTo(pointer, key), index)]));
      }
    }
    for (const key of schemas) pending.push([value[key], pointerTo(pointer, key)]);
  }
  return pairs;
}

function pairWithin(from: SchemaUse, to: SchemaUse, inner: string): [SchemaUse, SchemaUse] | undefined {
  const [one, other] = [from, to].map((use): SchemaUse | undefined => {
    const value = valueAt(use.value, inner);
    if (value === undefined) return undefined;
    return { ...use, value, source: { ...use.source, pointer: `${use.source.pointer}${inner}` } };
  });
  return one === undefined || other === undefined ? undefined : [one, other];
}

function isEntangled(value: unknown): boolean {
  return isObject(value) && entangling.some((keyword) => Object.hasOwn(value, keyword));
}

function reportEscape(
  comparison: Comparison,
  { escape, from, to, isAdvice: isDoubtful }: Found,
  role: SchemaRole,
  isLifted: boolean,
): void {
  const [accepting, rejecting] = role.view === 'request' ? [from, to] : [to, from];
  const places = {
    accepting: accepting.placeOf(escape.accepting),
    rejecting: rejecting.placeOf(escape.rejecting),
  };
  const [fromPlace, toPlace] =
    role.view === 'request' ? [places.accepting, places.rejecting] : [places.rejecting, places.accepting];
  const refusedBy = valueOf(rejecting, escape.rejecting);
  const acceptedBy = keywordAt(accepting, escape.accepting, escape.keyword);
  const described = describeEscape(escape, {
    ...role,
    accepted: acceptedBy,
    refused: refusedBy,
    ...comparison,
  });
  const isAdvice = role.isAdvice === true || isDoubtful;
  const isBreaking = escape.outcome === 'breaking' && !isAdvice;
  report(comparison, {
    ruleId: role.ruleId ?? described.ruleId,
    where: isLifted ? `${role.where}, within ${shownPart(from)}` : role.where,
    message: described.message,
    what: isShared(fromPlace) && isShared(toPlace) ? described.what : `${escape.place}:${described.what}`,
    from: fromPlace,
    to: toPlace,
    ...(isAdvice
      ? { level: 'warning' as const }
      : isBreaking
        ? { level: 'error' as const, proof: 'breaking' as const }
        : { level: 'warning' as const, proof: 'unproven' as const }),
    ...(escape.witness === undefined
      ? {}
      : {
          witness: isLifted
            ? { part: from.source.pointer, value: escape.witness }
            : role.witnessOf(escape.witness),
        }),
  });
}

function shownPart({ source }: SchemaUse): string {
  return JSON.stringify(tokensOf(source.pointer).at(-1) ?? '');
}

function valueOf(use: SchemaUse, place: Place): unknown {
  const root =
    place.uri === '' || place.uri === use.source.uri ? use.source.root : use.source.documents?.get(place.uri);
  return valueAt(root, place.pointer);
}

// The accepting place is the keyword's value or the schema that holds it.
function keywordAt(use: SchemaUse, place: Place, keyword: string): unknown {
  const value = valueOf(use, place);
  if (place.pointer.endsWith(`/${keyword}`) && !isObject(value)) return value;
  return isObject(value) ? valueAt(value, `/${keyword}`) : undefined;
}
