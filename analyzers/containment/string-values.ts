import { plainStrings } from './plain-strings.ts';
import { none, unknown, type Values } from './values.ts';

export type { Values } from './values.ts';

/** What is asked of a string, all of it at once. Lengths count code points, as JSON Schema does. */
export interface StringConstraints {
  minLength: number;
  /** `Infinity` where there is none. */
  maxLength: number;
  patterns: readonly string[];
  notPatterns: readonly string[];
  formats: readonly string[];
  notFormats: readonly string[];
  excluded: ReadonlySet<string>;
  /** Where it is given, only these come into question. */
  among?: readonly string[];
}

/** A short string that keeps all constraints. */
export function findString(constraints: StringConstraints): Values<string> {
  const found = findStrings(constraints, 1);
  const [value] = found.outcome === 'some' ? found.value : [];
  if (found.outcome !== 'some') return found;
  return value === undefined ? none : { outcome: 'some', value };
}

/** So many different strings that keep all constraints; `none` where there are provably fewer. */
export function findStrings(constraints: StringConstraints, count: number): Values<string[]> {
  const { patterns, notPatterns, formats, notFormats, minLength, maxLength, excluded, among } = constraints;
  if (minLength > maxLength) return none;
  if (patterns.some((pattern) => notPatterns.includes(pattern))) return none;
  if (formats.some((format) => notFormats.includes(format))) return none;
  const [undecided] = [...patterns, ...notPatterns, ...formats, ...notFormats];
  if (undecided !== undefined) return unknown(`${JSON.stringify(undecided)} is not looked into yet`);
  if (among === undefined) return plainStrings(minLength, maxLength, excluded, count);
  const value = [...new Set(among)].filter((text) => {
    const length = Array.from(text).length;
    return !excluded.has(text) && length >= minLength && length <= maxLength;
  });
  return value.length < count ? none : { outcome: 'some', value: value.slice(0, count) };
}
