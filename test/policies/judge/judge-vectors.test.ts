// The reference numbers were computed elsewhere with 40 digits; every formula here has to meet them to 1e-10.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { counterIncrease } from '../../../policies/judge/counter-increase.ts';
import { exceedanceIncrement, projectOntoMargin } from '../../../policies/judge/exceedance-increment.ts';
import {
  advanceFailProcess,
  failGrid,
  failWeights,
  startFailProcess,
} from '../../../policies/judge/fail-process.ts';
import {
  advanceMixture,
  capitalToAdd,
  logSumExp,
  startMixture,
  type Spending,
} from '../../../policies/judge/mixture.ts';
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
    let stepsBefore = 0;
    for (const [index, row] of entry.ticks_kc_nc_kb_nb.entries()) {
      const beginsStep = index > 0 && index % entry.epoch_ticks === 0;
      const added = capitalToAdd(spending, {
        ticksBefore: index,
        horizonTicks: 1000,
        beginsStep,
        stepsBefore,
        steps: entry.n_epochs,
      });
      if (beginsStep) stepsBefore++;
      const increments = grid.map((g) => ratioIncrement(countsOfRow(row), margin, entry.rho * g));
      cells = advanceMixture(cells, weights, added, increments);
      assertClose(logSumExp(cells), entry.logE[index], `tick ${index}`);
    }
  }
});

test('the fail process as the judge runs it, with and without declared steps', () => {
  assert.ok(Math.abs(failWeights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  assert.equal(failWeights.length, failGrid.length);
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
    let cells = startFailProcess(spending.start);
    for (const [index, row] of stream.entries()) {
      const beginsStep = at.some((tick) => tick === index);
      const schedule = { ticksBefore: index, horizonTicks: plus.T, beginsStep, stepsBefore: 0, steps };
      const added = capitalToAdd(spending, schedule);
      cells = advanceFailProcess(cells, countsOfRow(row), margin, added);
      assertClose(logSumExp(cells), logs.log_sum_after_each_tick[index], `tick ${index}`);
    }
  }
});

test('the increase of a cumulative counter over resets and gaps', () => {
  const { cases } = vectors.counter_increase;
  assert.equal(cases.length, 8);
  for (const { samples, increase } of cases) assert.equal(counterIncrease(samples), increase);
});
