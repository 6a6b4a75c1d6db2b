/**
 * The containment engine over a few hundred of the pairs that `npm run bench:accuracy` has by the thousand: what it
 * calls compatible is not refuted by any sampled document, and plain ajv confirms every witness. That no sample refutes
 * an answer does not prove it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measurePairs } from '../bench/accuracy/bench-accuracy.ts';

const seed = Number(process.env['EVENKEEL_SEED'] ?? 20260105) || 20260105;

test('no answer about 300 pairs of schemas is wrong', () => {
  const { wrong, pairs } = measurePairs(seed, 0, 300);
  assert.ok(pairs > 250, `${pairs} pairs could be read`);
  const found = [...wrong].map(([what, { smallest }]) => ({ what, ...smallest.wrong, pair: smallest.pair }));
  assert.deepEqual(found, []);
});
