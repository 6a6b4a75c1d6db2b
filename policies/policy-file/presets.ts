import type { RolloutPolicy } from './policy.ts';

type Preset = RolloutPolicy['preset'];

// One false rollback in a hundred rollouts, one false pass in twenty steps, at most.
const errorRates = { alpha: 0.01, beta: 0.05 };

/** What a rollout is when the policy says no more than a preset's name. */
export const presets: Readonly<Record<Preset, RolloutPolicy>> = {
  careful: {
    preset: 'careful',
    stepBasisPoints: [100, 500, 1000, 2500, 5000],
    minSoakSeconds: 300,
    stepDeadlineSeconds: 7200,
    bakeSeconds: 3600,
    noDataSeconds: 60,
    tickSeconds: 1,
    ...errorRates,
  },
  standard: {
    preset: 'standard',
    stepBasisPoints: [100, 500, 2500],
    minSoakSeconds: 60,
    stepDeadlineSeconds: 1800,
    bakeSeconds: 600,
    noDataSeconds: 30,
    tickSeconds: 1,
    ...errorRates,
  },
  fast: {
    preset: 'fast',
    stepBasisPoints: [1000, 5000],
    minSoakSeconds: 5,
    stepDeadlineSeconds: 300,
    bakeSeconds: 30,
    noDataSeconds: 10,
    tickSeconds: 0.25,
    ...errorRates,
  },
};
