/**
 * Evidence of rollouts that were never run: counts are drawn with a fixed seed, and judged by a likelihood ratio of the
 * judge's kind (candidate at twice the stable version's ratio against at most 1.1 times). Enough for pictures; what the
 * judge itself makes of counts is tested in its own room.
 */
import type {
  EvidencePoint,
  MetricEvidence,
  RateWithInterval,
  RolloutEvidence,
} from '../../policies/judge/rollout-evidence.ts';

type JudgementName = RolloutEvidence['judgement'];

export interface DrawnMetric {
  name: string;
  kind?: MetricEvidence['kind'];
  isCritical?: boolean;
  judgement: JudgementName;
  summary?: string;
  stableRatio: number;
  candidateRatio: number;
  points?: number;
  /** The series ends where evidence of harm reaches 100 : 1, as a rollout that is rolled back does. */
  endsWithHarm?: boolean;
  seed?: number;
}

const secondsPerPoint = 10;
const requestsPerPoint = { candidate: 50, stable: 950 };

/** One metric; its events are drawn, so its lines look like real ones. */
export function drawnMetric(metric: DrawnMetric): MetricEvidence {
  const random = generator(metric.seed ?? 7);
  const totals = { candidate: { events: 0, trials: 0 }, stable: { events: 0, trials: 0 } };
  const points: EvidencePoint[] = [];
  let worse = Math.log(0.5);
  let fine = Math.log(0.5);
  for (let index = 1; index <= (metric.points ?? 120); index += 1) {
    const own = draw(random, requestsPerPoint.candidate, metric.candidateRatio);
    const other = draw(random, requestsPerPoint.stable, metric.stableRatio);
    totals.candidate.events += own;
    totals.candidate.trials += requestsPerPoint.candidate;
    totals.stable.events += other;
    totals.stable.trials += requestsPerPoint.stable;
    worse = Math.max(-12, worse + increment(own, other, 2, 1.1));
    fine = Math.max(-12, fine + increment(own, other, 1, 1.5));
    points.push({
      atSeconds: index * secondsPerPoint,
      logEvidenceOfHarm: worse,
      logEvidenceOfSafety: fine,
      candidate: wilson(totals.candidate.events, totals.candidate.trials),
      baseline: wilson(totals.stable.events, totals.stable.trials),
    });
    if (metric.endsWithHarm === true && worse >= Math.log(100)) break;
  }
  return {
    name: metric.name,
    kind: metric.kind ?? 'ratio',
    isCritical: metric.isCritical ?? true,
    judgement: metric.judgement,
    summary:
      metric.summary ??
      `${metric.name}: ${totals.candidate.events} of ${totals.candidate.trials} requests, stable ${totals.stable.events} of ${totals.stable.trials}`,
    points,
  };
}

/** A rollout around its metrics, with steps like those of the standard preset. */
export function rolloutEvidence(
  judgement: JudgementName,
  metrics: readonly MetricEvidence[],
  changes: Partial<RolloutEvidence> = {},
): RolloutEvidence {
  const messages = {
    pass: 'No metric is worse than tolerated, and that is shown.',
    fail: 'errors is worse than tolerated: the candidate fails about twice as often as the stable version.',
    inconclusive:
      'Neither worse nor fine is shown yet: 1,200 requests are too few for a difference this small.',
    'no-data': 'The candidate reported nothing for 60 s, so nothing was decided and nobody was moved to it.',
  };
  return {
    service: 'shop',
    rollout: '42',
    candidate: '3f2c91ab44d0',
    stable: 'a81e07cc9b15',
    judgement,
    message: messages[judgement],
    alpha: 0.01,
    beta: 0.05,
    marks: [
      { atSeconds: 0, label: '5 % of requests' },
      { atSeconds: 300, label: '25 % of requests' },
      { atSeconds: 600, label: '50 % of requests' },
      { atSeconds: 900, label: 'every user' },
    ],
    metrics: [...metrics],
    ...changes,
  };
}

/** Bad: the candidate fails about twice as often, and is rolled back for it. */
export function failedRollout(): RolloutEvidence {
  const errors = drawnMetric({
    name: 'errors',
    judgement: 'fail',
    stableRatio: 0.01,
    candidateRatio: 0.019,
    endsWithHarm: true,
  });
  const last = errors.points.at(-1)?.atSeconds ?? 0;
  return rolloutEvidence('fail', [errors], {
    marks: [
      { atSeconds: 0, label: '5 % of requests' },
      { atSeconds: last / 2, label: '25 % of requests' },
      { atSeconds: last, label: 'rolled back' },
    ],
  });
}

/** Good: no metric is worse, and both critical ones were shown not to be. */
export function passedRollout(): RolloutEvidence {
  return rolloutEvidence('pass', [
    drawnMetric({ name: 'errors', judgement: 'pass', stableRatio: 0.02, candidateRatio: 0.019, points: 140 }),
    drawnMetric({
      name: 'latency',
      kind: 'latency',
      judgement: 'pass',
      stableRatio: 0.05,
      candidateRatio: 0.049,
      points: 140,
      seed: 11,
    }),
  ]);
}

/** Nothing was reported. */
export function silentRollout(): RolloutEvidence {
  const silent: MetricEvidence = {
    name: 'errors',
    kind: 'ratio',
    isCritical: true,
    judgement: 'no-data',
    summary: 'errors: the candidate has had no request at this step',
    points: [],
  };
  return rolloutEvidence('no-data', [silent], { marks: [{ atSeconds: 0, label: '5 % of requests' }] });
}

function increment(own: number, other: number, ratio: number, tolerated: number): number {
  const { candidate, stable } = requestsPerPoint;
  const a = (ratio * (tolerated * candidate + stable)) / (tolerated * (ratio * candidate + stable));
  const b = (tolerated * candidate + stable) / (ratio * candidate + stable);
  return own * Math.log(a) + other * Math.log(b);
}

function draw(random: () => number, trials: number, ratio: number): number {
  let events = 0;
  for (let trial = 0; trial < trials; trial += 1) if (random() < ratio) events += 1;
  return events;
}

/** Wilson's interval at 95 %. */
function wilson(events: number, trials: number): RateWithInterval {
  const z = 1.959963984540054;
  const rate = events / trials;
  const middle = (rate + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials))) / (1 + (z * z) / trials);
  return { rate, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Park and Miller's minimal generator: the same numbers everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
