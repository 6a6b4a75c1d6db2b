/**
 * Whether the version that runs is worse off than by its own record, while something else (a backfill) shares its
 * database. The record is what the router counted of it before.
 *
 * Two rates, errors and answers slower than 19 of 20 were before, are each bet on against a boundary: the upper bound of
 * the record's rate (a confidence sequence, so that it holds whenever the backfill starts) and a margin. The bets are
 * `fixedBaselineIncrement`, whose expectation is at most one below the boundary; they are summed as Page's CUSUM, restarted
 * at zero, which keeps the mean time to a false hold above `falseHoldLooks` looks (Lorden 1971; Shin, Ramdas, Rinaldo
 * 2024). Assumption: requests fail independently at the record's rate. A false hold only costs time: it ends by itself.
 */
import { versionIncrease, type VersionCounters } from '../judge/counter-increase.ts';
import { fixedBaselineIncrement, upperRateBound } from '../judge/fixed-baseline.ts';

export interface StrainState {
  /** Null: too little is known of the version to judge it. */
  errors: Bet | null;
  slow: (Bet & { boundMs: number }) | null;
  last: VersionCounters;
  /** What has been seen since it was found to be strained; null when it is not. */
  relief: { trials: number; errors: number; slow: number; idleSeconds: number } | null;
  reason: string | null;
}

interface Bet {
  boundary: number;
  rate: number;
  logSum: number;
}

const leastTrials = 200;
const falseHoldLooks = 1000;
const boundError = 0.01;
/** So much above the bound is borne; the judge of the canary is the strict one. */
const tolerated = { factor: 1.5, extra: 0.005 } as const;
const reliefTrials = 50;
const reliefIdleSeconds = 10;

/** `counters`: everything the router knows of the version so far. */
export function openStrain(counters: VersionCounters): StrainState {
  const { latency } = counters;
  const index = latency.counts.findIndex((count) => count >= 0.95 * latency.answered);
  const boundMs = latency.boundsMs[index];
  const slow =
    boundMs === undefined ? null : betOn(latency.answered - (latency.counts[index] ?? 0), latency.answered);
  return {
    errors: betOn(Math.min(counters.errors, counters.requests), counters.requests),
    slow: slow === null || boundMs === undefined ? null : { ...slow, boundMs },
    last: counters,
    relief: null,
    reason: null,
  };
}

function betOn(events: number, trials: number): Bet | null {
  if (trials < leastTrials) return null;
  const boundary = upperRateBound(events, trials, boundError) * tolerated.factor + tolerated.extra;
  const rate = Math.min(0.9, boundary * 3);
  return rate > boundary ? { boundary, rate, logSum: 0 } : null;
}

/** The next look, `seconds` after the one before. `state.reason` says why the version counts as strained. */
export function lookAtStrain(state: StrainState, counters: VersionCounters, seconds: number): StrainState {
  const seen = versionIncrease(state.last, counters);
  const failed = Math.min(seen.errors, seen.requests);
  const slowOnes = slowIn(seen, state.slow?.boundMs);
  if (state.relief !== null) return relieve({ ...state, last: counters }, seen, failed, slowOnes, seconds);
  const errors = advance(state.errors, failed, seen.requests);
  const slow = advance(state.slow, slowOnes, seen.latency.answered);
  const limit = Math.log(falseHoldLooks);
  const reason =
    errors !== null && errors.logSum >= limit
      ? 'the running version fails more often than before the backfill'
      : slow !== null && slow.logSum >= limit
        ? 'the running version answers more slowly than before the backfill'
        : null;
  const relief = reason === null ? null : noRelief;
  return { errors, slow, last: counters, relief, reason };
}

const noRelief = { trials: 0, errors: 0, slow: 0, idleSeconds: 0 };

function slowIn({ latency }: VersionCounters, boundMs: number | undefined): number {
  const index = boundMs === undefined ? -1 : latency.boundsMs.indexOf(boundMs);
  return index === -1 ? 0 : Math.max(0, latency.answered - (latency.counts[index] ?? 0));
}

function advance<B extends Bet>(bet: B | null, events: number, trials: number): B | null {
  if (bet === null) return null;
  const won = fixedBaselineIncrement(Math.min(events, trials), trials, bet.boundary, bet.rate);
  return { ...bet, logSum: Math.max(0, bet.logSum + won) };
}

/** Strain is over once enough requests in a row went as before, or nobody asks for anything any more. */
function relieve(
  state: StrainState & { relief: StrainState['relief'] },
  seen: VersionCounters,
  failed: number,
  slowOnes: number,
  seconds: number,
): StrainState {
  const before = state.relief ?? noRelief;
  const relief = {
    trials: before.trials + seen.requests,
    errors: before.errors + failed,
    slow: before.slow + slowOnes,
    idleSeconds: seen.requests === 0 ? before.idleSeconds + seconds : 0,
  };
  const isIdle = relief.idleSeconds >= reliefIdleSeconds;
  if (!isIdle && relief.trials < reliefTrials) return { ...state, relief };
  const isBetter =
    relief.errors <= (state.errors?.boundary ?? 1) * relief.trials &&
    relief.slow <= (state.slow?.boundary ?? 1) * relief.trials;
  if (!isIdle && !isBetter) return { ...state, relief: noRelief };
  const restart = <B extends Bet>(bet: B | null): B | null => (bet === null ? null : { ...bet, logSum: 0 });
  return { ...state, errors: restart(state.errors), slow: restart(state.slow), relief: null, reason: null };
}
