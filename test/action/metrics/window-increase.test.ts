/** From raw samples to what happened in a window: a scrape every ten seconds, and the window from 100 to 130 s. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RawSeries } from '../../../action/metrics/prometheus/read-samples.ts';
import {
  coverageOf,
  increaseOf,
  lastValueOf,
  targetsOf,
} from '../../../action/metrics/prometheus/window-increase.ts';

const window = { fromSeconds: 100, toSeconds: 130 };
const scrapeSeconds = 10;

type Values = Record<number, number>;

/** Values by their times. */
function series(values: Values, instance = 'a'): RawSeries {
  const samples = Object.entries(values).map(([at, value]) => ({ atSeconds: Number(at), value }));
  return { labels: { job: 'shop', instance }, samples, histograms: [] };
}

interface Case {
  what: string;
  own: Values;
  /** Another series of the same instance, and one of another instance. */
  sibling?: Values;
  stranger?: Values;
  increase: number;
}

const cases: Case[] = [
  { what: 'from the sample at the beginning', own: { 90: 1, 100: 5, 110: 6, 130: 9 }, increase: 4 },
  { what: 'from the newest sample before it', own: { 80: 1, 95: 3, 105: 4, 125: 8 }, increase: 5 },
  { what: 'what comes after the end is of the next window', own: { 100: 5, 130: 9, 140: 50 }, increase: 4 },
  { what: 'a reset inside', own: { 100: 100, 110: 120, 120: 3, 130: 7 }, increase: 27 },
  { what: 'a reset between the base and the first sample inside', own: { 100: 100, 110: 4 }, increase: 4 },
  { what: 'what is no number is no sample', own: { 100: 5, 110: NaN, 120: 9 }, increase: 4 },
  { what: 'no sample inside', own: { 100: 5 }, increase: 0 },
  { what: 'no sample at all', own: {}, increase: 0 },
  { what: 'a first sample inside says nothing of the window', own: { 110: 1000, 130: 1007 }, increase: 7 },
  {
    what: 'a new label of an instance that was there counts from zero',
    own: { 110: 2, 130: 7 },
    sibling: { 100: 50, 110: 60 },
    increase: 7,
  },
  {
    what: 'a new label of an instance that came inside, and was there a scrape earlier',
    own: { 120: 2, 130: 7 },
    sibling: { 110: 50, 120: 60 },
    increase: 7,
  },
  {
    what: 'a new instance beside others, with counts of its whole life',
    own: { 110: 1000, 130: 1007 },
    sibling: { 110: 5000, 130: 5010 },
    stranger: { 100: 50, 110: 60 },
    increase: 7,
  },
];

for (const { what, own, sibling, stranger, increase } of cases)
  test(`counted: ${what}`, () => {
    const counter = series(own);
    const others = [sibling && series(sibling), stranger && series(stranger, 'b')];
    const all = [counter, ...others.filter((other) => other !== undefined)];
    assert.equal(increaseOf(counter, targetsOf(all, window), window), increase);
  });

test('the reference vectors: samples that are missing are not there', () => {
  const vectors = referenceCases();
  assert.ok(vectors.length >= 8);
  for (const { samples, increase } of vectors) {
    const values: Values = {};
    for (const [index, value] of samples.entries()) if (value !== null) values[index + 1] = value;
    // The vectors' first sample is the base; here that is any sample before the window.
    const wide = { fromSeconds: 0, toSeconds: samples.length };
    const counter = series(values);
    assert.equal(increaseOf(counter, targetsOf([counter], wide), wide), increase, samples.join());
  }
});

test('windows side by side count every event once', () => {
  const values: Values = {};
  let counted = 0;
  // Starts again every seventh scrape.
  for (let at = 0; at <= 600; at += 10) values[at] = counted = at % 70 === 0 ? 1 : counted + 3;
  const counter = series(values);
  const over = (fromSeconds: number, toSeconds: number): number =>
    increaseOf(counter, targetsOf([counter], { fromSeconds, toSeconds }), { fromSeconds, toSeconds });
  let sum = 0;
  // Bounds between scrapes as well as on them.
  for (let from = 0; from < 600; from += 25) sum += over(from, from + 25);
  assert.equal(sum, over(0, 600));
});

test('coverage: of a series that was there all the time, by the scrapes it owes', () => {
  const coverage = (own: Values, sibling?: Values): number | null => {
    const counter = series(own);
    const all = sibling === undefined ? [counter] : [counter, series(sibling)];
    return coverageOf(counter, targetsOf(all, window), window, scrapeSeconds);
  };
  assert.equal(coverage({ 100: 1, 110: 1, 120: 1, 130: 1 }), 1);
  assert.equal(coverage({ 100: 1, 110: 1, 130: 1 }), 2 / 3);
  assert.equal(coverage({ 100: 1 }), 0, 'an instance that is gone');
  assert.equal(coverage({ 110: 1, 120: 1, 130: 1 }), null, 'it began inside');
  const goesOn = { 100: 1, 110: 1, 120: 1, 130: 1 };
  assert.equal(coverage({ 90: 1, 100: 1 }, goesOn), null, 'a label that is gone after a restart');
  assert.equal(coverage({ 100: 1, 110: 1, 120: 1 }, goesOn), 1, 'the same, up to its end');
});

test('a gauge says its newest value of the window', () => {
  assert.equal(lastValueOf(series({ 110: 1, 130: 2, 131: 3 }), window), 2);
  assert.equal(lastValueOf(series({ 100: 1, 140: 3 }), window), null, 'an old value is none');
  assert.equal(lastValueOf(series({ 110: 1, 120: NaN }), window), NaN);
});

function referenceCases(): { samples: (number | null)[]; increase: number }[] {
  const file = new URL('../../reference/judge-vectors.json', import.meta.url);
  // The reference numbers of this repository, in the shape their own entry states.
  const { counter_increase: vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    counter_increase: { cases: { samples: (number | null)[]; increase: number }[] };
  };
  return vectors.cases;
}
