// The reference numbers were computed elsewhere with 40 digits; every formula here has to meet them to 1e-10.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cellOddsIncrement, oddsOfAnyBurst } from '../../../policies/judge/cell-odds.ts';
import { counterIncrease } from '../../../policies/judge/counter-increase.ts';
import {
  detectionAtStart,
  detectionLate,
  informationPerSecond,
} from '../../../policies/judge/detection-time.ts';
import { eBenjaminiHochberg } from '../../../policies/judge/e-bh.ts';
import { exceedanceIncrement, projectOntoMargin } from '../../../policies/judge/exceedance-increment.ts';
import {
  advanceFailProcess,
  startFailProcess,
  failGrid,
  failGridOf,
  type FailGrid,
} from '../../../policies/judge/fail-process.ts';
import { logTMixture } from '../../../policies/judge/gauge-process.ts';
import {
  advanceMixture,
  capitalToAdd,
  logEvidence,
  startMixture,
  type Spending,
} from '../../../policies/judge/mixture.ts';
import {
  advanceRatioInterval,
  intervalGrid,
  ratioLimits,
  startRatioInterval,
} from '../../../policies/judge/ratio-interval.ts';
import { ratioIncrement, type TickCounts } from '../../../policies/judge/ratio-increment.ts';

type Row = [number, number, number, number];
interface CountsCase {
  kc: number;
  nc: number;
  kb: number;
  nb: number;
}
interface Vectors {
  fail_increment_linear_null: {
    cases: (CountsCase & { rho: number; r: number; delta: number; loge: string })[];
  };
  pass_increment_linear_null: {
    cases: (CountsCase & { rho1: number; r: number; delta1: number; loge: string })[];
  };
  fail_increment_ripr_bernoulli: {
    cases: (CountsCase & { pc: number; pb: number; rho: number; q_b: string; q_c: string; loge: string })[];
  };
  fail_process_grid_mixture: {
    grid: number[];
    cases: {
      ticks_kc_nc_kb_nb: Row[];
      rho: number;
      delta: number;
      start: number;
      epoch_ticks: number;
      n_epochs: number;
      logE: string[];
    }[];
  };
  wald_bound_canary_requests: {
    cases: { pc: number; pb: number; share: number; alpha: number; rho: number; bound: string }[];
  };
  t_mixture_e: { cases: { n: number; mean: number; sd: number; g2: number; loge: string }[] };
  e_bh: { cases: { e: number[]; alpha: number; rejected: number[] }[] };
  counter_increase: { cases: { samples: (number | null)[]; increase: number }[] };
}
interface MoreVectors {
  stream_kc_nc_kb_nb: Row[];
  A_plus: {
    rho: string;
    T: number;
    undeclared: { log_sum_after_each_tick: string[] };
    declared: { S: number; steps_at_tick_index: number[]; log_sum_after_each_tick: string[] };
  };
  ratio_ci: {
    rho_grid: string[];
    max_log_M_fail: string[];
    max_log_M_pass: string[];
    'L_at_alpha_0.01': string;
  };
  cell_odds: {
    psi_cases: { rho: string; lam: string; psi: string }[];
    cases: { ic: number; m: number; nc: number; nb: number; psi: string; g: string; loge: string }[];
  };
  late_bound: {
    alpha: string;
    T_s: string;
    cases: {
      pb: string;
      pc: string;
      share: string;
      rps: number;
      rho: string;
      I_nats_per_s: string;
      start_s: string;
      late_s: string;
      start_s_split_half: string;
      late_s_split_half: string;
    }[];
  };
  increments: (CountsCase & { rho: string; g: string; fail_loge: string; pass_loge: string })[];
}

// Our own files of known shape.
const vectors = JSON.parse(readFileSync('test/reference/judge-vectors.json', 'utf8')) as Vectors;
const more = JSON.parse(readFileSync('test/reference/judge-vectors-2.json', 'utf8')) as MoreVectors;

function countsOf({ kc, nc, kb, nb }: CountsCase): TickCounts {
  return { candidateEvents: kc, candidateTrials: nc, baselineEvents: kb, baselineTrials: nb };
}

function countsOfRow([kc, nc, kb, nb]: Row): TickCounts {
  return countsOf({ kc, nc, kb, nb });
}

function assertClose(actual: number, expected: string | number | undefined, what: string): void {
  const wanted = Number(expected);
  const error = Math.abs(actual - wanted) / Math.max(1, Math.abs(wanted));
  assert.ok(error < 1e-10, `${what}: ${actual} instead of ${wanted}`);
}

test('procedure A: one tick of evidence of harm', () => {
  const { cases } = vectors.fail_increment_linear_null;
  assert.equal(cases.length, 10);
  for (const entry of cases) {
    const margin = { ratio: entry.rho, slack: entry.delta };
    assertClose(ratioIncrement(countsOf(entry), margin, entry.r), entry.loge, JSON.stringify(entry));
  }
});

test('procedure B: one tick of evidence of safety', () => {
  const { cases } = vectors.pass_increment_linear_null;
  assert.equal(cases.length, 8);
  for (const entry of cases) {
    const margin = { ratio: entry.rho1, slack: entry.delta1 };
    assertClose(ratioIncrement(countsOf(entry), margin, entry.r), entry.loge, JSON.stringify(entry));
  }
});

test('both procedures over the grid of alternatives', () => {
  assert.equal(more.increments.length, 18);
  for (const entry of more.increments) {
    const ratio = Number(entry.rho);
    const margin = { ratio, slack: 0 };
    const counts = countsOf(entry);
    assertClose(ratioIncrement(counts, margin, ratio * Number(entry.g)), entry.fail_loge, 'fail');
    assertClose(ratioIncrement(counts, margin, ratio / Number(entry.g)), entry.pass_loge, 'pass');
  }
});

test("procedure A': the projection and one tick's evidence", () => {
  const { cases } = vectors.fail_increment_ripr_bernoulli;
  assert.equal(cases.length, 10);
  for (const entry of cases) {
    const margin = { ratio: entry.rho, slack: 0 };
    const alternative = { candidate: entry.pc, baseline: entry.pb };
    const nearest = projectOntoMargin(entry.nc, entry.nb, margin, alternative);
    assert.ok(nearest);
    assertClose(nearest.baseline, entry.q_b, 'q_b');
    assertClose(nearest.candidate, entry.q_c, 'q_c');
    assertClose(exceedanceIncrement(countsOf(entry), margin, alternative), entry.loge, 'log e');
  }
});

test('the mixture over a grid, with capital that enters at declared epochs', () => {
  const { grid, cases } = vectors.fail_process_grid_mixture;
  const weights = grid.map(() => 1 / grid.length);
  for (const entry of cases) {
    const margin = { ratio: entry.rho, slack: entry.delta };
    const spending: Spending = { start: entry.start, steps: 1 - entry.start, background: 0 };
    let cells = startMixture(weights, entry.start);
    for (const [index, row] of entry.ticks_kc_nc_kb_nb.entries()) {
      const beginsStep = index > 0 && index % entry.epoch_ticks === 0;
      const { step: added } = capitalToAdd(spending, 0, beginsStep, entry.n_epochs);
      const increments = grid.map((g) => ratioIncrement(countsOfRow(row), margin, entry.rho * g));
      cells = advanceMixture(cells, weights, added, increments);
      assertClose(logEvidence(cells), entry.logE[index], `tick ${index}`);
    }
  }
});

/** The grid that the reference numbers were computed with; the judge's own is finer. */
const referenceGrid: FailGrid = (() => {
  const weights = [0.06, 0.08, 0.1, 0.12, 0.12, 0.12, 0.11, 0.1, 0.08, 0.05, 0.03, 0.03];
  const multiples = [1.15, 1.3, 1.5, 1.8, 2.2, 3, 4.5, 8, 16, 40, 120, 500];
  return failGridOf(multiples, weights, weights);
})();

test('weights of the judge’s own grid are a share of one capital', () => {
  for (const weights of [failGrid.startWeights, failGrid.laterWeights]) {
    assert.equal(weights.length, failGrid.multiples.length);
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  }
});

test('the fail process with and without declared steps', () => {
  const { A_plus: plus, stream_kc_nc_kb_nb: stream } = more;
  const margin = { ratio: Number(plus.rho), slack: 0 };
  const variants = [
    { spending: { start: 0.5, steps: 0, background: 0.5 }, steps: 1, at: [], logs: plus.undeclared },
    {
      spending: { start: 0.4, steps: 0.3, background: 0.3 },
      steps: plus.declared.S,
      at: plus.declared.steps_at_tick_index,
      logs: plus.declared,
    },
  ];
  for (const { spending, steps, at, logs } of variants) {
    let cells = startFailProcess(spending, referenceGrid);
    for (const [index, row] of stream.entries()) {
      const beginsStep = at.some((tick) => tick === index);
      const added = capitalToAdd(spending, 1 / plus.T, beginsStep, steps);
      cells = advanceFailProcess(cells, countsOfRow(row), margin, added, referenceGrid);
      assertClose(logEvidence(cells), logs.log_sum_after_each_tick[index], `tick ${index}`);
    }
  }
});

test('the interval for how many times worse', () => {
  const { ratio_ci: expected, A_plus: plus, stream_kc_nc_kb_nb: stream } = more;
  const spending = { start: 0.5, steps: 0, background: 0.5 };
  const grid = intervalGrid(
    expected.rho_grid.map(Number),
    referenceGrid.multiples,
    referenceGrid.startWeights,
    spending,
    1,
  );
  let interval = startRatioInterval(grid);
  for (const row of stream) interval = advanceRatioInterval(interval, grid, countsOfRow(row), 1 / plus.T);
  for (const [index, log] of expected.max_log_M_fail.entries())
    assertClose(Math.log(interval.worseReached[index] ?? NaN), log, `from below, margin ${index}`);
  for (const [index, log] of expected.max_log_M_pass.entries())
    assertClose(Math.log(interval.betterReached[index] ?? NaN), log, `from above, margin ${index}`);
  const limits = ratioLimits(interval, grid, { worse: Math.log(1 / 0.01), better: Math.log(1 / 0.05) });
  assert.deepEqual(limits, { atLeast: Number(expected['L_at_alpha_0.01']), atMost: null });
});

test('procedure C: the odds at the margin, and one tick of flagged cells', () => {
  const { psi_cases: odds, cases } = more.cell_odds;
  assert.equal(odds.length + cases.length, 11);
  for (const { rho, lam, psi } of odds)
    assertClose(oddsOfAnyBurst(Number(rho), Number(lam)), psi, `psi at ${lam}`);
  for (const { ic, m, nc, nb, psi, g, loge } of cases) {
    const counts = {
      candidateCells: nc,
      candidateFlagged: ic,
      baselineCells: nb,
      baselineFlagged: m - ic,
    };
    assertClose(cellOddsIncrement(counts, Number(psi), Number(g)), loge, `${ic} of ${m} flagged`);
  }
});

test('procedure E: the t-mixture', () => {
  const { cases } = vectors.t_mixture_e;
  assert.equal(cases.length, 8);
  for (const { n, mean, sd, g2, loge } of cases) assertClose(logTMixture(n, mean, sd, g2), loge, `n = ${n}`);
});

test('procedure F: e-BH', () => {
  const { cases } = vectors.e_bh;
  assert.equal(cases.length, 8);
  for (const { e, alpha, rejected } of cases)
    assert.deepEqual(
      eBenjaminiHochberg(
        e.map((value) => Math.log(value)),
        alpha,
      ),
      rejected,
    );
});

test('how long detection takes at least, at the start and late', () => {
  const { cases, alpha, T_s: horizonSeconds } = more.late_bound;
  assert.equal(cases.length, 5);
  for (const entry of cases) {
    const situation = {
      candidateRate: Number(entry.pc),
      baselineRate: Number(entry.pb),
      share: Number(entry.share),
      requestsPerSecond: entry.rps,
    };
    const margin = { ratio: Number(entry.rho), slack: 0 };
    const information = informationPerSecond(situation, margin);
    assertClose(information, entry.I_nats_per_s, 'nats a second');
    assertClose(detectionAtStart(information, Number(alpha), 1), entry.start_s, 'start');
    assertClose(detectionLate(information, Number(alpha), Number(horizonSeconds), 1), entry.late_s, 'late');
    assertClose(
      detectionAtStart(information, Number(alpha), 0.5),
      entry.start_s_split_half,
      'start with half of the capital',
    );
    assertClose(
      detectionLate(information, Number(alpha), Number(horizonSeconds), 0.5),
      entry.late_s_split_half,
      'late with half of the capital',
    );
  }
  const { cases: requests } = vectors.wald_bound_canary_requests;
  assert.equal(requests.length, 8);
  for (const { pc, pb, share, alpha: error, rho, bound } of requests) {
    const situation = { candidateRate: pc, baselineRate: pb, share, requestsPerSecond: 1 / share };
    const information = informationPerSecond(situation, { ratio: rho, slack: 0 });
    assertClose(detectionAtStart(information, error, 1), bound, 'requests of the candidate');
  }
});

test('the increase of a cumulative counter over resets and gaps', () => {
  const { cases } = vectors.counter_increase;
  assert.equal(cases.length, 8);
  for (const { samples, increase } of cases) assert.equal(counterIncrease(samples), increase);
});
