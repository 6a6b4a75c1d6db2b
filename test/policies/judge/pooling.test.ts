import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pool, type Pool } from '../../../policies/judge/pooling.ts';

const add = (first: number, second: number): number => first + second;
const areBoth = (candidate: number, baseline: number): boolean => candidate > 0 && baseline > 0;

/** What is judged at each tick of requests [candidate, baseline], and what stays open. */
function poolAll(ticks: readonly (readonly [atSeconds: number, candidate: number, baseline: number])[]) {
  let open: Pool<number> | null = null;
  return ticks.map(([atSeconds, candidate, baseline]) => {
    const next = pool(open, { candidate, baseline, atSeconds }, add, areBoth);
    open = next.open;
    return next.judged === null ? null : [next.judged.candidate, next.judged.baseline];
  });
}

test('a tick with requests on both sides is judged at once', () => {
  assert.deepEqual(
    poolAll([
      [0, 1, 9],
      [1, 2, 8],
    ]),
    [
      [1, 9],
      [2, 8],
    ],
  );
});

test('requests of one side wait for the other', () => {
  assert.deepEqual(
    poolAll([
      [0, 0, 9],
      [1, 0, 8],
      [2, 1, 7],
      [3, 1, 1],
    ]),
    [null, null, [1, 24], [1, 1]],
  );
});

test('after a minute what waited is forgotten: traffic has moved on', () => {
  const judged = poolAll([
    [0, 0, 9],
    [30, 0, 9],
    [61, 0, 9],
    [62, 1, 5],
  ]);
  assert.deepEqual(judged, [null, null, null, [1, 5]]);
});
