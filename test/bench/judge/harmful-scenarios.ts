/** What has to be rolled back, how soon, and what must not pass. The bounds are those of bounds.ts, at a margin of 1.1. */
import { informationPerRequest, lateBoundSeconds, startBoundSeconds } from './bounds.ts';
import { nameOfView } from './harmless-scenarios.ts';
import { toleratedRatio } from './procedure.ts';
import {
  alpha,
  beta,
  calmDay,
  daySeconds,
  isCoarse,
  reachableBoundSeconds,
  tickSeconds,
  type Bursts,
  type Scenario,
} from './scenario.ts';
import { latencyInformation } from './service-time.ts';

const hour = 3600;
const changes: readonly [baselineRate: number, candidateRate: number][] = [
  [0.001, 0.0015],
  [0.001, 0.003],
  [0.001, 0.01],
  [0.01, 0.012],
  [0.01, 0.02],
  [0.01, 0.1],
];
const stretches = [1.15, 1.3, 1.5, 2];
const candidateRequestsPerSecond = calmDay.requestsPerSecond * calmDay.share;

const delayGoals = { start: 1.45, late: 1.4, coarse: 2, latency: 4 };
const missedShare = 0.01;

function delayGoal(boundSeconds: number, usual: number): number {
  return isCoarse(boundSeconds) ? Math.max(usual, delayGoals.coarse) : usual;
}

function natsPerSecond(baselineRate: number, candidateRate: number): number {
  const comparison = { baselineRate, candidateRate, share: calmDay.share, toleratedRatio };
  return candidateRequestsPerSecond * informationPerRequest(comparison);
}

function errors([baselineRate, candidateRate]: readonly [number, number], rest: Partial<Scenario>): Scenario {
  return {
    ...calmDay,
    baseline: { errorRate: baselineRate, stretch: 1 },
    candidate: { errorRate: candidateRate, stretch: 1 },
    ...rest,
  };
}

function percent(rate: number): string {
  return String(Number((rate * 100).toPrecision(6)));
}

const fromStart = changes.map((change): Scenario => {
  const boundSeconds = startBoundSeconds(natsPerSecond(...change), alpha);
  return errors(change, {
    name: `${percent(change[0])} -> ${percent(change[1])} %`,
    question: 'delay',
    boundSeconds,
    goals: { delayOverBound: delayGoal(boundSeconds, delayGoals.start) },
  });
});

const late = [1, 4, 12].flatMap((hours) =>
  changes.map((change): Scenario => {
    const boundSeconds = lateBoundSeconds(natsPerSecond(...change), alpha, daySeconds);
    return errors(change, {
      name: `${percent(change[0])} -> ${percent(change[1])} % after ${hours} h`,
      question: 'delay',
      changeAtSeconds: hours * hour,
      boundSeconds,
      goals: { delayOverBound: delayGoal(boundSeconds, delayGoals.late) },
    });
  }),
);

/** Bursts from 1 to 3 %. The bound is that of an observer who counts bursts; only who sees them is held to it. */
const bursty = (['instances', 'bursts', 'neither'] as const).flatMap((shown: Bursts['shown']) =>
  [3, 10, 30].map((meanSize): Scenario => {
    const boundSeconds = startBoundSeconds(natsPerSecond(0.01 / meanSize, 0.03 / meanSize), alpha);
    return errors([0.01, 0.03], {
      name: `1 -> 3 % in bursts of ${meanSize}, ${nameOfView(shown)}`,
      question: 'delay',
      bursts: { meanSize, sizes: 'geometric', shown },
      boundSeconds,
      goals: shown === 'bursts' ? { delayOverBound: delayGoal(boundSeconds, delayGoals.start) } : {},
    });
  }),
);

const slower = stretches.map((stretch): Scenario => {
  const nats = candidateRequestsPerSecond * latencyInformation(stretch, toleratedRatio, calmDay.share);
  const boundSeconds = startBoundSeconds(nats, alpha);
  return {
    ...calmDay,
    name: `latency +${Math.round((stretch - 1) * 100)} %`,
    question: 'delay',
    metric: 'latency',
    baseline: { errorRate: 0, stretch: 1 },
    candidate: { errorRate: 0, stretch },
    boundSeconds,
    goals: { delayOverBound: delayGoals.latency },
  };
});

/** A horizon of five bounds, up to the next tick. */
const misses = fromStart.map((scenario): Scenario => {
  const horizonSeconds = 5 * reachableBoundSeconds(scenario.boundSeconds ?? 0);
  return {
    ...scenario,
    name: `${scenario.name} in five bounds`,
    question: 'miss',
    horizonSeconds: Math.ceil(horizonSeconds / tickSeconds) * tickSeconds,
    goals: { missedShare },
  };
});

const falsePasses = [1.5, 2, 3].map((ratio) =>
  errors([0.01, 0.01 * ratio], {
    name: `1 % times ${ratio}, passes`,
    question: 'false-pass',
    goals: { falsePassShare: beta },
  }),
);

export const harmfulScenarios: readonly Scenario[] = [
  ...fromStart,
  ...late,
  ...bursty,
  ...slower,
  ...misses,
  ...falsePasses,
];
