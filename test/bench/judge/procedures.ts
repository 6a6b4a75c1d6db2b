import { evenkeel } from './evenkeel.ts';
import { canaryAnalysis } from './peers/canary-analysis.ts';
import { chanceIntervals } from './peers/chance-intervals.ts';
import { distributionBands } from './peers/distribution-bands.ts';
import { epochMixture } from './peers/epoch-mixture.ts';
import { normalMixture } from './peers/normal-mixture.ts';
import { repeatedZTest } from './peers/repeated-z-test.ts';
import { staticThreshold } from './peers/static-threshold.ts';
import type { Procedure } from './procedure.ts';

export const ours: Procedure = evenkeel;
export const mannWhitneyOften: Procedure = canaryAnalysis(600);
export const mannWhitneyHourly: Procedure = canaryAnalysis(3600);

/** Ours first, then the others. */
export const procedures: readonly Procedure[] = [
  ours,
  mannWhitneyOften,
  mannWhitneyHourly,
  normalMixture,
  chanceIntervals,
  distributionBands,
  epochMixture,
  repeatedZTest,
  staticThreshold,
];
