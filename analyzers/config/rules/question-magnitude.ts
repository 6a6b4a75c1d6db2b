import { defineRule } from '../../analyzer.ts';
import { entriesOf, pointerTo, tokensOf, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';

const factor = 10;

/** Numbers that name something instead of measuring it: ten times a port is not ten times anything. */
const names = [
  /(^|[^a-z])(port|id|uid|gid|version|build|date|time_?stamp|year|seed|account)s?$/i,
  /(Port|Id|Version)s?$/,
];

/** "timeout 30 -> 30000": valid to every schema, and still wrong by a unit. */
export const questionMagnitude = defineRule<ConfigSubject>({
  id: 'config/question-magnitude',
  level: 'warning',
  problem:
    'A number moved by a factor of ten or more, as it does when a unit or a decimal point is mistaken.',
  remedy: 'Make sure that the unit is the one that the service expects; nothing else needs to be done.',
  check(subject) {
    const before = subject.isChanged ? subject.before() : undefined;
    const document = subject.document;
    if (before === undefined || !before.document.ok || document?.ok !== true) return [];
    const reports: Report[] = [];
    for (const [index, value] of document.documents.entries()) {
      for (const [pointer, now] of measures(value, '')) {
        const then = measureOf(valueAt(before.document.documents[index], pointer));
        if (then === undefined || then.unit !== now.unit || !movedFar(then.amount, now.amount)) continue;
        const span = document.spanOf(pointer, index);
        const beforeSpan = before.document.spanOf(pointer, index);
        reports.push({
          path: subject.path,
          key: `${index}:${pointer}`,
          message: `${pointer} moved from ${then.amount}${then.unit} to ${now.amount}${now.unit}`,
          ...(span && { span }),
          ...(beforeSpan && { beforeSpan }),
        });
      }
    }
    return reports;
  },
});

interface Measure {
  amount: number;
  unit: string;
}

function* measures(value: unknown, pointer: string): Generator<[string, Measure]> {
  const measure = measureOf(value);
  if (measure !== undefined) {
    const name = tokensOf(pointer).findLast((token) => !/^\d+$/.test(token)) ?? '';
    if (!names.some((pattern) => pattern.test(name))) yield [pointer, measure];
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* measures(item, pointerTo(pointer, index));
  } else {
    for (const [key, item] of entriesOf(value)) yield* measures(item, pointerTo(pointer, key));
  }
}

/** A number, or text that is a number with a unit: `30`, `0.1`, `10%`, `500ms`. */
function measureOf(value: unknown): Measure | undefined {
  if (typeof value === 'number') return { amount: value, unit: '' };
  const parts =
    typeof value === 'string' ? /^(-?\d{1,15}(?:\.\d{1,15})?)([a-zA-Z%]{0,8})$/.exec(value) : null;
  return parts === null ? undefined : { amount: Number(parts[1]), unit: parts[2] ?? '' };
}

// From or to zero there is no factor, and such a change is mostly a switch.
function movedFar(then: number, now: number): boolean {
  if (then === 0 || now === 0) return false;
  const ratio = Math.abs(now / then);
  return ratio >= factor || ratio <= 1 / factor;
}
