import { itemsLiteral } from './array-keywords.ts';
import { evaluatedElsewhere } from './evaluated-elsewhere.ts';
import type { Assertion, KeywordReading } from './keyword-reading.ts';
import { othersLiteral } from './object-keywords.ts';
import { always } from '../statement.ts';
import { isNullable } from './value-keywords.ts';
import { keyOfPlace } from '../schema-source.ts';

/** `anyOf`, `oneOf`, `not`, `if`. */
export function readChoices({ schema, statements, has, at, within, add, read }: KeywordReading): void {
  const { any, one } = statements;
  const branches = (keyword: string) => {
    const list = schema[keyword];
    if (!has(keyword) || !Array.isArray(list)) return undefined;
    return list.map((_, index) => read(within(keyword, index), true));
  };
  const anyOf = branches('anyOf');
  if (anyOf !== undefined) add('anyOf', any(anyOf));
  const oneOf = branches('oneOf');
  if (oneOf !== undefined) add('oneOf', one(oneOf));
  if (has('not')) add('not', -read(at('not'), true));
  if (!has('if')) return;
  const condition = read(at('if'), true);
  if (has('then')) add('then', any([-condition, read(at('then'), true)]));
  if (has('else')) add('else', any([condition, read(at('else'), true)]));
}

/** What the neighbours leave over: one case for every way in which their choices may fall. */
export function readUnevaluated(reading: KeywordReading): void {
  const { place, statements, has, at, add, read, opaque } = reading;
  const { all, any } = statements;
  for (const keyword of ['unevaluatedProperties', 'unevaluatedItems'] as const) {
    if (!has(keyword)) continue;
    const left = read(at(keyword), false);
    if (left === always) continue;
    const cases = evaluatedElsewhere(keyword, place, {
      ...reading,
      literalOf: (target) => read(target, true),
    });
    if (cases === undefined) {
      add(keyword, opaque(keyOfPlace(at(keyword)), `${keyword} depends on too many choices`));
      continue;
    }
    const literal = any(
      cases.map(({ condition, names, patterns, isAll, count, contains }) => {
        if (isAll) return condition;
        if (keyword === 'unevaluatedProperties')
          return all([condition, othersLiteral(names, patterns, left, statements)]);
        const skipped = Array.from({ length: count }, () => always);
        return all([condition, itemsLiteral(skipped, any([...contains, left]), statements)]);
      }),
    );
    add(keyword, literal);
  }
}

/** `nullable` without a type of its own lets `null` past a composition, but not past an `enum`. */
export function withNull(reading: KeywordReading): Assertion[] {
  const { schema, statements, found } = reading;
  const isComposed = ['allOf', 'anyOf', 'oneOf'].some((keyword) => Object.hasOwn(schema, keyword));
  const hasType = Object.hasOwn(schema, 'type') || schema['x-kubernetes-int-or-string'] === true;
  if (!isNullable(reading) || hasType || !isComposed) return found;
  const isNull = statements.type(['null']);
  return found.map(({ inner: _, ...assertion }) => ({
    ...assertion,
    literal: statements.any([isNull, assertion.literal]),
  }));
}
