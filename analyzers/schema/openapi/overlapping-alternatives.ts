/**
 * `oneOf` refuses what fits two of its alternatives. Descriptions leave their objects open, so almost any two of them
 * overlap to the letter: a value with the properties of both fits both until one of them says less. Whether anyone
 * sends such a value no description says.
 */
import { findEscapes } from '../../containment/find-escapes.ts';
import type { ContainmentOptions, Escape } from '../../containment/escape.ts';
import type { SchemaSource } from '../../containment/schema-source.ts';
import { isObject, pointerTo, tokensOf, valueAt } from '../../document/document.ts';

/** Copies in which alternatives may overlap, made once for each document. */
const loosened = new WeakMap<object, unknown>();

/** An escape, and whether it is one to the letter only: worth a word, and no break. */
export interface JudgedEscape {
  escape: Escape;
  isAdvice: boolean;
}

/** Tells apart the breaks that are none as long as every value is meant for one alternative. */
export function judgeOverlaps(
  escapes: readonly Escape[],
  accepting: SchemaSource,
  rejecting: SchemaSource,
  options: ContainmentOptions,
): JudgedEscape[] {
  const isDoubtful = ({ outcome, keyword, place, witness }: Escape) =>
    outcome === 'breaking' && keyword === 'oneOf' && isObject(valueWithin(witness, place));
  if (!escapes.some(isDoubtful)) return escapes.map((escape) => ({ escape, isAdvice: false }));
  const certain = findEscapes(loosen(accepting), loosen(rejecting), options);
  return escapes.map((escape): JudgedEscape => {
    const isCertain = certain.some(
      ({ place }) => place.startsWith(escape.place) || escape.place.startsWith(place),
    );
    if (!isDoubtful(escape) || isCertain) return { escape, isAdvice: false };
    // What grows in a response by overlapping less was known to clients all along.
    if (options.view === 'response' || isToldApart(escape, rejecting)) return { escape, isAdvice: true };
    const { accepting: from, rejecting: to, keyword, place } = escape;
    const reason = 'only values that fit several alternatives at once are told apart otherwise than before';
    const question: Escape = { outcome: 'unproven', keyword, place, accepting: from, rejecting: to, reason };
    return { escape: question, isAdvice: false };
  });
}

/** The value of a witness at a place; for any element or key, the first one. */
function valueWithin(witness: unknown, place: string): unknown {
  let value = witness;
  for (const token of tokensOf(place)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = token === '*' ? Object.values(value)[0] : valueAt(value, pointerTo('', token));
  }
  return value;
}

/** Whether a discriminator, or a property that only some alternatives describe, says which one is meant. */
function isToldApart({ rejecting, place, witness }: Escape, source: SchemaSource): boolean {
  const isOwn = rejecting.uri === '' || rejecting.uri === source.uri;
  const root = isOwn ? source.root : source.documents?.get(rejecting.uri);
  const holder = valueAt(root, rejecting.pointer.replace(/\/oneOf(\/\d+)?$/, ''));
  if (!isObject(holder)) return false;
  if (isObject(holder['discriminator'])) return true;
  const alternatives: unknown[] = Array.isArray(holder['oneOf']) ? holder['oneOf'] : [];
  const known = alternatives.map((alternative) => {
    const reference = isObject(alternative) ? alternative['$ref'] : undefined;
    const isLocal = typeof reference === 'string' && reference.startsWith('#/');
    const schema = isLocal ? valueAt(root, reference.slice(1)) : alternative;
    return isObject(schema) && isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  });
  const value = valueWithin(witness, place);
  return isObject(value) && Object.keys(value).some((name) => known.some((names) => !names.includes(name)));
}

function loosen(source: SchemaSource): SchemaSource {
  const documents =
    source.documents &&
    new Map([...source.documents].map(([uri, value]): [string, unknown] => [uri, withOverlaps(value)]));
  return { ...source, root: withOverlaps(source.root), ...(documents && { documents }) };
}

/** A copy with `anyOf` for every `oneOf`; without recursion, for a document may be deep. */
function withOverlaps(root: unknown): unknown {
  if (typeof root !== 'object' || root === null) return root;
  const known = loosened.get(root);
  if (known !== undefined) return known;
  const copies = new Map<object, object>();
  const pending: object[] = [];
  const copyOf = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const present = copies.get(value);
    if (present !== undefined) return present;
    const copy = Array.isArray(value) ? [] : {};
    copies.set(value, copy);
    pending.push(value);
    return copy;
  };
  const whole = copyOf(root);
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const copy = copies.get(value);
    if (copy === undefined) continue;
    const isLoose = isObject(value) && Array.isArray(value['oneOf']) && value['anyOf'] === undefined;
    for (const [key, child] of Object.entries(value)) {
      const name = isLoose && key === 'oneOf' ? 'anyOf' : key;
      Object.defineProperty(copy, name, {
        value: copyOf(child),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  loosened.set(root, whole);
  return whole;
}
