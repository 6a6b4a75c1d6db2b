import { calmDay, type Bursts, type Scenario } from './scenario.ts';

function errors(
  name: string,
  baselineRate: number,
  candidateRate: number,
  rest: Partial<Scenario> = {},
): Scenario {
  return {
    ...calmDay,
    name,
    baseline: { errorRate: baselineRate, stretch: 1 },
    candidate: { errorRate: candidateRate, stretch: 1 },
    ...rest,
  };
}

function latency(name: string, stretch: number): Scenario {
  return {
    ...calmDay,
    name,
    metric: 'latency',
    baseline: { errorRate: 0, stretch: 1 },
    candidate: { errorRate: 0, stretch },
  };
}

const hour = 3600;

const plain: readonly Scenario[] = [
  errors('flat .1 %', 0.001, 0.001),
  errors('flat 1 %', 0.01, 0.01),
  errors('daily drift', 0.01, 0.01, { drift: 'daily' }),
  errors('common spikes', 0.01, 0.01, { drift: 'spikes' }),
  errors('1 request a second', 0.01, 0.01, { requestsPerSecond: 1 }),
  errors('30 % of ticks missing', 0.01, 0.01, { missingTicks: 0.3 }),
  errors('share 1, 5, 25 %', 0.01, 0.01, {
    share: 0.01,
    shareSteps: [
      { atSeconds: 2 * hour, share: 0.05 },
      { atSeconds: 8 * hour, share: 0.25 },
    ],
  }),
  errors('at the margin, .1 %', 0.001, 0.0011),
  errors('at the margin, 1 %', 0.01, 0.011),
  errors('at the margin, 5 %', 0.05, 0.055),
  errors('improvement', 0.01, 0.005),
  errors('errors +8 %', 0.01, 0.0108),
  errors('baseline 100 times larger', 0.01, 0.01, { requestsPerSecond: 505, share: 1 / 101 }),
  errors('restarts', 0.01, 0.01, { restartEverySeconds: hour }),
  latency('same latency', 1),
  latency('latency +2 %', 1.02),
];

const burstSizes = [3, 10, 30];
const views: readonly Bursts['shown'][] = ['instances', 'bursts', 'neither'];

const bursty: readonly Scenario[] = views.flatMap((shown) =>
  (['geometric', 'fixed'] as const).flatMap((sizes) =>
    burstSizes.map((meanSize) =>
      errors(`bursts of ${meanSize}, ${sizes}, ${nameOfView(shown)}`, 0.01, 0.01, {
        bursts: { meanSize, sizes, shown },
      }),
    ),
  ),
);

/** What the counters show of bursts, in words. */
export function nameOfView(shown: Bursts['shown']): string {
  return { instances: 'by instance', bursts: 'counted', neither: 'totals' }[shown];
}

/** What may be rolled back in at most a share alpha of runs, each a day long. */
export const harmlessScenarios: readonly Scenario[] = [...plain, ...bursty];
