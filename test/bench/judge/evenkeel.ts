/** Ours, as a rollout runs it: the whole judge, with one critical metric. */
import {
  decide,
  learnBefore,
  observe,
  startJudge,
  startStep,
  type JudgeState,
} from '../../../policies/judge/judge.ts';
import type { VersionSample } from '../../../policies/judge/tick.ts';
import { toleratedRatio, type Metric, type Procedure, type Setup, type VersionTick } from './procedure.ts';

const metricName = 'judged';
const noDataSeconds = 600;

export const evenkeel: Procedure = {
  name: 'evenkeel',
  metrics: ['ratio', 'latency'],
  start(setup) {
    const { metric, tickSeconds, shareStepsSeconds } = setup;
    const sampleOf = (tick: VersionTick | null): VersionSample | null =>
      tick === null ? null : toSample(tick, metric);
    let state = startRollout(setup);
    let steps = 0;
    return {
      learn(baseline) {
        const sample = toSample(baseline, metric);
        state = learnBefore(state, sample, tickSeconds);
      },
      tick({ atSeconds, candidate, baseline }) {
        const stepSeconds = shareStepsSeconds[steps];
        if (stepSeconds !== undefined && atSeconds > stepSeconds) {
          steps++;
          state = startStep(state, { index: steps, atSeconds: stepSeconds });
        }
        state = observe(state, { atSeconds, candidate: sampleOf(candidate), baseline: sampleOf(baseline) });
        const { judgement } = decide(state, atSeconds);
        return judgement === 'fail' || judgement === 'pass' ? judgement : null;
      },
    };
  },
};

function startRollout(setup: Setup): JudgeState {
  const settings = {
    metrics: [{ name: metricName, kind: setup.metric, isCritical: true, toleratedRatio, slack: 0 }],
    alpha: setup.alpha,
    beta: setup.beta,
    steps: setup.shareStepsSeconds.length,
    hasBake: false,
    minSoakSeconds: 0,
    noDataSeconds,
    horizonSeconds: setup.horizonSeconds,
  };
  const candidateBasisPoints = Math.round(setup.share * 10_000);
  return startStep(startJudge(settings), { index: 0, atSeconds: 0, candidateBasisPoints });
}

function toSample(
  { requests, errors, bursts, instances, latency }: VersionTick,
  metric: Metric,
): VersionSample {
  if (metric === 'latency') {
    if (latency === undefined) return {};
    return {
      latencies: { [metricName]: { bounds: latency.le, within: latency.counts, answered: requests } },
    };
  }
  return {
    events: {
      [metricName]: {
        events: errors,
        trials: requests,
        ...(bursts === undefined ? {} : { groups: bursts }),
        ...(instances === undefined ? {} : { instances }),
      },
    },
  };
}
