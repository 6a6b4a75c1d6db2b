// The numbers were computed elsewhere (40 digits, or the authors' own programs); each peer has to meet them before it is
// compared with. That a peer's parameters are those that people use is not shown here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startEpochMixture } from './peers/epoch-mixture.ts';
import { histogramQuantile } from './peers/histogram-quantile.ts';
import { isHigh, judgeShift, shiftInterval } from './peers/mann-whitney.ts';
import { halfWidth, logMixtureEvidence, mixtureScale } from './peers/normal-mixture.ts';
import { logBeta, logBetaShare, logGamma, normalCdf, normalQuantile } from './peers/special-functions.ts';
import {
  bandConstant,
  chanceInterval,
  distributionBand,
  logBetaBinomialMixture,
  logGammaExponentialMixture,
  logGammaPoissonMixture,
  logNormalMixture,
  normalMixtureBound,
  stitchedBound,
} from './peers/uniform-boundaries.ts';

type Fields = Record<string, number> & { fn: string; one_sided: number | boolean; out: number };
interface Vectors {
  special: {
    lgamma: [number, string][];
    betaln: [number, number, string][];
    betainc_reg: [number, number, number, string][];
    norm_cdf: [number, string][];
    norm_ppf: [number, string][];
  };
  mann_whitney_ci_kayenta_like: {
    cases: {
      canary: number[];
      baseline: number[];
      conf: number;
      ci_low: number;
      ci_high: number;
      hodges_lehmann_like: number;
      verdict_tol_0_25_either: string;
    }[];
  };
  asymptotic_normal_mixture_cs: {
    cases: {
      diff: number;
      se: number;
      n: number;
      alpha: number;
      n_star: number;
      rho: string;
      halfwidth: string;
      loge: string;
    }[];
  };
  fail_process_grid_mixture: {
    grid: number[];
    cases: {
      ticks_kc_nc_kb_nb: [number, number, number, number][];
      rho: number;
      delta: number;
      start: number;
      epoch_ticks: number;
      n_epochs: number;
      logE: string[];
    }[];
  };
  histogram_quantile_classic: {
    cases: { le: (number | null)[]; cum: number[]; q: number; value: number | null }[];
  };
  confseq: { cases: Fields[] };
}

// Our own file of known shape.
const vectors = JSON.parse(readFileSync('test/reference/judge-vectors.json', 'utf8')) as Vectors;

function assertClose(actual: number, expected: string | number, tolerance: number, what: string): void {
  const wanted = Number(expected);
  const error = Math.abs(actual - wanted) / Math.max(1, Math.abs(wanted));
  assert.ok(error < tolerance, `${what}: ${actual} instead of ${wanted}`);
}

test('special functions', () => {
  const { lgamma, betaln, betainc_reg: betainc, norm_cdf: cdf, norm_ppf: quantile } = vectors.special;
  for (const [x, value] of lgamma) assertClose(logGamma(x), value, 1e-13, `logGamma(${x})`);
  for (const [a, b, value] of betaln) assertClose(logBeta(a, b), value, 1e-9, `logBeta(${a}, ${b})`);
  for (const [a, b, x, value] of betainc)
    assertClose(Math.exp(logBetaShare(a, b, x)), value, 1e-9, `betaShare(${a}, ${b}, ${x})`);
  for (const [x, value] of cdf) {
    assertClose(normalCdf(x) / Number(value), 1, 1e-12, `normalCdf(${x})`);
    assertClose(normalCdf(-x), 1 - Number(value), 1e-12, `normalCdf(${-x})`);
  }
  for (const [p, value] of quantile) assertClose(normalQuantile(p), value, 1e-11, `normalQuantile(${p})`);
});

test('the interval of a shift, and the three-way verdict', () => {
  const { cases } = vectors.mann_whitney_ci_kayenta_like;
  assert.equal(cases.length, 8);
  for (const [index, entry] of cases.entries()) {
    const inOrder = (values: number[]): number[] => [...values].sort((a, b) => a - b);
    const interval = shiftInterval(inOrder(entry.canary), inOrder(entry.baseline), entry.conf);
    const error = Math.max(
      Math.abs(interval.low - entry.ci_low),
      Math.abs(interval.high - entry.ci_high),
      Math.abs(interval.estimate - entry.hodges_lehmann_like),
    );
    assert.ok(error < 2e-4, `case ${index}: ${JSON.stringify(interval)} is off by ${error}`);
    assert.equal(judgeShift(interval), entry.verdict_tol_0_25_either);
    const asked = isHigh(inOrder(entry.canary), inOrder(entry.baseline), entry.conf);
    assert.equal(asked, entry.verdict_tol_0_25_either === 'High');
  }
});

test('the asymptotic confidence sequence', () => {
  const { cases } = vectors.asymptotic_normal_mixture_cs;
  assert.equal(cases.length, 8);
  for (const { diff, se, n, alpha, n_star: tunedFor, rho, halfwidth, loge } of cases) {
    const scale = mixtureScale(tunedFor, alpha);
    const estimate = { standardError: se, samples: n };
    assertClose(scale, rho, 1e-14, 'rho');
    assertClose(halfWidth(estimate, scale, alpha), halfwidth, 1e-14, 'half width');
    assertClose(logMixtureEvidence(diff, estimate, scale), loge, 1e-13, 'log e');
  }
});

test('the mixture with capital at epochs', () => {
  const { grid, cases } = vectors.fail_process_grid_mixture;
  assert.ok(cases.length > 4);
  for (const entry of cases) {
    const plan = {
      multiples: grid,
      start: entry.start,
      epochTicks: entry.epoch_ticks,
      epochs: entry.n_epochs,
    };
    const advance = startEpochMixture(plan, entry.rho, entry.delta);
    for (const [index, [kc, nc, kb, nb]] of entry.ticks_kc_nc_kb_nb.entries()) {
      const evidence = advance({
        candidateEvents: kc,
        candidateTrials: nc,
        baselineEvents: kb,
        baselineTrials: nb,
      });
      assertClose(evidence, entry.logE[index] ?? '', 1e-10, `tick ${index}`);
    }
  }
});

test('quantiles of a classic histogram', () => {
  for (const { le, cum, q, value } of vectors.histogram_quantile_classic.cases) {
    const bounds = le.filter((bound) => bound !== null);
    const actual = histogramQuantile(q, bounds, cum.slice(0, bounds.length), cum.at(-1) ?? 0);
    if (actual === null || value === null) assert.equal(actual, value);
    else assertClose(actual, value, 1e-12, JSON.stringify({ le, cum, q }));
  }
});

const uniformBoundaries: Record<string, (entry: Fields) => [actual: number, wanted: number][]> = {
  normal_log_mixture: ({ s = 0, v = 0, ...entry }) => [
    [logNormalMixture(s, v, tuningOf(entry), true), entry.out],
    [logNormalMixture(s, v, tuningOf(entry), false), entry['two_sided'] ?? Number.NaN],
  ],
  normal_mixture_bound: ({ v = 0, alpha = 0, ...entry }) => [
    [normalMixtureBound(v, alpha, tuningOf(entry), true), Number(entry.one_sided)],
    [normalMixtureBound(v, alpha, tuningOf(entry), false), entry['two_sided'] ?? Number.NaN],
  ],
  gamma_poisson_log_mixture: ({ s = 0, v = 0, c = 0, ...entry }) => [
    [logGammaPoissonMixture(s, v, c, tuningOf(entry)), entry.out],
  ],
  gamma_exponential_log_mixture: ({ s = 0, v = 0, c = 0, ...entry }) => [
    [logGammaExponentialMixture(s, v, c, tuningOf(entry)), entry.out],
  ],
  beta_binomial_log_mixture: ({ s = 0, v = 0, g = 0, h = 0, ...entry }) => [
    [logBetaBinomialMixture(s, v, { g, h }, tuningOf(entry), true), entry.out],
  ],
  poly_stitching_bound: ({ v = 0, alpha = 0, v_min: from = 0, c = 0, s = 0, eta = 0, out }) => [
    [stitchedBound(v, alpha, { from, c, s, eta }), out],
  ],
  empirical_process_lil_bound: ({ t = 0, alpha = 0, t_min: from = 0, A: a = 0, out }) => [
    [distributionBand(t, { constant: bandConstant(alpha, a), from, a }), out],
  ],
  bernoulli_confidence_interval: ({ k = 0, n = 0, alpha = 0, t_opt: tunedTrials = 0, lo = 0, hi = 0 }) => {
    const { low, high } = chanceInterval(k, n, alpha, tunedTrials);
    return [
      [low, lo],
      [high, hi],
    ];
  },
};

function tuningOf(entry: Record<string, unknown>): { tunedFor: number; tunedAlpha: number } {
  return { tunedFor: Number(entry['v_opt']), tunedAlpha: Number(entry['alpha_opt']) };
}

for (const [name, compute] of Object.entries(uniformBoundaries)) {
  test(`uniform boundaries: ${name}`, () => {
    const cases = vectors.confseq.cases.filter(({ fn }) => fn === name);
    assert.ok(cases.length > 0);
    for (const entry of cases)
      for (const [actual, wanted] of compute(entry)) assertClose(actual, wanted, 1e-7, JSON.stringify(entry));
  });
}
