/** Who judges one rollout, and by what: the router's counters, other metrics, and synthetic customers beside them. */
import { join } from 'node:path';
import { openMetricSources, staleSecondsOf } from '../metrics/open-metric-sources.ts';
import { judgeRollout } from '../metrics/rollout-judge.ts';
import { judgeWithProbes } from '../probes/judge-with-probes.ts';
import type { JournalledRollout } from './deployment.ts';
import type { RolloutJudge } from './drive-rollout.ts';
import { evidenceFileOf, type StateDirectory } from './state-directory.ts';
import type { Surroundings } from './surroundings.ts';

export interface JudgeOptions {
  directories: StateDirectory;
  rollout: JournalledRollout;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  signal: AbortSignal;
}

export function judgeOf(options: JudgeOptions, surroundings: Surroundings): RolloutJudge {
  const { rollout, directories, signal } = options;
  const { plan, deployment } = rollout;
  const { prober } = surroundings;
  const compare = deployment.probes.compare;
  if (plan.stable === null) return judgeWithProbes(null, prober, compare);
  const connectRouter = (): ReturnType<typeof surroundings.effects.connectRouter> =>
    surroundings.effects.connectRouter();
  const figures = judgeRollout({
    plan,
    stable: plan.stable,
    policy: deployment.rollout,
    metrics: deployment.metrics,
    connectRouter,
    sources: openMetricSources({
      deployment,
      plan,
      stable: plan.stable,
      connectRouter,
      takeRounds: () => prober.take(),
      env: options.env,
    }),
    staleSecondsOf: (metric) => staleSecondsOf(metric, deployment),
    files: {
      state: join(directories.journal, `${rollout.rollout}.judge.json`),
      evidence: evidenceFileOf(directories, rollout.rollout),
    },
    nowSeconds: () => options.now().getTime() / 1000,
    signal,
  });
  return judgeWithProbes(figures, prober, compare);
}
