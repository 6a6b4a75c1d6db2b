/** What time does to a rollout, over random histories whose clock also jumps and is set back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isGivenUp } from '../../policies/rollout/deadlines.ts';
import { isFinal, isFinished, isWidening, type RolloutState } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { live, slowHistories, type Step } from '../support/rollout-histories.ts';

const runs = { numRuns: 1000 };

function everyHistory(check: (steps: readonly Step[]) => void): void {
  fc.assert(
    fc.property(slowHistories, ([plan, history]) => check(live(plan, history))),
    runs,
  );
}

test('R14 an effect is left alone until its deadline, and no longer', () => {
  let met = 0;
  everyHistory((steps) => {
    for (const { after } of steps) {
      const { pending, pendingSinceSeconds, plan } = after;
      if (pending === null || pendingSinceSeconds === null || after.withheld !== null) continue;
      const name = pending.pace === 'gradual' ? 'gradual' : pending.name;
      const deadline = pendingSinceSeconds + (plan.effectDeadlineSeconds?.[name] ?? Infinity);
      // The rollout's own deadline, or that of an event that came later, is another matter.
      if (deadline < after.atSeconds || deadline > (plan.rolloutDeadlineSeconds ?? 0)) continue;
      met++;
      assert.equal(at(after, deadline), after, `${pending.name} is cut short at its deadline`);
      const late = at(after, deadline + 0.001);
      assert.notEqual(late.pending?.id, pending.id, `${pending.name} is still waited for`);
      if (late.pending?.name === pending.name && late.pending.pace === pending.pace)
        assert.equal(late.pending.attempt, pending.attempt + 1);
    }
  });
  assert.ok(met > 1000);
});

test('R14 a deadline counts from when an effect could begin: its admission, or the run that took it up', () => {
  let met = 0;
  everyHistory((steps) => {
    for (const { after } of steps) {
      const { pending } = after;
      if (pending === null || !isWidening(pending) || isHeld(after)) continue;
      met++;
      const deadlineSeconds = after.plan.effectDeadlineSeconds?.[pending.name] ?? 0;
      const patient = { ...after, plan: { ...after.plan, rolloutDeadlineSeconds: 1e9 } };
      const lateSeconds = after.atSeconds + 100_000;
      const beganAnew = [
        transition(held(patient), { type: 'admitted', atSeconds: lateSeconds, effectId: pending.id }).state,
        transition(patient, { type: 'resumed', atSeconds: lateSeconds }).state,
      ];
      for (const begun of beganAnew) {
        assert.equal(at(begun, lateSeconds + deadlineSeconds), begun);
        assert.notEqual(at(begun, lateSeconds + deadlineSeconds + 1), begun);
      }
    }
  });
  assert.ok(met > 1000);
});

test('R14 R15 time alone brings every rollout to an end, unless a gate or a person holds it', () => {
  everyHistory((steps) => {
    const last = steps.at(-1)?.after;
    if (last === undefined) return;
    let state = last;
    for (let hours = 1; hours < 60; hours++) state = at(state, last.atSeconds + hours * 3600);
    if (state.held.sinceSeconds !== null) assert.ok(isHeld(last), 'nobody holds it, and it is held');
    else assert.ok(isFinished(state) || isGivenUp(state), `${state.phase} for ever`);
  });
});

test('R14 a way back that fails for good says why, is tried again, and again when a run takes it up', () => {
  let met = 0;
  everyHistory((steps) => {
    for (const { after } of steps) {
      const { pending, atSeconds } = after;
      if (after.phase !== 'rolling-back' || pending === null || pending.name === 'withdraw') continue;
      met++;
      const failure = { reasonCode: 'target-failed', message: 'no such host', mayRetry: false };
      let state: RolloutState = after;
      for (let round = 1; round <= 3; round++) {
        const effectId = state.pending?.id ?? '';
        state = transition(state, { type: 'effect-failed', atSeconds, effectId, ...failure }).state;
        assert.ok(state.phase === 'rolling-back' && state.stuck === 'no such host');
        if (isGivenUp(state)) break;
        // The first effect of the way back again, and what comes after it until the same one fails again.
        state = at(state, state.atSeconds + 60);
        while (state.pending !== null && state.pending.name !== pending.name) state = done(state);
      }
      assert.ok(isGivenUp(state), 'it is tried for ever');
      const resumed = transition(state, { type: 'resumed', atSeconds: state.atSeconds });
      assert.ok(resumed.effects.length === 1 && resumed.effects.every((effect) => !isWidening(effect)));
      assert.ok(!isGivenUp(resumed.state));
    }
  });
  assert.ok(met > 100);
});

test('R15 a rollout goes back when it has gone forward for longer than it may, and not before', () => {
  let met = 0;
  everyHistory((steps) => {
    let heldSeconds = 0;
    for (const { before, event, after } of steps) {
      const atSeconds = Math.max(before.atSeconds, event.atSeconds);
      if (isHeld(before)) heldSeconds += Math.max(0, after.atSeconds - before.atSeconds);
      const isTooLong = atSeconds - heldSeconds > (before.plan.rolloutDeadlineSeconds ?? Infinity);
      const isForward = !isFinal(before) && !['rolling-back', 'settling'].includes(before.phase);
      if (event.type === 'clock' && isForward && !isHeld(before) && isTooLong) {
        met++;
        assert.ok('cause' in after && after.cause.reasonCode === 'rollout-overdue');
      }
      const isSaid = 'cause' in after && after.cause.reasonCode === 'rollout-overdue';
      if (isSaid && !('cause' in before)) assert.ok(isTooLong, `${atSeconds} s, held ${heldSeconds} s`);
    }
  });
  assert.ok(met > 20);
});

test('R15 the time for which a gate or a person holds a rollout is not time that it takes', () => {
  let met = 0;
  everyHistory((steps) => {
    for (const { after } of steps) {
      const isForward = !isFinal(after) && !['planned', 'rolling-back', 'settling'].includes(after.phase);
      if (!isForward || isHeld(after)) continue;
      const leftSeconds = (after.plan.rolloutDeadlineSeconds ?? 0) + after.held.seconds - after.atSeconds;
      if (leftSeconds < 1) continue;
      met++;
      const patient = { ...after, plan: { ...after.plan, effectDeadlineSeconds: {} } };
      const lateSeconds = after.atSeconds + 100_000;
      const about = { atSeconds: lateSeconds, effectId: after.pending?.id ?? '' };
      const freed = transition(
        held(patient),
        after.pending === null
          ? { type: 'requested', atSeconds: lateSeconds, command: 'resume', by: 'ada' }
          : { type: 'admitted', ...about },
      ).state;
      assert.equal(at(freed, lateSeconds + leftSeconds), freed);
      const back = at(freed, lateSeconds + leftSeconds + 1);
      assert.ok('cause' in back && back.cause.reasonCode === 'rollout-overdue');
    }
  });
  assert.ok(met > 1000);
});

test('R15 time never runs backwards, whatever a clock says', () => {
  everyHistory((steps) => {
    for (const { before, after } of steps) {
      assert.ok(after.atSeconds >= before.atSeconds);
      assert.ok((after.pendingSinceSeconds ?? 0) <= after.atSeconds);
      assert.ok(after.held.seconds >= 0 && after.held.seconds <= after.atSeconds);
    }
  });
});

test('R16 no data holds at once, goes back at its deadline, and not before', () => {
  let met = 0;
  everyHistory((steps) => {
    for (const { after } of steps) {
      const isIdle = after.pending === null && !isHeld(after);
      if (!isIdle || (after.phase !== 'canary' && after.phase !== 'baking')) continue;
      met++;
      const sinceSeconds = after.hold?.kind === 'no-data' ? after.hold.sinceSeconds : after.atSeconds;
      const hears = (state: RolloutState, afterSeconds: number, judgement: 'no-data' | 'inconclusive') =>
        transition(state, {
          type: 'judged',
          atSeconds: sinceSeconds + afterSeconds,
          judgement,
          reasonCode: judgement,
          message: judgement,
        }).state;
      const held = hears(after, 0, 'no-data');
      assert.ok('hold' in held && held.hold?.kind === 'no-data', 'held at once');
      if (after.atSeconds - sinceSeconds < 20) {
        assert.equal(hears(held, 19.9, 'no-data'), held);
        const heard = hears(hears(held, 19.9, 'inconclusive'), 25, 'no-data');
        assert.ok(!('cause' in heard), 'a word in between, and the time counts anew');
      }
      const back = hears(held, 20, 'no-data');
      assert.ok('cause' in back && back.cause.reasonCode === 'no-data');
    }
  });
  assert.ok(met > 100);
});

function at(state: RolloutState, atSeconds: number): RolloutState {
  return transition(state, { type: 'clock', atSeconds }).state;
}

/** Held now: by a gate what is pending, by a person a step that is watched. */
function held(state: RolloutState): RolloutState {
  const { atSeconds, pending } = state;
  if (pending === null)
    return transition(state, { type: 'requested', atSeconds, command: 'pause', by: 'ada' }).state;
  const why = { reasonCode: 'frozen', message: 'frozen', hasBegun: false };
  return transition(state, { type: 'withheld', atSeconds, effectId: pending.id, ...why }).state;
}

function done(state: RolloutState): RolloutState {
  const { atSeconds } = state;
  const effectId = state.pending?.id ?? '';
  return transition(state, { type: 'effect-done', atSeconds, effectId, outcome: null }).state;
}

function isHeld(state: RolloutState): boolean {
  return state.withheld !== null || ('hold' in state && state.hold?.kind === 'paused');
}
