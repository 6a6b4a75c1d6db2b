/**
 * A rollout's judge with its synthetic customers beside it. They can take a rollout back, and hold it, and never let it on by
 * themselves: a pass needs the judge of figures, and a whole round in order at this step. Only a first deployment, which
 * nothing can be compared with, is judged by them alone.
 */
import type { Judgement } from '../../policies/judge/judgement.ts';
import type { ProbePolicy } from '../../policies/probes/probe-policy.ts';
import type { ProbeVerdict } from '../../policies/probes/probe-verdict.ts';
import { isWidening, type RolloutState } from '../../policies/rollout/state.ts';
import type { RolloutJudge } from '../deployer/drive-rollout.ts';
import type { Prober } from './open-prober.ts';

export function judgeWithProbes(
  judge: RolloutJudge | null,
  prober: Prober,
  compare: ProbePolicy['compare'],
): RolloutJudge {
  return {
    begin: (state, atSeconds) => judge?.begin(state, atSeconds),
    async look(state, atSeconds) {
      const judgement = judge === null ? null : await judge.look(state, atSeconds);
      const part = partOf(state);
      // Before the share has been confirmed nobody may be there to answer, and nothing is wrong with that.
      if (part === null)
        return judgement ?? said('inconclusive', 'undecided', 'the change of share is not live yet');
      const verdict = prober.look(part);
      const differences = compare === 'off' ? [] : prober.differences();
      return weigh(judgement, verdict, differences, compare === 'fail');
    },
    isGathering: () => prober.isGathering() || judge?.isGathering?.() === true,
  };
}

/** Each step is proven by a round of its own; null while the share is on its way. */
function partOf(state: RolloutState): string | null {
  if (state.pending !== null && isWidening(state.pending)) return null;
  return state.phase === 'canary' ? `canary-${state.step}` : state.phase;
}

/** `judgement` null: there is nothing but probes. */
export function weigh(
  judgement: Judgement | null,
  verdict: ProbeVerdict,
  differences: readonly string[],
  mayFailByDifference: boolean,
): Judgement {
  if (judgement?.judgement === 'fail') return judgement;
  const metrics = judgement?.metrics ?? [];
  if (verdict.verdict === 'fail') return said('fail', 'probe-failed', `probes: ${verdict.message}`, metrics);
  const [difference] = differences;
  const differing =
    difference === undefined
      ? null
      : `the candidate alone answers differently, every time: ${difference}${differences.length > 1 ? ` and ${differences.length - 1} more` : ''}`;
  if (differing !== null && mayFailByDifference) return said('fail', 'answers-differ', differing, metrics);
  const beside = differing === null ? '' : `; ${differing}`;
  if (judgement !== null && judgement.judgement !== 'pass') {
    const hint =
      verdict.verdict === 'pass' || verdict.reasonCode === 'unprobed' ? '' : ` (probes: ${verdict.message})`;
    return { ...judgement, message: `${judgement.message}${hint}${beside}` };
  }
  if (verdict.verdict === 'pass') {
    const message = judgement === null ? verdict.message : `${judgement.message}; probes: ${verdict.message}`;
    return said('pass', judgement?.reasonCode ?? 'not-worse', `${message}${beside}`, metrics);
  }
  const name = verdict.verdict === 'no-data' ? 'no-data' : 'inconclusive';
  return said(name, 'unproven', `probes: ${verdict.message}${beside}`, metrics);
}

function said(
  judgement: Judgement['judgement'],
  reasonCode: Judgement['reasonCode'],
  message: string,
  metrics: Judgement['metrics'] = [],
): Judgement {
  return { judgement, reasonCode, message, metrics };
}
