/** The road forward: what follows an effect that is done, and what a pass leads to. */
import { ask, commonOf, stay } from './ask-effect.ts';
import { advanceBack, goBack } from './go-back.ts';
import type { RolloutEvent, RolloutState, Transition } from './state.ts';

const fullShare = 10_000;

/** The first effect. A schema is expanded and filled before anything of the candidate runs. */
export function begin(state: RolloutState): Transition {
  if (state.plan.hasMigrations !== true) return prepare(state);
  return ask({ ...commonOf(state), phase: 'migrating' }, 'migrate', 0, 0);
}

function prepare(state: RolloutState): Transition {
  const { plan } = state;
  const capacity = plan.stable === null ? plan.fullCapacity : plan.canaryCapacity;
  return ask({ ...commonOf(state), phase: 'preparing' }, 'prepare', 0, capacity);
}

/** The pending effect is done: its share and capacity hold now, and the road goes on. */
export function advance(
  before: RolloutState,
  event: Extract<RolloutEvent, { type: 'effect-done' }>,
): Transition {
  const done = before.pending;
  // What is withheld has not begun here, so whatever ended is of a time that is over.
  if (done?.id !== event.effectId || before.withheld !== null) return stay(before);
  const state: RolloutState = {
    ...before,
    candidateBasisPoints: done.candidateBasisPoints,
    candidateCapacity: done.candidateCapacity,
    pending: null,
  };
  switch (state.phase) {
    case 'migrating':
      return ask({ ...commonOf(state), phase: 'backfilling' }, 'backfill', 0, 0);
    case 'backfilling':
      return prepare(state);
    case 'preparing':
      return ask({ ...commonOf(state), phase: 'rehearsing' }, 'rehearse', 0, state.candidateCapacity);
    case 'rehearsing':
      return afterRehearsal(state, event);
    case 'canary':
      return stay({ ...state, sinceSeconds: event.atSeconds });
    case 'scaling':
      return flip(state);
    case 'flipping':
      return stay({ ...commonOf(state), phase: 'baking', sinceSeconds: event.atSeconds, hold: null });
    case 'settling':
      return stay({ ...commonOf(state), phase: 'settled' });
    case 'rolling-back':
      return advanceBack(state, done);
    case 'planned':
    case 'baking':
    case 'settled':
    case 'rolled-back':
      return stay(state);
  }
}

/** R11: what was not proven is not taken for granted. */
function afterRehearsal(
  state: RolloutState,
  { outcome, atSeconds }: Extract<RolloutEvent, { type: 'effect-done' }>,
): Transition {
  if (state.plan.needsRehearsal === true && !isProven(outcome)) {
    const message = problemOf(outcome) ?? 'the rehearsal did not prove that there is a way back';
    return goBack(state, { reasonCode: 'rehearsal-unproven', message, by: 'evenkeel', atSeconds });
  }
  return state.plan.stable === null ? flip(state) : exposeStep(state, 0);
}

function isProven(outcome: unknown): boolean {
  return (
    typeof outcome === 'object' && outcome !== null && 'isProven' in outcome && outcome.isProven === true
  );
}

function problemOf(outcome: unknown): string | null {
  if (typeof outcome !== 'object' || outcome === null || !('problem' in outcome)) return null;
  return typeof outcome.problem === 'string' ? outcome.problem : null;
}

/** Goes to canary step `step`, or on to blue-green when there is none left. */
function exposeStep(state: RolloutState, step: number): Transition {
  const basisPoints = state.plan.stepBasisPoints[step];
  if (basisPoints === undefined) {
    return ask(
      { ...commonOf(state), phase: 'scaling' },
      'scale',
      state.candidateBasisPoints,
      state.plan.fullCapacity,
    );
  }
  const next: RolloutState = { ...commonOf(state), phase: 'canary', step, sinceSeconds: null, hold: null };
  return ask(next, 'expose', basisPoints, state.candidateCapacity);
}

function flip(state: RolloutState): Transition {
  return ask({ ...commonOf(state), phase: 'flipping' }, 'flip', fullShare, state.candidateCapacity);
}

/** A pass, by the judge or by a person, at a point where nothing is pending. */
export function pass(state: RolloutState): Transition {
  if (state.pending !== null) return stay(state);
  if (state.phase === 'canary') return exposeStep(state, state.step + 1);
  if (state.phase === 'baking') {
    return ask({ ...commonOf(state), phase: 'settling' }, 'settle', fullShare, state.candidateCapacity);
  }
  return stay(state);
}
