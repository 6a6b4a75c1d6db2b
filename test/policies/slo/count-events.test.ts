/** From counters at even instants to the events of a window. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countEvents, type CountedEvents, type InstantSeries } from '../../../policies/slo/count-events.ts';
import type { EventCounts, Indicator } from '../../../policies/slo/slo.ts';

const indicator: Indicator = { total: 'requests_total', part: 'bad', selector: 'requests_total{code="500"}' };
const good: Indicator = { ...indicator, part: 'good', selector: 'good_total' };
const hour = 3600;
/** Instants a minute apart: an hour of looking back, then an hour of window. */
const step = 60;

/** A series with one value a minute from `startMinute`; null where there is no sample. Minute 60 is the window's begin. */
function series(code: string, startMinute: number, values: readonly (number | null)[]): InstantSeries {
  const samples = values.flatMap((value, index) =>
    value === null ? [] : [{ atSeconds: (startMinute + index) * step, value }],
  );
  return { labels: { __name__: 'requests_total', code }, samples };
}

function steady(code: string, startMinute: number, perMinute: number, base = 0): InstantSeries {
  const minutes = 120 - startMinute + 1;
  return series(
    code,
    startMinute,
    Array.from({ length: minutes }, (_, index) => base + index * perMinute),
  );
}

function count(total: InstantSeries[], part: InstantSeries[], of = indicator): CountedEvents {
  return countEvents(of, { fromSeconds: hour, toSeconds: 2 * hour, total, part });
}

function countsOf(counted: CountedEvents): EventCounts | string {
  return 'problem' in counted ? counted.problem : counted.counts;
}

function problemOf(counted: CountedEvents): string {
  return 'problem' in counted ? counted.problem : 'none';
}

test('the increase from the begin of the window to its end, of every series', () => {
  const all = [steady('200', 0, 90, 1e6), steady('500', 0, 10)];
  assert.deepEqual(count(all, all.slice(1)), { counts: { bad: 600, total: 6000 }, coveredSeconds: hour });
  assert.deepEqual(countsOf(count(all, [steady('200', 0, 90)], good)), { bad: 600, total: 6000 });
});

test('a reset adds what is there after it, for its own series only', () => {
  const reset = series('500', 59, [500, 500, ...Array.from({ length: 60 }, (_, index) => index + 1)]);
  const all = [steady('200', 0, 100), reset];
  assert.deepEqual(countsOf(count(all, [reset])), { bad: 60, total: 6060 });
});

test('a label that is new counts from zero: its first errors are errors', () => {
  const all = [
    steady('200', 0, 100),
    series(
      '500',
      100,
      Array.from({ length: 21 }, () => 7),
    ),
  ];
  assert.deepEqual(countsOf(count(all, all.slice(1))), { bad: 7, total: 6007 });
});

test('what is there when the history begins counts from its first sample: it may be years old', () => {
  const all = [steady('200', 65, 100, 1e9), steady('500', 68, 0, 1e6)];
  assert.deepEqual(count(all, all.slice(1)), { counts: { bad: 0, total: 5500 }, coveredSeconds: 55 * 60 });
});

test('a series that was there before the window and had a gap counts from where it was, and what the gap hid', () => {
  const values = Array.from({ length: 121 }, (_, minute) =>
    minute > 50 && minute < 80 ? null : 1e6 + minute,
  );
  const all = [steady('200', 0, 100), series('500', 0, values)];
  assert.deepEqual(countsOf(count(all, all.slice(1))), { bad: 70, total: 6070 });
});

test('no bad series is no bad event only where the metric has its labels', () => {
  const all = [steady('200', 0, 100)];
  assert.deepEqual(countsOf(count(all, [])), { bad: 0, total: 6000 });
  const misspelt = { ...indicator, selector: 'requests_total{cod="500"}' };
  assert.match(problemOf(count(all, [], misspelt)), /no series of requests_total has the label cod/);
  const other = { ...indicator, selector: 'request_total{code="500"}' };
  assert.equal(countsOf(count(all, [], other)), 'no series matches request_total{code="500"}');
  assert.equal(countsOf(count(all, [], good)), 'no series matches good_total');
});

test('what is not known is a problem', () => {
  const all = [steady('200', 0, 100)];
  const cases: [total: InstantSeries[], part: InstantSeries[], problem: RegExp][] = [
    [[], [], /^no series matches requests_total$/],
    [[series('200', 0, [1, 2, 3])], [], /requests_total has no sample for the last 7080 s/],
    [[steady('200', 100, 1)], [], /is known for 1200 s only, and 2880 s are needed/],
    [[series('200', 119, [1, NaN])], [], /a sample is NaN, which no counter can be/],
    [all, [series('500', 60, [3, -1])], /a sample is -1/],
    [all, [series('500', 60, [Infinity])], /a sample is Infinity/],
    [all, [steady('500', 0, 110)], /counted more events \(6600\) than requests_total \(6000\)/],
  ];
  for (const [total, part, problem] of cases) assert.match(problemOf(count(total, part)), problem);
});

test('however the instances are restarted, nothing is counted that did not happen', () => {
  const minute = fc.record({ events: fc.nat(50), restarts: fc.boolean() });
  fc.assert(
    fc.property(fc.array(minute, { minLength: 121, maxLength: 121 }), (minutes) => {
      let value = 0;
      let happened = 0;
      const values = minutes.map(({ events, restarts }, index) => {
        if (restarts) value = 0;
        value += events;
        if (index > 60) happened += events;
        return value;
      });
      const counted = count([series('200', 0, values)], []);
      assert.ok('counts' in counted && counted.counts.total <= happened);
      if (minutes.every(({ restarts }) => !restarts)) assert.equal(counted.counts.total, happened);
    }),
  );
});
