import { countTick, noCounters, type CountersSoFar } from '../../policies/judge/counter-increase.ts';
import {
  judge,
  observe,
  startBake,
  startJudge,
  startStep,
  type JudgeSettings,
  type JudgeState,
} from '../../policies/judge/judge.ts';
import type { MetricPolicy, RolloutPolicy } from '../../policies/policy-file/policy.ts';
import type { RolloutPlan, RolloutState } from '../../policies/rollout/state.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { readFileIfPresent, writeFileAtomically } from '../deployer/state-directory.ts';
import { metricsToJudge } from './metrics-to-judge.ts';
import type { RolloutJudge } from '../deployer/drive-rollout.ts';

/** The judge's state and the part of the rollout it belongs to; kept on disk so that evidence survives a crash. */
interface SavedJudge {
  part: string;
  state: JudgeState;
  counters: CountersSoFar;
}

const saveEverySeconds = 1;

/**
 * Judges candidate against stable by what the router itself counted. A router that cannot be read is a tick without
 * data: nothing is concluded from it, and the judge says `no-data` when that lasts.
 */
export function judgeByRouter(options: {
  plan: RolloutPlan;
  stable: string;
  policy: RolloutPolicy;
  metrics: MetricPolicy[];
  connectRouter(): Promise<Router | null>;
  file: string;
}): RolloutJudge {
  const { plan, policy } = options;
  let saved = readSaved(options.file);
  let savedAtSeconds = 0;

  function begin(state: RolloutState, atSeconds: number): void {
    const part = partOf(state);
    if (part === null || saved?.part === part) return;
    const current = saved?.state ?? startJudge(settingsOf(policy, options.metrics, plan));
    const next =
      state.phase === 'baking' ? startBake(current, atSeconds) : startStep(current, stepOf(state, atSeconds));
    saved = { part, state: next, counters: saved?.counters ?? noCounters };
    save(atSeconds);
  }

  function save(atSeconds: number): void {
    savedAtSeconds = atSeconds;
    writeFileAtomically(options.file, JSON.stringify(saved));
  }

  return {
    begin,
    async look(state, atSeconds) {
      begin(state, atSeconds);
      const counters = await readCounters(options.connectRouter);
      const current = saved ?? {
        part: 'canary-0',
        state: startJudge(settingsOf(policy, options.metrics, plan)),
        counters: noCounters,
      };
      const { tick, soFar } = countTick(
        current.counters,
        {
          atSeconds,
          candidate: counters?.versions[plan.candidate] ?? null,
          baseline: counters?.versions[options.stable] ?? null,
        },
        current.part === 'baking',
      );
      const next = observe(current.state, tick);
      saved = { ...current, state: next, counters: soFar };
      if (atSeconds - savedAtSeconds >= saveEverySeconds) save(atSeconds);
      return judge(next, atSeconds);
    },
  };
}

async function readCounters(connectRouter: () => Promise<Router | null>) {
  try {
    const router = await connectRouter();
    return router === null ? null : await router.counters();
  } catch {
    return null;
  }
}

/** The canary steps share one judge with the phases between them; the bake is a part of its own. */
function partOf(state: RolloutState): string | null {
  if (state.phase === 'canary') return `canary-${state.step}`;
  return state.phase === 'baking' ? 'baking' : null;
}

/** The judge is told the share, so that it can tell a silent candidate from a rare one. */
function stepOf(state: RolloutState, atSeconds: number) {
  const index = state.phase === 'canary' ? state.step : 0;
  const candidateBasisPoints = state.plan.stepBasisPoints[index];
  return { index, atSeconds, ...(candidateBasisPoints === undefined ? {} : { candidateBasisPoints }) };
}

function settingsOf(policy: RolloutPolicy, metrics: MetricPolicy[], plan: RolloutPlan): JudgeSettings {
  const stepsSeconds = plan.stepBasisPoints.length * policy.stepDeadlineSeconds + policy.bakeSeconds;
  return {
    metrics: metricsToJudge(metrics),
    alpha: policy.alpha,
    beta: policy.beta,
    steps: plan.stepBasisPoints.length,
    hasBake: true,
    minSoakSeconds: policy.minSoakSeconds,
    noDataSeconds: policy.noDataSeconds,
    horizonSeconds: stepsSeconds,
  };
}

function readSaved(file: string): SavedJudge | null {
  const text = readFileIfPresent(file);
  // Written by `save` only, in a directory that is private to this user.
  return text === null ? null : (JSON.parse(text) as SavedJudge);
}
