/**
 * The schemas of two descriptions, through the containment engine. What says the same is not asked about; a schema
 * whose own text is the same and differs by what it refers to is settled by the components it refers to, each pair of
 * them once, as long as all its keywords let a narrower part make a narrower whole.
 */
import { findEscapes, type Escape } from '../../containment/find-escapes.ts';
import { isObject, valueAt } from '../../document/document.ts';
import { report, type Comparison } from './comparison.ts';
import { placeOfReference, valueAtPlace, type Place } from './description.ts';
import { describeEscape } from './describe-escape.ts';
import type { SchemaUse } from './operation.ts';
import type { OpenapiRuleId } from './rules.ts';

export interface SchemaRole {
  view: 'request' | 'response';
  where: string;
  /** The rule for every escape; left out: by what escapes, as for a body. */
  ruleId?: OpenapiRuleId;
  /** Puts a document that escapes into the message it would be a part of. */
  witnessOf(value: unknown): unknown;
  /** Reports that stand in nobody's way: a covering answer that nobody need have known. */
  isAdvice?: boolean;
}

/** Uses of one changed component that the engine is asked about as a whole; after that the component speaks for them. */
const maxDepth = 64;

export function compareSchemaUses(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  role: SchemaRole,
): void {
  for (const escape of escapesOf(comparison, from, to, role.view))
    reportEscape(comparison, from, to, role, escape);
}

/** Whether one schema's values are another's, as far as a difference is known. */
export function hasEscapes(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
): boolean {
  return escapesOf(comparison, from, to, view).length > 0;
}

function escapesOf(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  view: SchemaRole['view'],
  depth = 0,
): readonly Escape[] {
  const { changed } = comparison;
  const [fromUri, toUri] = [from.source.uri ?? '', to.source.uri ?? ''];
  const isAlike = from.source.dialect === to.source.dialect;
  if (isAlike && from.isWritten === to.isWritten) {
    const [one, other] = from.isWritten ? [fromUri, toUri] : ['', ''];
    if (changed.isUnchanged(from.value, one, to.value, other)) return [];
  }
  const key = `${view} ${fromUri}#${from.source.pointer} ${toUri}#${to.source.pointer}`;
  const known = from.isWritten && to.isWritten ? comparison.escapes.get(key) : undefined;
  if (known !== undefined) return known;
  // While a pair is being looked at, it is taken to hold: that is how containment of recursive schemas is defined.
  comparison.escapes.set(key, []);
  const parts =
    isAlike && fromUri === toUri && depth < maxDepth ? componentPairs(comparison, from, to) : undefined;
  const settled = parts?.map(([one, other]) => escapesOf(comparison, one, other, view, depth + 1));
  const isContained = settled?.every((escapes) => escapes.length === 0) === true;
  const sole = parts?.length === 1 && isReference(from.value) ? settled?.[0] : undefined;
  const escapes = isContained ? [] : (sole ?? askEngine(from, to, view));
  comparison.escapes.set(key, escapes);
  return escapes;
}

function askEngine(from: SchemaUse, to: SchemaUse, view: SchemaRole['view']): Escape[] {
  const [accepting, rejecting] = view === 'request' ? [from, to] : [to, from];
  return findEscapes(accepting.source, rejecting.source, { undeclared: 'absent', view });
}

/** The changed components that two schemas of the same text refer to; undefined where they do not decide. */
function componentPairs(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
): [SchemaUse, SchemaUse][] | undefined {
  if (!from.isWritten || !to.isWritten) return undefined;
  const uri = from.source.uri ?? '';
  const references = comparison.changed.referencesIfSame(from.value, uri, to.value);
  if (references === undefined || !isMonotone(from.value)) return undefined;
  const pairs: [SchemaUse, SchemaUse][] = [];
  for (const reference of new Set(references)) {
    if (!comparison.changed.isReferenceChanged(reference, uri)) continue;
    const place = placeOfReference(reference, uri);
    if (place === undefined) return undefined;
    const [one, other] = [useAt(from, place, comparison.from), useAt(to, place, comparison.to)];
    if (one === undefined || other === undefined) return undefined;
    pairs.push([one, other]);
  }
  return pairs;
}

function useAt(use: SchemaUse, place: Place, description: Comparison['from']): SchemaUse | undefined {
  const value = valueAtPlace(description, place);
  if (value === undefined) return undefined;
  const source = { ...use.source, root: description.documents.get(place.uri), ...place };
  return { ...use, source, value };
}

function isReference(value: unknown): boolean {
  return isObject(value) && typeof value['$ref'] === 'string' && Object.keys(value).length === 1;
}

const notMonotone = new Set([
  'not',
  'if',
  'oneOf',
  'contains',
  'maxContains',
  'uniqueItems',
  'unevaluatedProperties',
  'unevaluatedItems',
  'dependentSchemas',
  '$dynamicRef',
  '$recursiveRef',
  '$id',
  'discriminator',
]);

/** Whether a narrower part makes a narrower whole. Names of properties may look like keywords, and then it says no. */
function isMonotone(schema: unknown): boolean {
  const pending: [unknown, number][] = [[schema, 0]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [value, depth] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > 200) return false;
    for (const [key, child] of Object.entries(value)) {
      if (notMonotone.has(key)) return false;
      if (typeof child === 'object') pending.push([child, depth + 1]);
    }
  }
  return true;
}

function reportEscape(
  comparison: Comparison,
  from: SchemaUse,
  to: SchemaUse,
  role: SchemaRole,
  escape: Escape,
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
  const isBreaking = escape.outcome === 'breaking' && role.isAdvice !== true;
  report(comparison, {
    ruleId: role.ruleId ?? described.ruleId,
    where: role.where,
    message: described.message,
    what: described.what,
    from: fromPlace,
    to: toPlace,
    ...(role.isAdvice === true
      ? { level: 'warning' as const }
      : isBreaking
        ? { level: 'error' as const, proof: 'breaking' as const }
        : { level: 'warning' as const, proof: 'unproven' as const }),
    ...(escape.witness === undefined ? {} : { witness: role.witnessOf(escape.witness) }),
  });
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
