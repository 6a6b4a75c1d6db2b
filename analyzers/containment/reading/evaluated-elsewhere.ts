/**
 * `unevaluatedProperties` and `unevaluatedItems` are about what the neighbouring keywords leave over, and that depends
 * on which branches of theirs a value satisfies. Each way in which the branches may fall is one case: its condition,
 * and what is evaluated under it. Together the cases cover everything.
 */
import { entriesOf, isObject, pointerTo } from '../../document/document.ts';
import { keywordsOf } from '../dialect-keywords.ts';
import type { KeywordReading } from './keyword-reading.ts';
import type { SchemaPlace } from '../schema-source.ts';
import { always, type Literal } from '../statement.ts';

export interface EvaluatedCase {
  condition: Literal;
  names: readonly string[];
  patterns: readonly string[];
  isAll: boolean;
  /** How many leading elements. */
  count: number;
  /** Elements that satisfy one of these are evaluated wherever they are. */
  contains: readonly Literal[];
}

interface Reading extends Pick<KeywordReading, 'documents' | 'statements' | 'readsAsAjv' | 'onDifference'> {
  literalOf(place: SchemaPlace): Literal;
}

const maxCases = 64;
const maxDepth = 30;

/** The cases of the schema at a place, its own `unevaluated…` left out. Undefined where there are too many. */
export function evaluatedElsewhere(
  keyword: 'unevaluatedProperties' | 'unevaluatedItems',
  place: SchemaPlace,
  reading: Reading,
): EvaluatedCase[] | undefined {
  const { documents, statements, literalOf, readsAsAjv, onDifference } = reading;
  const isAboutItems = keyword === 'unevaluatedItems';
  const limits = { isTooMuch: false };

  const casesOf = (at: SchemaPlace, isNeighbour: boolean, depth: number): EvaluatedCase[] => {
    const schema = documents.valueOf(at);
    if (!isObject(schema)) return [nothing];
    if (depth > maxDepth) {
      limits.isTooMuch = true;
      return [nothing];
    }
    const { shapes } = keywordsOf(documents.dialectOf(at));
    const has = (name: string) => Object.hasOwn(schema, name) && Object.hasOwn(shapes, name);
    const under = (name: string, part: string | number): SchemaPlace => ({
      uri: at.uri,
      pointer: pointerTo(pointerTo(at.pointer, name), part),
    });
    const inside = (name: string): SchemaPlace => ({ uri: at.uri, pointer: pointerTo(at.pointer, name) });
    const own: EvaluatedCase = isAboutItems ? ownItems(schema, at, has) : ownProperties(schema, has);
    let cases: EvaluatedCase[] = [isNeighbour || !has(keyword) ? own : { ...nothing, isAll: true }];

    const cross = (others: readonly EvaluatedCase[]) => {
      const joined = cases.flatMap((one) => others.map((other) => join(one, other)));
      cases = joined.filter(({ condition }) => condition !== -always);
      if (cases.length > maxCases) limits.isTooMuch = true;
      if (limits.isTooMuch) cases = cases.slice(0, 1);
    };
    /** A branch counts where it holds. One that evaluates nothing makes no difference, and is not asked about. */
    const branch = (target: SchemaPlace): EvaluatedCase[] => {
      const inner = casesOf(target, false, depth + 1);
      if (inner.every(isNothing)) return [nothing];
      const holds = literalOf(target);
      return [...inner.map((one) => withCondition(one, holds)), { ...nothing, condition: -holds }];
    };
    const follow = (name: '$ref' | '$dynamicRef' | '$recursiveRef') => {
      const reference = schema[name];
      if (typeof reference !== 'string') return;
      const resolved = documents.resolve(reference, at);
      if (!resolved.ok || name !== '$ref') limits.isTooMuch = true;
      else cross(casesOf(resolved.place, false, depth + 1));
    };
    const withCondition = (one: EvaluatedCase, condition: Literal): EvaluatedCase => ({
      ...one,
      condition: statements.all([one.condition, condition]),
    });
    const join = (one: EvaluatedCase, other: EvaluatedCase): EvaluatedCase => ({
      condition: statements.all([one.condition, other.condition]),
      names: [...new Set([...one.names, ...other.names])],
      patterns: [...new Set([...one.patterns, ...other.patterns])],
      isAll: one.isAll || other.isAll,
      count: Math.max(one.count, other.count),
      contains: [...new Set([...one.contains, ...other.contains])],
    });

    follow('$ref');
    follow('$dynamicRef');
    follow('$recursiveRef');
    const listOf = (name: string): SchemaPlace[] => {
      const list: unknown = has(name) ? schema[name] : undefined;
      return Array.isArray(list) ? list.map((_, index) => under(name, index)) : [];
    };
    for (const target of listOf('allOf')) cross(casesOf(target, false, depth + 1));
    for (const name of ['anyOf', 'oneOf']) for (const target of listOf(name)) cross(branch(target));
    if (has('if')) {
      const condition = literalOf(inside('if'));
      const test = casesOf(inside('if'), false, depth + 1);
      const then = has('then') ? casesOf(inside('then'), false, depth + 1) : [nothing];
      const otherwise = has('else') ? casesOf(inside('else'), false, depth + 1) : [nothing];
      const yes = test.flatMap((one) => then.map((other) => withCondition(join(one, other), condition)));
      const no = otherwise.map((one) => withCondition(one, -condition));
      if (![...yes, ...no].every(evaluatesNothing)) cross([...yes, ...no]);
    }
    for (const name of ['dependentSchemas', 'dependencies']) {
      if (!has(name)) continue;
      for (const [key, value] of entriesOf(schema[name])) {
        if (Array.isArray(value)) continue;
        const inner = casesOf(under(name, key), false, depth + 1);
        if (inner.every(isNothing)) continue;
        const holds = statements.all([
          statements.type(['object']),
          statements.intern({ op: 'object-required', name: key }),
        ]);
        cross([...inner.map((one) => withCondition(one, holds)), { ...nothing, condition: -holds }]);
      }
    }
    return cases;
  };

  const ownItems = (
    schema: Readonly<Record<string, unknown>>,
    at: SchemaPlace,
    has: (name: string) => boolean,
  ): EvaluatedCase => {
    const is2020 = documents.dialectOf(at) === '2020-12';
    const tuple: unknown = schema[is2020 ? 'prefixItems' : 'items'];
    const count = Array.isArray(tuple) ? tuple.length : 0;
    const isAll = is2020
      ? has('items')
      : Array.isArray(schema['items'])
        ? has('additionalItems')
        : has('items');
    if (!has('contains')) return { ...nothing, isAll, count };
    const item = literalOf({ uri: at.uri, pointer: pointerTo(at.pointer, 'contains') });
    onDifference('"contains" evaluates the elements that it takes alone');
    // ajv takes all elements as evaluated, and none where every element is what is looked for.
    if (readsAsAjv) return { ...nothing, isAll: isAll || item !== always, count };
    return {
      ...nothing,
      isAll,
      count,
      // Since 2020-12 what `contains` finds is evaluated.
      contains: is2020 ? [item] : [],
    };
  };
  const cases = casesOf(place, true, 0);
  return limits.isTooMuch ? undefined : cases;
}

const nothing: EvaluatedCase = {
  condition: always,
  names: [],
  patterns: [],
  isAll: false,
  count: 0,
  contains: [],
};

function ownProperties(
  schema: Readonly<Record<string, unknown>>,
  has: (name: string) => boolean,
): EvaluatedCase {
  return {
    ...nothing,
    names: has('properties') ? entriesOf(schema['properties']).map(([name]) => name) : [],
    patterns: has('patternProperties') ? entriesOf(schema['patternProperties']).map(([name]) => name) : [],
    isAll: has('additionalProperties'),
  };
}

function isNothing(one: EvaluatedCase): boolean {
  return one.condition === always && evaluatesNothing(one);
}

function evaluatesNothing({ names, patterns, isAll, count, contains }: EvaluatedCase): boolean {
  return !isAll && count === 0 && names.length + patterns.length + contains.length === 0;
}
