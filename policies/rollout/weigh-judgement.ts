/** What a judgement leads to: a pass one step forward, harm back, and everything else nowhere. */
import { pass } from './advance.ts';
import { stay } from './ask-effect.ts';
import { goBack, hurryBack } from './go-back.ts';
import type { Hold, RolloutEvent, RolloutState, Transition } from './state.ts';

type Judged = Extract<RolloutEvent, { type: 'judged' }>;
type Step = Extract<RolloutState, { phase: 'canary' | 'baking' }>;

export function judged(state: RolloutState, event: Judged): Transition {
  if (event.judgement === 'fail') return afterHarm(state, event);
  if (state.phase !== 'canary' && state.phase !== 'baking') return stay(state);
  if (state.pending !== null || state.sinceSeconds === null || state.hold?.kind === 'paused')
    return stay(state);
  const heldSeconds = event.atSeconds - state.sinceSeconds;
  switch (event.judgement) {
    case 'pass': {
      const soakSeconds = state.phase === 'baking' ? state.plan.bakeSeconds : state.plan.minSoakSeconds;
      return heldSeconds >= soakSeconds ? pass(state) : stay(withoutHold(state));
    }
    case 'no-data':
      return afterSilence(state, event);
    case 'inconclusive': {
      const limitSeconds =
        state.plan.stepDeadlineSeconds + (state.phase === 'baking' ? state.plan.bakeSeconds : 0);
      if (heldSeconds >= limitSeconds) return hold(state, 'undecided', event);
      return stay(withoutHold(state));
    }
  }
}

function afterHarm(state: RolloutState, { reasonCode, message, atSeconds }: Judged): Transition {
  if (state.phase === 'rolling-back') return hurryBack(state);
  if (!mayBeHarmed(state)) return stay(state);
  return goBack(state, { reasonCode, message, by: 'judge', atSeconds });
}

/** Phases in which users may be on the candidate, so that a regression counts even while an effect is under way. */
function mayBeHarmed(state: RolloutState): boolean {
  return (
    state.phase === 'canary' ||
    state.phase === 'scaling' ||
    state.phase === 'flipping' ||
    state.phase === 'baking' ||
    state.phase === 'settling'
  );
}

/** No data holds at once. When it lasts, nobody can say that users are well where they are: they go back. */
function afterSilence(state: Step, event: Judged): Transition {
  const { noDataDeadlineSeconds } = state.plan;
  const held = hold(state, 'no-data', event);
  if (noDataDeadlineSeconds === undefined || state.hold?.kind !== 'no-data') return held;
  if (event.atSeconds - state.hold.sinceSeconds < noDataDeadlineSeconds) return held;
  const message = `no data for ${noDataDeadlineSeconds} s: ${event.message}`;
  return goBack(state, { reasonCode: 'no-data', message, by: 'judge', atSeconds: event.atSeconds });
}

function hold(state: Step, kind: Hold['kind'], event: { message: string; atSeconds: number }): Transition {
  if (state.hold?.kind === kind) return stay(state);
  return stay({
    ...state,
    hold: { kind, by: 'judge', message: event.message, sinceSeconds: event.atSeconds },
  });
}

/** Unchanged things keep their identity, so that the shell can tell an event that mattered from one that did not. */
export function withoutHold(state: Step): RolloutState {
  return state.hold === null ? state : { ...state, hold: null };
}
