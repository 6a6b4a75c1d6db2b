/**
 * Schemas as statements. Every keyword of a schema becomes one assertion, and the schema is all of them together:
 * nothing is dropped. A keyword whose value makes no sense, or that cannot be followed, becomes an `opaque` statement,
 * which never proves anything but its own sameness.
 */
import { entriesOf, isObject, pointerTo } from '../document/document.ts';
import type { ContainmentOptions } from './find-escapes.ts';
import { isApiDialect, keywordsOf } from './dialect-keywords.ts';
import { declaredNames } from './declared-names.ts';
import { evaluatedElsewhere } from './evaluated-elsewhere.ts';
import { isMarkedFor } from './marked-properties.ts';
import type { Recursion } from './recursion.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import type { SchemaPlace } from './schema-source.ts';
import { always, canonicalJson, never, type Literal, type Statements, type ValueType } from './statement.ts';

/** What one keyword of a schema demands. */
export interface Assertion {
  keyword: string;
  /** The property that it is about. */
  name?: string;
  place: SchemaPlace;
  literal: Literal;
  /** The schema inside, for the keywords that demand the same of a part of the value as it does. */
  inner?: { place: SchemaPlace; step: Step; wrap(inner: Literal): Literal };
}

/** From a value to a part of it: the value itself, a property, an element, or any of the other keys. */
export type Step =
  { to: 'self' } | { to: 'property'; name: string } | { to: 'element'; index?: number } | { to: 'others' };

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
  /** The accepting side under `undeclared: absent`. */
  declares: boolean;
  recursion: Recursion;
  /** The name that this part goes by in both readers, where it is known to mean the same in both. */
  sharedName?(place: SchemaPlace): string | undefined;
}

type SchemaObject = Readonly<Record<string, unknown>>;

/** How deep schemas may stand in each other, references followed. */
const maxDepth = 400;

const types: Readonly<Record<string, readonly ValueType[]>> = {
  null: ['null'],
  boolean: ['boolean'],
  number: ['number'],
  integer: ['number'],
  string: ['string'],
  array: ['array'],
  object: ['object'],
  file: ['null', 'boolean', 'number', 'string', 'array', 'object'],
};

export function readSchemas(
  documents: SchemaDocuments,
  statements: Statements,
  options: ReaderOptions,
): SchemaReader {
  const { all, any, one, among, intern } = statements;
  const literals = new Map<string, Literal>();
  const assertions = new Map<string, Assertion[]>();
  const parts = new Map<string, { place: SchemaPlace; scope: readonly string[]; isInPlace: boolean }>();
  const { isRecursive } = options.recursion;
  const isDynamic = !isApiDialect(documents.source.dialect) && mentionsDynamic(documents.source);
  let depth = 0;

  const opaque = (about: string, reason: string, type?: ValueType) =>
    intern({ op: 'opaque', about, reason, ...(type && { type }) });

  /** The statement of a schema; `scope`: the resources with dynamic anchors that were entered on the way, outermost first. */
  const read = (place: SchemaPlace, scope: readonly string[], isInPlace: boolean): Literal => {
    const key = `${keyOf(place, scope)}${isInPlace ? '' : ' own'}`;
    if (isRecursive(place)) {
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
    const dialect = documents.dialectOf(place);
    const scope = entered(outer, place);
    const { shapes, assertions: plain } = keywordsOf(dialect);
    const found: Assertion[] = [];
    const at = (keyword: string): SchemaPlace => ({
      uri: place.uri,
      pointer: pointerTo(place.pointer, keyword),
    });
    const within = (keyword: string, name: string | number): SchemaPlace => ({
      uri: place.uri,
      pointer: pointerTo(at(keyword).pointer, name),
    });
    const add = (keyword: string, literal: Literal, more: Partial<Assertion> = {}) => {
      if (literal !== always) found.push({ keyword, place: at(keyword), literal, ...more });
    };
    const has = (keyword: string) =>
      Object.hasOwn(schema, keyword) && (plain.has(keyword) || Object.hasOwn(shapes, keyword));
    const senseless = (keyword: string) =>
      opaque(keyOf(at(keyword), []), `the value of ${keyword} makes no sense`);
    /** A demand on the value itself by the schema inside of a keyword. */
    const inPlace = (keyword: string, target: SchemaPlace) => {
      const literal = read(target, scope, true);
      add(keyword, literal, { inner: { place: target, step: { to: 'self' }, wrap: (inner) => inner } });
    };

    const reference = schema['$ref'];
    if (typeof reference === 'string') {
      const resolved = documents.resolve(reference, place);
      if (resolved.ok) inPlace('$ref', resolved.place);
      else add('$ref', opaque(`$ref ${absolute(reference, place)}`, resolved.reason));
      if (isApiDialect(dialect)) return found;
    }
    for (const keyword of ['$dynamicRef', '$recursiveRef'] as const) {
      const dynamic = schema[keyword];
      if (typeof dynamic !== 'string' || (keyword === '$dynamicRef') !== (dialect === '2020-12')) continue;
      const target = dynamicTarget(dynamic, keyword, place, scope);
      if (target === undefined)
        add(keyword, opaque(`${keyword} ${absolute(dynamic, place)}`, `${keyword} leads nowhere`));
      else inPlace(keyword, target);
    }
    readValueKeywords();
    readArrayKeywords();
    readObjectKeywords();
    readChoices();
    readUnevaluated();
    return nullable();

    function readValueKeywords() {
      const isIntOrString = dialect === 'crd' && schema['x-kubernetes-int-or-string'] === true;
      const { type } = schema;
      const named = isIntOrString ? ['integer', 'string'] : Array.isArray(type) ? type : [type];
      if (isIntOrString || has('type')) {
        const list: unknown[] = isNullable() ? [...(named as unknown[]), 'null'] : (named as unknown[]);
        add('type', typeLiteral(list) ?? senseless('type'));
      }
      if (has('enum')) {
        const values: unknown = schema['enum'];
        add('enum', Array.isArray(values) ? among(values.map(canonicalJson)) : senseless('enum'));
      }
      if (has('const')) add('const', among([canonicalJson(schema['const'])]));
      for (const end of ['minimum', 'maximum'] as const) {
        const exclusive = end === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
        const limit = schema[end];
        const own = schema[exclusive];
        const bound = (value: number, isExclusive: boolean) =>
          intern({ op: `number-${end}`, limit: value, isExclusive });
        if (has(end)) add(end, typeof limit === 'number' ? bound(limit, own === true) : senseless(end));
        if (typeof own === 'number') add(exclusive, bound(own, true));
        else if (has(exclusive) && typeof own !== 'boolean') add(exclusive, senseless(exclusive));
      }
      if (has('multipleOf')) {
        const of = schema['multipleOf'];
        add(
          'multipleOf',
          typeof of === 'number' && of > 0 ? intern({ op: 'number-multiple', of }) : senseless('multipleOf'),
        );
      }
      const lengths = [
        ['minLength', 'string-minimum'],
        ['maxLength', 'string-maximum'],
        ['minItems', 'array-minimum'],
        ['maxItems', 'array-maximum'],
        ['minProperties', 'object-minimum'],
        ['maxProperties', 'object-maximum'],
      ] as const;
      for (const [keyword, op] of lengths) {
        const limit = schema[keyword];
        if (!has(keyword)) continue;
        if (typeof limit !== 'number') add(keyword, senseless(keyword));
        else if (!op.endsWith('minimum') || limit > 0) add(keyword, intern({ op, limit }));
      }
      if (has('pattern')) {
        const { pattern } = schema;
        add(
          'pattern',
          typeof pattern === 'string' ? intern({ op: 'string-pattern', pattern }) : senseless('pattern'),
        );
      }
      const { format } = schema;
      if (has('format') && typeof format === 'string') add('format', formatLiteral(format));
      if (has('uniqueItems') && schema['uniqueItems'] === true)
        add('uniqueItems', intern({ op: 'array-unique' }));
      const isSet = dialect === 'crd' && schema['x-kubernetes-list-type'] === 'set';
      if (isSet) add('x-kubernetes-list-type', intern({ op: 'array-unique' }));
    }

    function readArrayKeywords() {
      const tupleKeyword = Object.hasOwn(shapes, 'prefixItems') ? 'prefixItems' : 'items';
      const listed: unknown = schema[tupleKeyword];
      const tuple = Array.isArray(listed) ? listed : undefined;
      if (tuple !== undefined) {
        for (const index of tuple.keys()) {
          const target = within(tupleKeyword, index);
          const wrap = (inner: Literal) => {
            const prefix = Array.from({ length: index }, () => always);
            return items([...prefix, inner], always);
          };
          const inner = { place: target, step: { to: 'element', index } as const, wrap };
          add(tupleKeyword, wrap(read(target, scope, false)), { place: target, inner });
        }
      }
      const restKeyword = tupleKeyword === 'items' && tuple !== undefined ? 'additionalItems' : 'items';
      if (has(restKeyword) && !(restKeyword === 'items' && Array.isArray(schema['items']))) {
        const skipped = Array.from({ length: tuple?.length ?? 0 }, () => always);
        const target = at(restKeyword);
        const wrap = (inner: Literal) => items(skipped, inner);
        add(restKeyword, wrap(read(target, scope, false)), {
          inner: { place: target, step: { to: 'element' }, wrap },
        });
      } else if (restKeyword === 'items' && tuple === undefined && Array.isArray(schema['items'])) {
        add('items', senseless('items'));
      }
      if (has('contains')) {
        const item = read(at('contains'), scope, false);
        const { minContains, maxContains } = schema;
        const least = has('minContains') && typeof minContains === 'number' ? minContains : 1;
        if (least > 0) add('contains', intern({ op: 'array-contains-minimum', item, limit: least }));
        if (has('maxContains') && typeof maxContains === 'number') {
          add('maxContains', intern({ op: 'array-contains-maximum', item, limit: maxContains }));
        }
      }
    }

    function items(prefix: Literal[], rest: Literal): Literal {
      let length = prefix.length;
      while (length > 0 && prefix[length - 1] === rest) length--;
      return length === 0 && rest === always
        ? always
        : intern({ op: 'array-items', prefix: prefix.slice(0, length), rest });
    }

    function readObjectKeywords() {
      if (has('required') && Array.isArray(schema['required'])) {
        for (const name of new Set<unknown>(schema['required'])) {
          if (typeof name !== 'string' || isOutOfView(schema, place, name, 'required')) continue;
          add('required', required(name), { name });
        }
      }
      const names = entriesOf(schema['properties']).map(([name]) => name);
      for (const name of names) {
        const target = within('properties', name);
        const wrap = (inner: Literal) => property(name, inner);
        // What a request never holds is not judged there; the accepting side promises not to send it.
        const isOut = options.view !== undefined && isOutOfView(schema, place, name, 'property');
        if (isOut && !options.declares) continue;
        const inner = { place: target, step: { to: 'property', name } as const, wrap };
        const literal = isOut ? wrap(never) : wrap(read(target, scope, false));
        add('properties', literal, { name, place: target, ...(!isOut && { inner }) });
      }
      const patterns = entriesOf(schema['patternProperties']).map(([pattern]) => pattern);
      for (const pattern of has('patternProperties') ? patterns : []) {
        const target = within('patternProperties', pattern);
        const wrap = (value: Literal) =>
          value === always ? always : intern({ op: 'object-pattern', pattern, value });
        add('patternProperties', wrap(read(target, scope, false)), {
          place: target,
          inner: { place: target, step: { to: 'others' }, wrap },
        });
      }
      if (has('additionalProperties')) {
        const target = at('additionalProperties');
        const wrap = (inner: Literal) => others(names, patterns, inner);
        add('additionalProperties', wrap(read(target, scope, false)), {
          inner: { place: target, step: { to: 'others' }, wrap },
        });
      }
      if (has('propertyNames')) {
        const name = read(at('propertyNames'), scope, false);
        if (name !== always) add('propertyNames', intern({ op: 'object-names', name }));
      }
      readDependencies();
    }

    function readDependencies() {
      const isObjectValue = statements.type(['object']);
      for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
        if (!has(keyword)) continue;
        for (const [name, value] of entriesOf(schema[keyword])) {
          const trigger = all([isObjectValue, required(name)]);
          if (Array.isArray(value)) {
            const needed = value.filter((other) => typeof other === 'string').map(required);
            add(keyword, any([-trigger, all(needed)]), { name, place: within(keyword, name) });
          } else {
            const target = within(keyword, name);
            add(keyword, any([-trigger, read(target, scope, true)]), { name, place: target });
          }
        }
      }
      if (dialect === 'crd' && schema['x-kubernetes-embedded-resource'] === true) {
        const text = all([statements.type(['string']), intern({ op: 'string-minimum', limit: 1 })]);
        const demands = ['apiVersion', 'kind'].flatMap((name) => [required(name), property(name, text)]);
        const metadata = [required('metadata'), property('metadata', isObjectValue)];
        add('x-kubernetes-embedded-resource', all([...demands, ...metadata]));
      }
    }

    function readChoices() {
      const branches = (keyword: string) => {
        const list = schema[keyword];
        if (!has(keyword) || !Array.isArray(list)) return undefined;
        return list.map((_, index) => read(within(keyword, index), scope, true));
      };
      const composed: unknown = schema['allOf'];
      if (Array.isArray(composed))
        for (const index of composed.keys()) inPlace('allOf', within('allOf', index));
      const anyOf = branches('anyOf');
      if (anyOf !== undefined) add('anyOf', any(anyOf));
      const oneOf = branches('oneOf');
      if (oneOf !== undefined) add('oneOf', one(oneOf));
      if (has('not')) add('not', -read(at('not'), scope, true));
      if (!has('if')) return;
      const condition = read(at('if'), scope, true);
      if (has('then')) add('then', any([-condition, read(at('then'), scope, true)]));
      if (has('else')) add('else', any([condition, read(at('else'), scope, true)]));
    }

    /** What the neighbours leave over: one case for every way in which their choices may fall. */
    function readUnevaluated() {
      for (const keyword of ['unevaluatedProperties', 'unevaluatedItems'] as const) {
        if (!has(keyword)) continue;
        const left = read(at(keyword), scope, false);
        if (left === always) continue;
        const cases = evaluatedElsewhere(keyword, place, {
          documents,
          statements,
          literalOf: (target) => read(target, scope, true),
        });
        if (cases === undefined) {
          add(keyword, opaque(keyOf(at(keyword), scope), `${keyword} depends on too many choices`));
          continue;
        }
        const literal = any(
          cases.map(({ condition, names, patterns, isAll, count, contains }) => {
            if (isAll) return condition;
            if (keyword === 'unevaluatedProperties') return all([condition, others(names, patterns, left)]);
            const skipped = Array.from({ length: count }, () => always);
            return all([condition, items(skipped, any([...contains, left]))]);
          }),
        );
        add(keyword, literal);
      }
    }

    function isNullable(): boolean {
      if (!isApiDialect(dialect)) return false;
      return schema['nullable'] === true || (dialect === 'swagger-2' && schema['x-nullable'] === true);
    }

    /** `nullable` without a type of its own lets `null` past a composition, but not past an `enum`. */
    function nullable(): Assertion[] {
      const isComposed = ['allOf', 'anyOf', 'oneOf'].some((keyword) => Object.hasOwn(schema, keyword));
      const hasType = Object.hasOwn(schema, 'type') || schema['x-kubernetes-int-or-string'] === true;
      if (!isNullable() || hasType || !isComposed) return found;
      const isNull = statements.type(['null']);
      return found.map(({ inner: _, ...assertion }) => ({
        ...assertion,
        literal: any([isNull, assertion.literal]),
      }));
    }
  };

  const typeLiteral = (names: readonly unknown[]): Literal | undefined => {
    const known = names.map((name) =>
      typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined,
    );
    if (known.length === 0 || known.includes(undefined)) return undefined;
    const literal = statements.type(known.flatMap((list) => list ?? []));
    const isWhole = names.includes('integer') && !names.includes('number') && !names.includes('file');
    return isWhole ? all([literal, intern({ op: 'number-integer' })]) : literal;
  };
  const formatLiteral = (format: string): Literal => {
    const wide = 2 ** 31;
    switch (format) {
      // What ajv-formats checks. That a number is one of 64 bits, or a float, is a promise about its precision.
      case 'int32':
        return all([
          intern({ op: 'number-integer' }),
          intern({ op: 'number-minimum', limit: -wide, isExclusive: false }),
          intern({ op: 'number-maximum', limit: wide - 1, isExclusive: false }),
        ]);
      case 'int64':
        return intern({ op: 'number-integer' });
      case 'float':
      case 'double':
      case 'password':
      case 'binary':
        return always;
      default:
        return intern({ op: 'string-format', format });
    }
  };
  const required = (name: string) => intern({ op: 'object-required', name });
  const property = (name: string, value: Literal) =>
    value === always ? always : intern({ op: 'object-property', name, value });
  const others = (names: readonly string[], patterns: readonly string[], value: Literal) =>
    value === always
      ? always
      : intern({ op: 'object-others', names: [...names].sort(), patterns: [...patterns].sort(), value });

  const isOutOfView = (schema: SchemaObject, place: SchemaPlace, name: string, as: 'required' | 'property') =>
    options.view !== undefined && isMarkedFor(options.view, documents, schema, place, name, as);

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

function keyOf({ uri, pointer }: SchemaPlace, scope: readonly string[]): string {
  return scope.length === 0 ? `${uri}#${pointer}` : `${uri}#${pointer} in ${scope.join(' ')}`;
}

const maxLooked = 200_000;

function mentionsDynamic({ root, documents }: SchemaDocuments['source']): boolean {
  const pending: unknown[] = [root, ...(documents?.values() ?? [])];
  for (let looked = 0; pending.length > 0 && looked < maxLooked; looked++) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '$dynamicRef') || Object.hasOwn(value, '$recursiveRef')) return true;
    for (const part of Object.values<unknown>(value)) if (typeof part === 'object') pending.push(part);
  }
  return false;
}
