/** A rollout in words, for whoever watches it. */
import type { RolloutEvent, RolloutState, Withholding } from '../../policies/rollout/state.ts';
import { shortDigest } from '../../stacks/exposure.ts';

/** What the person watching is told. */
export function progressLines(state: RolloutState, event: RolloutEvent): string[] {
  const lines: string[] = [];
  if (event.type === 'judged') lines.push(`judge: ${event.judgement} (${event.message})`);
  if (event.type === 'requested') lines.push(`${event.by}: ${event.command}`);
  if (event.type === 'effect-failed') lines.push(`failed: ${event.message}`);
  lines.push(describeState(state));
  return lines;
}

export function describeState(state: RolloutState): string {
  if (state.withheld !== null) return describeWithheld(state, state.withheld);
  const candidate = shortDigest(state.plan.candidate);
  const share = (basisPoints: number): string => `${basisPoints / 100} %`;
  switch (state.phase) {
    case 'planned':
      return `planned: ${candidate}`;
    case 'migrating':
      return `expand: adding to the database what ${candidate} needs`;
    case 'backfilling':
      return `backfill: filling in, batch by batch, what ${candidate} needs`;
    case 'preparing':
      return `prepare: starting ${candidate}, and waiting until it is healthy and says who it is`;
    case 'rehearsing':
      return `rehearse: probing ${candidate}, and trying the way back`;
    case 'canary': {
      const wanted = state.plan.stepBasisPoints[state.step] ?? 0;
      const place = `canary ${state.step + 1}/${state.plan.stepBasisPoints.length}`;
      if (state.hold !== null) return `${place}: held at ${share(wanted)} (${state.hold.message})`;
      return state.pending === null
        ? `${place}: ${share(wanted)} of users on ${candidate}`
        : `${place}: going to ${share(wanted)}`;
    }
    case 'scaling':
      return `blue-green: bringing ${candidate} to full capacity`;
    case 'flipping':
      return `blue-green: all users to ${candidate}`;
    case 'baking':
      return state.hold === null
        ? `bake: watching ${candidate} with ${share(10_000)}`
        : `bake: held (${state.hold.message})`;
    case 'settling':
      return `settle: draining and stopping the version before`;
    case 'settled':
      return `settled: ${candidate} is stable`;
    case 'rolling-back':
      return state.stuck === null
        ? `rolling back: ${state.cause.message}`
        : `rolling back is stuck: ${state.stuck}`;
    case 'rolled-back':
      return `rolled back: ${state.cause.message}`;
  }
}

function describeWithheld(state: RolloutState, { message }: Withholding): string {
  const share = `${state.candidateBasisPoints / 100} % of users on ${shortDigest(state.plan.candidate)}`;
  return `held before ${state.pending?.name ?? state.phase}, with ${share}: ${message}`;
}
