/**
 * The road as a pure state machine.
 *
 *   planned -> [migrating -> backfilling ->] preparing -> rehearsing -> canary(0..n) -> scaling -> flipping -> baking
 *      -> settling -> settled;  any of them but the last -> rolling-back -> rolled-back
 *
 * R1  The shares of stable and candidate always sum to one: only the candidate's is stored, within 0..10000.
 * R2  Only `started`, a `pass`, or a person's `promote` moves share to the candidate; each moves it one step at most.
 * R3  From every state that is not final, a rollback request reaches `rolled-back` once its effects are done.
 * R4  No data never moves anything towards the candidate; nor does anything inconclusive.
 * R5  An effect is journalled before it is done, its outcome after (kept by the shell; the machine emits effects as values).
 * R6  Replaying a journal from any prefix ends in the same state: nothing here reads a clock or draws a number.
 * R7  At most one rollout per environment holds the lock (kept by the shell).
 * R8  At most one effect is pending; an outcome for any other, or for one that is withheld, is late and is ignored.
 * R9  A rollback never waits for a forward effect: it replaces the pending one.
 * R10 A withheld effect stays pending and moves nothing: `promote` and deadlines do not get past it, a failing judgement
 *     and a rollback do, and once it is admitted it goes on without anybody asking.
 * R11 No share before a rehearsal whose outcome is proven.
 * R12 Nothing of the candidate runs while the schema is expanded and filled.
 * R13 The phases come in the order of the road and none is passed over; only a settling that failed goes back to the bake.
 * R14 An effect that is past its deadline is asked for again, three times at most; then forward goes back, and the way
 *     back says why it is stuck, and is tried again by the clock, by the next run, and by a person.
 * R15 Going forward for too long goes back; time held by a gate or a person does not count, and time never runs backwards.
 * R16 No data holds a step at once, and takes users back at its deadline.
 * R17 Stable is whole before its users come back; they come back gradually only when it was not, and only from a candidate
 *     that nobody has found harmful.
 * R18 `mayHaveMetUsers` is set with the first effect that exposes the candidate, and stays.
 * R19 No two effects of a rollout have one id.
 * R20 Nothing goes forward again once the way back has begun, and an end is an end.
 * R21 An event that comes twice counts once.
 *
 * Each is checked over random histories in `test/properties/rollout*.test.ts`, under its number.
 */
import { advance, begin, pass } from './advance.ts';
import { stay } from './ask-effect.ts';
import { keepTime, passTime, resume } from './deadlines.ts';
import { afterFailure, goBack, hurryBack } from './go-back.ts';
import type { RolloutEvent, RolloutState, Transition } from './state.ts';
import { judged, withoutHold } from './weigh-judgement.ts';
import { admit, pause, resumeWithheld, withhold } from './withhold.ts';

/** What an event leads to. An event that changes nothing gives back the very same state. */
export function transition(state: RolloutState, event: RolloutEvent): Transition {
  const atSeconds = Math.max(event.atSeconds, state.atSeconds);
  const next = respond(state, { ...event, atSeconds });
  if (next.state === state) return next;
  return { ...next, state: keepTime(state, next.state, atSeconds, event.type === 'resumed') };
}

function respond(state: RolloutState, event: RolloutEvent): Transition {
  switch (event.type) {
    case 'started':
      return state.phase === 'planned' ? begin(state) : stay(state);
    case 'resumed':
      return resume(state);
    case 'clock':
      return passTime(state, event.atSeconds);
    case 'effect-done':
      return advance(state, event);
    case 'effect-failed':
      return afterFailure(state, event);
    case 'judged':
      return judged(state, event);
    case 'requested':
      return requested(state, event);
    case 'withheld':
      return stay(withhold(state, event));
    case 'admitted':
      return stay(admit(state, event.effectId));
  }
}

function requested(
  state: RolloutState,
  { command, by, atSeconds }: Extract<RolloutEvent, { type: 'requested' }>,
): Transition {
  const cause = { reasonCode: 'requested', message: `${by} asked for it`, by, atSeconds };
  switch (command) {
    case 'abort':
      // Whoever aborts wants users off now, whatever the pace was.
      return state.phase === 'rolling-back' && state.pending !== null
        ? hurryBack(state)
        : goBack(state, cause, 'flip');
    case 'rollback':
      return goBack(state, cause, 'gradual');
    case 'pause':
      return stay(pause(state, by, atSeconds));
    case 'resume':
      if (state.withheld !== null) return stay(resumeWithheld(state));
      return stay(state.phase === 'canary' || state.phase === 'baking' ? withoutHold(state) : state);
    case 'promote':
      return pass(state);
  }
}
