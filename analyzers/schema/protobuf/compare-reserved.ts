import { note, type Comparison } from './comparison.ts';
import type { NumberRange, ProtoFile, Range, ReservedName } from './proto-file.ts';

interface Reserving {
  fullName: string;
  file: ProtoFile;
  node: { nameRange: Range; reservedRanges: NumberRange[]; reservedNames: ReservedName[] };
}

/** What was reserved stays reserved, in whatever ranges it is written now. */
export function compareReserved(comparison: Comparison, before: Reserving, after: Reserving): void {
  const place = { file: after.file, range: after.node.nameRange };
  for (const range of rangesNotIn(before.node.reservedRanges, after.node.reservedRanges)) {
    note(comparison, {
      rule: 'keep-reserved',
      level: 'wire',
      key: `${after.fullName}:range:${range.first}:${range.last}`,
      message: `${after.fullName} no longer reserves ${rangeText(range)}, so it can be used again for something else`,
      after: place,
      before: { file: before.file, range: range.range },
      symbol: `${before.fullName}:reserved ${rangeText(range)}`,
    });
  }
  const kept = new Set(after.node.reservedNames.map(({ name }) => name));
  for (const { name, range } of before.node.reservedNames) {
    if (kept.has(name)) continue;
    note(comparison, {
      rule: 'keep-reserved',
      level: 'wire',
      key: `${after.fullName}:name:${name}`,
      message: `${after.fullName} no longer reserves the name ${name}, so it can be used again for something else`,
      after: place,
      before: { file: before.file, range },
      symbol: `${before.fullName}:reserved ${JSON.stringify(name)}`,
    });
  }
}

/** The ranges of which some number is in none of the others. Sorting and merging first keeps hostile lists cheap. */
export function rangesNotIn(ranges: readonly NumberRange[], others: readonly NumberRange[]): NumberRange[] {
  if (ranges.length === 0) return [];
  const merged = mergedOf(others);
  let at = 0;
  return ranges
    .toSorted((a, b) => a.first - b.first)
    .filter(({ first, last }) => {
      while (at < merged.length && (merged[at]?.last ?? 0) < first) at++;
      const cover = merged[at];
      return cover === undefined || cover.first > first || cover.last < last;
    });
}

interface Interval {
  first: number;
  last: number;
}

const mergedByRanges = new WeakMap<readonly NumberRange[], Interval[]>();

function mergedOf(ranges: readonly NumberRange[]): Interval[] {
  const known = mergedByRanges.get(ranges);
  if (known !== undefined) return known;
  const merged: Interval[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const end = merged.at(-1);
    if (end !== undefined && first <= end.last + 1) end.last = Math.max(end.last, last);
    else merged.push({ first, last });
  }
  mergedByRanges.set(ranges, merged);
  return merged;
}

/** Is the number in one of the ranges? Asked for every field, so it must not walk over all of them. */
export function isWithin(ranges: readonly NumberRange[], number: number): boolean {
  const merged = mergedOf(ranges);
  let low = 0;
  let high = merged.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = merged[middle];
    if (interval === undefined) return false;
    if (number < interval.first) high = middle - 1;
    else if (number > interval.last) low = middle + 1;
    else return true;
  }
  return false;
}

export function rangeText({ first, last }: NumberRange): string {
  return first === last ? String(first) : `${first} to ${last}`;
}
