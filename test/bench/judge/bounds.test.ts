// The yardstick against numbers computed elsewhere with 40 digits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { informationPerRequest, lambertW, lateBoundSeconds, startBoundSeconds } from './bounds.ts';
import { latencyInformation } from './service-time.ts';

interface Vectors {
  wald_bound_canary_requests: {
    cases: { pc: number; pb: number; share: number; alpha: number; rho: number; bound: string }[];
  };
}
interface MoreVectors {
  late_bound: {
    alpha: string;
    T_s: number;
    cases: Record<'pb' | 'pc' | 'share' | 'rho' | 'I_nats_per_s' | 'start_s' | 'late_s', string>[] &
      { rps: number }[];
  };
}

// Our own files of known shape.
const vectors = JSON.parse(readFileSync('test/reference/judge-vectors.json', 'utf8')) as Vectors;
const more = JSON.parse(readFileSync('test/reference/judge-vectors-2.json', 'utf8')) as MoreVectors;

function assertClose(actual: number, expected: string): void {
  const error = Math.abs(actual / Number(expected) - 1);
  assert.ok(error < 1e-10, `${actual} instead of ${expected}`);
}

test('candidate requests until harm can be shown', () => {
  const { cases } = vectors.wald_bound_canary_requests;
  assert.equal(cases.length, 8);
  for (const { pc, pb, share, alpha, rho, bound } of cases) {
    const nats = informationPerRequest({
      baselineRate: pb,
      candidateRate: pc,
      share,
      toleratedRatio: rho,
    });
    assertClose(startBoundSeconds(nats, alpha), bound);
  }
});

test('seconds until harm can be shown, from the start and later', () => {
  const { alpha, T_s: horizonSeconds, cases } = more.late_bound;
  assert.equal(cases.length, 5);
  for (const entry of cases) {
    const share = Number(entry.share);
    const comparison = {
      baselineRate: Number(entry.pb),
      candidateRate: Number(entry.pc),
      share,
      toleratedRatio: Number(entry.rho),
    };
    const nats = entry.rps * share * informationPerRequest(comparison);
    assertClose(nats, entry.I_nats_per_s);
    assertClose(startBoundSeconds(nats, Number(alpha)), entry.start_s);
    assertClose(lateBoundSeconds(nats, Number(alpha), horizonSeconds), entry.late_s);
  }
});

test("Lambert's W inverts w exp(w)", () => {
  for (const w of [0, 1e-9, 0.3, 1, 5, 40])
    assert.ok(Math.abs(lambertW(w * Math.exp(w)) - w) <= 1e-12 * Math.max(1, w));
});

test('a harmless candidate tells nothing, however long one looks', () => {
  const atTheMargin = { baselineRate: 0.01, candidateRate: 0.011, share: 0.05, toleratedRatio: 1.1 };
  assert.equal(informationPerRequest(atTheMargin), 0);
  assert.equal(startBoundSeconds(0, 0.01), Number.POSITIVE_INFINITY);
  assert.equal(latencyInformation(1.02, 1.1, 0.05), 0);
});
