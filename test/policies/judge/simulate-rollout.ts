import {
  judge,
  observe,
  startBake,
  startJudge,
  startStep,
  type JudgeSettings,
  type JudgeState,
} from '../../../policies/judge/judge.ts';
import { countTick, noCounters } from '../../../policies/judge/counter-increase.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import { seedRandom, serve, split, startCounters, type Behaviour } from './simulate-traffic.ts';

export interface SimulatedRollout {
  seed: number;
  settings: JudgeSettings;
  requestsPerSecond: number;
  stepBasisPoints: readonly number[];
  bakeSeconds: number;
  /** How long a step may stay undecided. */
  deadlineSeconds: number;
  stable: Behaviour;
  candidate: Behaviour;
}

export interface SimulatedResult {
  outcome: 'settled' | 'failed' | 'undecided';
  /** The part it ended in: a step's index, or the number of steps for the bake. */
  part: number;
  /** Ticks that each part took; the last one is where it ended. */
  ticksPerPart: number[];
  judgement: Judgement;
  state: JudgeState;
}

/** A look every quarter of a second. */
const tickSeconds = 0.25;

export const demoSettings: JudgeSettings = {
  metrics: [
    { name: 'errors', kind: 'ratio', isCritical: true, toleratedRatio: 1.1, slack: 0.01 },
    { name: 'latency', kind: 'latency', isCritical: true, toleratedRatio: 1.1, slack: 0.005 },
  ],
  alpha: 0.01,
  beta: 0.05,
  steps: 2,
  hasBake: true,
  minSoakSeconds: 2,
  noDataSeconds: 10,
  horizonSeconds: 125,
};

/** A whole rollout by the judge alone: each part is left as soon as it passes, and a fail ends everything. */
export function simulateRollout(rollout: SimulatedRollout): SimulatedResult {
  const { settings, stable, candidate } = rollout;
  const random = seedRandom(rollout.seed);
  const shares = [...rollout.stepBasisPoints.map((basisPoints) => basisPoints / 10_000), 1];
  const ticksPerPart: number[] = [];
  let atSeconds = 0;
  let counters = { candidate: startCounters(), baseline: serve(startCounters(), 1000, stable, random) };
  let state = startJudge(settings);
  let soFar = noCounters;
  let judgement = judge(state, 0);
  const look = (): void => {
    const counted = countTick(soFar, { atSeconds, ...counters }, state.part === 'bake');
    soFar = counted.soFar;
    state = observe(state, counted.tick);
    judgement = judge(state, atSeconds);
  };
  for (const [part, share] of shares.entries()) {
    const isBake = part === shares.length - 1;
    state = isBake
      ? startBake(state, atSeconds)
      : startStep(state, { index: part, atSeconds, candidateBasisPoints: share * 10_000 });
    if (part === 0) look();
    const limitTicks = (rollout.deadlineSeconds + (isBake ? rollout.bakeSeconds : 0)) / tickSeconds;
    let ticks = 0;
    do {
      if (++ticks > limitTicks) return { outcome: 'undecided', part, ticksPerPart, judgement, state };
      atSeconds += tickSeconds;
      const requests = Math.round(rollout.requestsPerSecond * tickSeconds);
      const toCandidate = split(requests, share, random);
      counters = {
        candidate: serve(counters.candidate, toCandidate, candidate, random),
        baseline: serve(counters.baseline, requests - toCandidate, stable, random),
      };
      look();
      if (judgement.judgement === 'fail') {
        return { outcome: 'failed', part, ticksPerPart: [...ticksPerPart, ticks], judgement, state };
      }
    } while (judgement.judgement !== 'pass' || (isBake && ticks * tickSeconds < rollout.bakeSeconds));
    ticksPerPart.push(ticks);
  }
  return { outcome: 'settled', part: shares.length, ticksPerPart, judgement, state };
}
