/**
 * Schemas as statements. Every keyword of a schema becomes one assertion, and the schema is all of them together:
 * nothing is dropped. A keyword whose value makes no sense, or that cannot be followed, becomes an `opaque` statement,
 * which never proves anything but its own sameness.
 */
import { isObject } from '../../document/document.ts';
import { readArrayKeywords } from './array-keywords.ts';
import { readChoices, readUnevaluated, withNull } from './choice-keywords.ts';
import { declaredNames } from './declared-names.ts';
import { ignoresSiblings, isApiDialect } from '../dialect-keywords.ts';
import type { ContainmentOptions } from '../escape.ts';
import { startReading, type Assertion, type SchemaObject } from './keyword-reading.ts';
import { readObjectKeywords } from './object-keywords.ts';
import type { Recursion } from './recursion.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import { keyOfPlace, type SchemaPlace } from '../schema-source.ts';
import { always, never, type Literal, type Statements } from '../statement.ts';
import { readValueKeywords } from './value-keywords.ts';

export interface SchemaReader {
  documents: SchemaDocuments;
  /** Whether what a schema means depends on the way that led to it. */
  isDynamic: boolean;
  /** Of the schema at a place where it stands for a value of its own, not as one more demand on the same value. */
  literalOf(place: SchemaPlace): Literal;
  assertionsOf(place: SchemaPlace): Assertion[];
  /** The meaning of a `part` statement of this reader. */
  partOf(target: string): Literal | undefined;
}

export interface ReaderOptions extends Pick<ContainmentOptions, 'view'> {
  /** Tells the recursive parts of two readers apart. */
  name: string;
  readsAsAjv: boolean;
  onDifference(letter: string): void;
  /** The accepting side under `undeclared: absent`. */
  declares: boolean;
  recursion: Recursion;
  /** The name that this part goes by in both readers, where it is known to mean the same in both. */
  sharedName?(place: SchemaPlace): string | undefined;
}

/** How deep schemas may stand in each other, references followed. */
const maxDepth = 400;

export function readSchemas(
  documents: SchemaDocuments,
  statements: Statements,
  options: ReaderOptions,
): SchemaReader {
  const { all, intern } = statements;
  const literals = new Map<string, Literal>();
  const assertions = new Map<string, Assertion[]>();
  const parts = new Map<string, { place: SchemaPlace; scope: readonly string[]; isInPlace: boolean }>();
  const { isRecursive, isGroundless } = options.recursion;
  const isDynamic = !isApiDialect(documents.source.dialect) && mentionsDynamic(documents.source);
  let depth = 0;

  const opaque = (about: string, reason: string) => intern({ op: 'opaque', about, reason });

  /** The statement of a schema; `scope`: the resources with dynamic anchors that were entered on the way, outermost first. */
  const read = (place: SchemaPlace, scope: readonly string[], isInPlace: boolean): Literal => {
    const key = `${keyOf(place, scope)}${isInPlace ? '' : ' own'}`;
    if (isRecursive(place)) {
      if (isGroundless(place)) return opaque(`${options.name} ${key}`, 'it refers to itself without end');
      const shared = scope.length === 0 ? options.sharedName?.(place) : undefined;
      const target = `${shared ?? options.name} ${key}`;
      parts.set(target, { place, scope, isInPlace });
      return intern({ op: 'part', target });
    }
    return memoized(key, () => build(place, scope, isInPlace));
  };

  const build = (place: SchemaPlace, scope: readonly string[], isInPlace: boolean): Literal => {
    const value = documents.valueOf(place);
    if (value === true) return always;
    if (value === false) return never;
    if (!isObject(value)) return opaque(keyOf(place, []), 'what stands there is no schema');
    if (++depth > maxDepth) {
      depth--;
      return opaque(keyOf(place, []), `schemas are nested deeper than ${maxDepth} levels`);
    }
    const demanded = all(assertionsAt(place, scope).map(({ literal }) => literal));
    depth--;
    if (!options.declares || isInPlace) return demanded;
    const declared = declaredNames(documents, place);
    return declared === undefined
      ? demanded
      : all([demanded, intern({ op: 'object-declares', ...declared })]);
  };

  const assertionsAt = (place: SchemaPlace, scope: readonly string[]): Assertion[] => {
    const key = keyOf(place, scope);
    const known = assertions.get(key);
    if (known !== undefined) return known;
    const value = documents.valueOf(place);
    const found = isObject(value) ? readKeywords(value, place, scope) : [];
    assertions.set(key, found);
    return found;
  };

  const readKeywords = (schema: SchemaObject, place: SchemaPlace, outer: readonly string[]): Assertion[] => {
    const scope = entered(outer, place);
    const reading = startReading(schema, place, {
      documents,
      statements,
      view: options.view,
      readsAsAjv: options.readsAsAjv,
      onDifference: options.onDifference,
      declares: options.declares,
      read: (target, isInPlace) => read(target, scope, isInPlace),
    });
    const { add, within, dialect, found } = reading;
    /** A demand on the value itself by the schema inside of a keyword. */
    const inPlace = (keyword: string, target: SchemaPlace) => {
      const literal = read(target, scope, true);
      // Whoever looks inside of it comes back without an answer.
      if (isRecursive(target) && isGroundless(target)) add(keyword, literal);
      else add(keyword, literal, { inner: { place: target, step: { to: 'self' }, wrap: (inner) => inner } });
    };

    const reference = schema['$ref'];
    if (typeof reference === 'string') {
      const resolved = documents.resolve(reference, place);
      if (resolved.ok) inPlace('$ref', resolved.place);
      else add('$ref', opaque(`$ref ${absolute(reference, place)}`, resolved.reason));
      if (isApiDialect(dialect)) return found;
      // The letter of these drafts ignores what stands beside a reference, and ajv heeds it.
      if (ignoresSiblings(dialect) && Object.keys(schema).some((key) => key !== '$ref' && reading.has(key))) {
        options.onDifference(`nothing beside a "$ref" counts in ${dialect}`);
        if (!options.readsAsAjv) return found;
      }
    }
    for (const keyword of ['$dynamicRef', '$recursiveRef'] as const) {
      const dynamic = schema[keyword];
      if (typeof dynamic !== 'string' || (keyword === '$dynamicRef') !== (dialect === '2020-12')) continue;
      const target = dynamicTarget(dynamic, keyword, place, scope);
      if (target === undefined)
        add(keyword, opaque(`${keyword} ${absolute(dynamic, place)}`, `${keyword} leads nowhere`));
      else inPlace(keyword, target);
    }
    const composed: unknown = schema['allOf'];
    for (const index of Array.isArray(composed) ? composed.keys() : [])
      inPlace('allOf', within('allOf', index));
    readValueKeywords(reading);
    readArrayKeywords(reading);
    readObjectKeywords(reading);
    readChoices(reading);
    readUnevaluated(reading);
    return withNull(reading);
  };

  const entered = (scope: readonly string[], place: SchemaPlace): readonly string[] => {
    if (!isDynamic) return scope;
    const base = documents.baseOf(place);
    return scope.includes(base) ? scope : [...scope, base];
  };

  const dynamicTarget = (
    reference: string,
    keyword: '$dynamicRef' | '$recursiveRef',
    place: SchemaPlace,
    scope: readonly string[],
  ): SchemaPlace | undefined => {
    const resolved = documents.resolve(reference, place);
    if (!resolved.ok) return undefined;
    const anchor = keyword === '$recursiveRef' ? '' : reference.slice(reference.indexOf('#') + 1);
    const initial = documents.dynamicAnchor(documents.baseOf(resolved.place), anchor);
    const isBookended = initial?.pointer === resolved.place.pointer && initial.uri === resolved.place.uri;
    if (!isBookended) return resolved.place;
    for (const base of scope) {
      const outer = documents.dynamicAnchor(base, anchor);
      if (outer !== undefined) return outer;
    }
    return resolved.place;
  };
  const absolute = (reference: string, place: SchemaPlace) =>
    /^[a-z][a-z0-9+.-]*:/i.test(reference) ? reference : `${documents.baseOf(place)} ${reference}`;

  return {
    documents,
    isDynamic,
    literalOf: (place) => read(place, [], false),
    assertionsOf: (place) => assertionsAt(place, []),
    partOf: (target) => {
      const part = parts.get(target);
      return part && memoized(`= ${target}`, () => build(part.place, part.scope, part.isInPlace));
    },
  };

  function memoized(key: string, make: () => Literal): Literal {
    const known = literals.get(key);
    if (known !== undefined) return known;
    const literal = make();
    literals.set(key, literal);
    return literal;
  }
}

function keyOf(place: SchemaPlace, scope: readonly string[]): string {
  const key = keyOfPlace(place);
  return scope.length === 0 ? key : `${key} in ${scope.join(' ')}`;
}

const maxLooked = 200_000;

function mentionsDynamic({ root, documents }: SchemaDocuments['source']): boolean {
  const pending: unknown[] = [root, ...(documents?.values() ?? [])];
  for (let looked = 0; pending.length > 0 && looked < maxLooked; looked++) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '$dynamicRef') || Object.hasOwn(value, '$recursiveRef')) return true;
    for (const part of Object.values<unknown>({ ...value })) if (typeof part === 'object') pending.push(part);
  }
  return false;
}
