/**
 * Harm and harmlessness when errors come in bursts, in two ways.
 *
 * Cell-odds (cell-odds.ts), where both versions are counted by instance: the average over flag sizes q and alternatives.
 *
 * Bounded ticks, where only totals are known: procedure A or B on counts in units of a tick's largest possible count.
 * For 0 <= y <= 1 and any a > 0, a^y <= 1 + y (a - 1), whatever the distribution of y; with y_c = k_c / s_c and trials
 * n_c / s_c, and the same for the baseline, the proof in ratio-increment.ts holds word for word with a whole tick in the
 * place of a trial. So bursts of any kind inside a tick are paid for exactly. Where a larger y only lowers the e-value
 * (the candidate's for a fail, the baseline's for a pass) y is cut at one, so its unit is free: the burst index. The other
 * unit has to be a true bound: twice the most that any tick of the baseline had.
 *
 * Assumption: ticks are independent given the past; for totals, no tick exceeds that bound. Both are
 * slower than A on errors that come one by one, which is why dispersion.ts chooses.
 */
import { cellOddsIncrement, oddsAtMargin, oddsOfAnyBurst } from './cell-odds.ts';
import { burstIndex, burstSizes, type Dispersion } from './dispersion.ts';
import { advanceFailProcess, failSpending, startFailProcess } from './fail-process.ts';
import { grow, logEvidence, type Capital } from './mixture.ts';
import { advancePassProcess, startPassProcess } from './pass-process.ts';
import type { Margin } from './ratio-increment.ts';
import type { EventSample } from './tick.ts';

/** Plain JSON. `odds` has a row for each flag size; null until both versions were counted by instance. */
export interface BurstProcess {
  fail: number[];
  pass: number[];
  odds: number[][] | null;
}

/** Odds of a flagged cell, in multiples of what the margin allows. */
const oddsMultiples: readonly number[] = [1.3, 1.8, 2.6, 4.5, 10, 40];
const oddsWeight = 1 / oddsMultiples.length;
/** A candidate's cell with more or fewer requests than this many times a baseline's is compared at q = 0 only. */
const similarLoad = 1.15;
/** Fewer cells than this say little about how often a cell is flagged. */
const minCells = 20;

export function startBurstProcess(): BurstProcess {
  return {
    fail: startFailProcess(failSpending.undeclared),
    pass: startPassProcess(),
    odds: null,
  };
}

/** One tick. `past` is the baseline's dispersion before it. */
export function advanceBurstProcess(
  process: BurstProcess,
  tick: { candidate: EventSample; baseline: EventSample },
  margins: { fail: Margin; pass: Margin },
  past: Dispersion,
  added: { fail: Capital; pass: Capital },
): BurstProcess {
  const { candidate, baseline } = tick;
  const unit = burstIndex(past);
  const bound = Math.max(unit, 2 * past.mostEvents);
  const failCounts = inUnits(candidate, unit, baseline, bound);
  const passCounts = inUnits(candidate, bound, baseline, unit);
  failCounts.candidateEvents = Math.min(1, failCounts.candidateEvents);
  passCounts.baselineEvents = Math.min(1, passCounts.baselineEvents);
  return {
    fail: advanceFailProcess(process.fail, failCounts, margins.fail, added.fail),
    pass: advancePassProcess(process.pass, passCounts, margins.pass, added.pass),
    odds: advanceOdds(process.odds, tick, margins.fail.ratio, past, added.fail),
  };
}

function inUnits(candidate: EventSample, candidateUnit: number, baseline: EventSample, baselineUnit: number) {
  return {
    candidateEvents: candidate.events / candidateUnit,
    candidateTrials: candidate.trials / candidateUnit,
    baselineEvents: baseline.events / baselineUnit,
    baselineTrials: baseline.trials / baselineUnit,
  };
}

function advanceOdds(
  odds: number[][] | null,
  { candidate, baseline }: { candidate: EventSample; baseline: EventSample },
  ratio: number,
  past: Dispersion,
  added: Capital,
): number[][] | null {
  const own = cellsOf(candidate);
  const other = cellsOf(baseline);
  if (own.length === 0 || other.length === 0) return odds;
  const cells =
    odds ?? burstSizes.map(() => oddsMultiples.map(() => failSpending.undeclared.start * oddsWeight));
  const load = candidate.trials / own.length / (baseline.trials / other.length);
  const isAlike = load < similarLoad && load > 1 / similarLoad;
  return cells.map((row, index) => {
    const size = burstSizes[index] ?? 0;
    const psi = oddsRatio(past, index, size === 0 ? ratio * load : ratio);
    const counts = {
      candidateCells: own.length,
      candidateFlagged: countOver(own, size),
      baselineCells: other.length,
      baselineFlagged: countOver(other, size),
    };
    const capital = (added.step + added.time) * oddsWeight;
    return row.map((cell, position) => {
      const multiple = oddsMultiples[position] ?? 1;
      const isJudged = psi !== null && (size === 0 || isAlike);
      return grow(cell + capital, isJudged ? cellOddsIncrement(counts, psi, multiple) : 0);
    });
  });
}

/** psi at one flag size, from the baseline's past; null while there is too little of it. */
function oddsRatio(
  { cells, tails, pairs, pairTails }: Dispersion,
  index: number,
  ratio: number,
): number | null {
  if (cells < minCells) return null;
  const tail = smooth(tails[index] ?? 0, cells);
  if (index === 0) return oddsOfAnyBurst(ratio, -Math.log1p(-tail));
  return pairs < minCells / 2 ? null : oddsAtMargin(ratio, tail, smooth(pairTails[index] ?? 0, pairs));
}

function smooth(events: number, trials: number): number {
  return (events + 0.5) / (trials + 1);
}

function cellsOf(sample: EventSample): readonly (readonly [trials: number, events: number])[] {
  return (sample.instances ?? []).filter(([trials]) => trials > 0);
}

function countOver(cells: readonly (readonly [trials: number, events: number])[], size: number): number {
  let over = 0;
  for (const [, events] of cells) if (events > size) over++;
  return over;
}

/** Natural logarithm; harm is shown at log(1/alpha). By instances where they are counted, else by totals. */
export function logBurstHarm({ odds, fail }: BurstProcess): number {
  if (odds === null) return logEvidence(fail);
  return logEvidence(odds.flat()) - Math.log(odds.length);
}
