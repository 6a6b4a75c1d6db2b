/**
 * Freeze windows against a reference that knows no time zones: it asks what a clock on the wall says at each minute of
 * some days around a transition, and takes the first and the last of those minutes that lie in the window.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endOfFreeze, isFrozen } from '../../policies/gates/freeze-windows.ts';
import type { FreezeWindow } from '../../policies/gates/gate-policy.ts';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

/** Days around which clocks change, or do not. */
const places: readonly [zone: string, day: string][] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Africa/Casablanca', '2026-03-22'],
  ['Asia/Kathmandu', '2026-12-31'],
  ['Europe/Volgograd', '2020-12-27'],
  ['Pacific/Apia', '2011-12-30'],
];

interface Minute {
  ms: number;
  /** The reading as if it were UTC, so that readings compare. */
  readingMs: number;
}

const minutesAround = new Map<string, Minute[]>();

/** Every minute from three days before to three days after, with what the wall clock says. */
function minutesOf(zone: string, day: string): Minute[] {
  const key = `${zone} ${day}`;
  const known = minutesAround.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const from = Date.parse(`${day}T00:00:00Z`) - 3 * dayMs;
  const minutes = Array.from({ length: 6 * 1440 }, (_, index) => {
    const ms = from + index * minuteMs;
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const text = `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:00Z`;
    return { ms, readingMs: Date.parse(text) };
  });
  minutesAround.set(key, minutes);
  return minutes;
}

/** Minutes in which the window holds: for each day it begins on, all between the first and the last reading in it. */
function referenceOf(window: FreezeWindow, minutes: readonly Minute[]): Set<number> {
  const { when } = window;
  const frozen = new Set<number>();
  const first = Math.floor((minutes[0]?.readingMs ?? 0) / dayMs) - 8;
  const last = Math.floor((minutes.at(-1)?.readingMs ?? 0) / dayMs) + 1;
  for (let day = first; day <= last; day++) {
    // The first of January 1970 was a Thursday.
    const dayOfWeek = ((((day + 3) % 7) + 7) % 7) + 1;
    if (when.kind !== 'weekly' || !when.days.includes(dayOfWeek)) continue;
    const fromMs = day * dayMs + when.fromMinute * minuteMs;
    const toMs = day * dayMs + when.toMinute * minuteMs;
    const inside = minutes.filter(({ readingMs }) => readingMs >= fromMs && readingMs < toMs);
    const [begin, end] = [inside[0], inside.at(-1)];
    if (begin === undefined || end === undefined) continue;
    for (const { ms } of minutes) if (ms >= begin.ms && ms <= end.ms) frozen.add(ms);
  }
  return frozen;
}

const windows = fc
  .record({
    place: fc.constantFrom(...places),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    from: fc.integer({ min: 0, max: 95 }),
    quarters: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 })),
  })
  .map(({ place: [zone, day], days, from, quarters }) => {
    const when = { kind: 'weekly', days, fromMinute: from * 15, toMinute: (from + quarters) * 15 } as const;
    const allow = { commits: [], labels: [], kinds: [] };
    const window: FreezeWindow = { name: 'w', zone, when, except: [], allow };
    return { window, minutes: minutesOf(zone, day) };
  });

test('a window holds in exactly the minutes that the wall clock says', () => {
  fc.assert(
    fc.property(windows, fc.array(fc.nat(6 * 1440 - 1), { minLength: 5, maxLength: 5 }), (case_, places_) => {
      const { window, minutes } = case_;
      const frozen = referenceOf(window, minutes);
      for (const place of places_) {
        const ms = minutes[place]?.ms ?? 0;
        assert.equal(isFrozen(window, ms), frozen.has(ms), new Date(ms).toISOString());
      }
    }),
    { numRuns: 200 },
  );
});

test('a freeze ends where it says: it holds until then, and not at that instant', () => {
  fc.assert(
    fc.property(windows, fc.nat(6 * 1440 - 1), ({ window, minutes }, place) => {
      const ms = minutes[place]?.ms ?? 0;
      const untilMs = endOfFreeze([window], ms);
      if (untilMs === null) return;
      assert.equal(isFrozen(window, untilMs), false);
      assert.equal(untilMs === ms, !isFrozen(window, ms));
      if (untilMs > ms) assert.equal(isFrozen(window, untilMs - 1), true);
    }),
    { numRuns: 60 },
  );
});
