/**
 * The shell with ports made of memory. What these tests prove is the order of things: journal before effect, withdrawal
 * beside a running effect, nothing on disk for an event that changed nothing. They do not prove anything about Pulumi,
 * the router or the disk; `test/acceptance` does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRollout, type RolloutEvent, type RolloutState } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { driveRollout, type RolloutPorts } from '../../action/deployer/drive-rollout.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { drive, plan, quick, world } from '../support/drive-world.ts';
import { until } from '../support/until.ts';

test('a harmless candidate takes the whole road, each intent on record before its effect', async () => {
  const { ports, log } = world({ judge: () => 'pass' });
  const result = await drive(ports).done;
  assert.equal(result.ended, 'finished');
  assert.equal(result.state.phase, 'settled');
  assert.deepEqual(
    log.filter((line) => line.startsWith('do ')),
    ['prepare', 'rehearse', 'expose', 'expose', 'scale', 'flip', 'settle'].map((name) => `do ${name}`),
  );
  log.forEach((line, index) => {
    if (line.startsWith('do ')) assert.equal(log[index - 1], `intent ${line.slice(3)}`);
  });
});

test('a failing judgement withdraws while a forward effect is still running, and again after it has ended', async () => {
  const { ports, log } = world({
    judge: (state) => (state.phase === 'canary' && state.step === 1 ? 'fail' : 'pass'),
    // The second widening never ends by itself: only being cut short ends it.
    perform: (effect, signal) =>
      effect.name === 'expose' && effect.candidateBasisPoints === 5000
        ? new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              log.push('cut expose');
              reject(new Error('cut short'));
            });
          })
        : Promise.resolve(null),
  });
  const result = await drive(ports).done;
  assert.equal(result.state.phase, 'rolled-back');
  const from = log.lastIndexOf('do expose');
  assert.deepEqual(
    log.slice(from).filter((line) => line.startsWith('do ') || line.startsWith('cut')),
    ['do expose', 'do withdraw', 'cut expose', 'do withdraw', 'do reconcile', 'do open-incident'],
  );
});

test('a step is judged from when its share is live, however long that takes', async () => {
  let looksWhileExposing = 0;
  let isExposing = false;
  const { ports, log } = world({
    judge: () => {
      if (isExposing) looksWhileExposing++;
      return isExposing ? 'no-data' : 'pass';
    },
    perform: async (effect) => {
      if (effect.name !== 'expose') return;
      isExposing = true;
      const seen = looksWhileExposing;
      await until('looks while the share is on its way', () => looksWhileExposing >= seen + 3);
      isExposing = false;
      log.push('share is live');
    },
  });
  assert.equal((await drive(ports).done).state.phase, 'settled');
  const steps = log.filter((line) => /^(do expose|share is live|judge begins canary)$/.test(line));
  const step = ['do expose', 'share is live', 'judge begins canary'];
  assert.deepEqual(steps, [...step, ...step]);
});

test('looking without a change of state leaves nothing on disk', async () => {
  let looks = 0;
  const { ports, records } = world({ judge: () => (++looks < 50 ? 'inconclusive' : 'pass') });
  await drive(ports).done;
  const judged = records.filter((record) => record.record === 'event' && record.event.type === 'judged');
  // Two canary steps and the bake pass; the undecided looks before them are not events.
  assert.equal(judged.length, 3);
});

test('an effect that may be retried is tried three times, then the rollout goes back', async () => {
  const { ports, log } = world({
    judge: () => 'pass',
    perform: (effect) =>
      effect.name === 'expose'
        ? Promise.reject(effectFailure('target-busy', 'the target is busy', true))
        : Promise.resolve(null),
  });
  const result = await drive(ports).done;
  assert.equal(result.state.phase, 'rolled-back');
  assert.equal(log.filter((line) => line === 'do expose').length, 3);
});

test('a journal that cannot be written stops the drive before the effect', async () => {
  const { ports, log } = world({ judge: () => 'pass' });
  const failing: RolloutPorts = {
    ...ports,
    record(record, state) {
      if (record.record === 'intent' && record.effect.name === 'expose') {
        throw effectFailure('disk-full', 'the disk is full', true);
      }
      ports.record(record, state);
    },
  };
  await assert.rejects(drive(failing).done, /the disk is full/);
  assert.ok(!log.includes('do expose'));
});

test('an interruption waits for the effect under way and leaves a state that can be resumed', async () => {
  const interruption = new AbortController();
  const { ports } = world({
    judge: () => 'pass',
    perform: (effect) => {
      if (effect.name === 'rehearse') interruption.abort();
      return Promise.resolve(null);
    },
  });
  const result = await drive(ports, interruption.signal).done;
  assert.equal(result.ended, 'interrupted');
  assert.notEqual(result.state.phase, 'settled');
});

test('a rollback without a deploying process is carried out to its end, whatever was pending', async () => {
  for (const phase of ['preparing', 'canary', 'baking'] as const) {
    const { ports, log } = world({ judge: () => 'inconclusive' });
    const result = await driveRollout(
      {
        state: stateIn(phase),
        ports,
        ...quick,
        until: 'quiescent',
        signal: never,
      },
      { type: 'requested', atSeconds: 9, command: 'rollback', by: 'ada' },
    ).done;
    assert.equal(result.ended, 'finished', phase);
    assert.equal(result.state.phase, 'rolled-back', phase);
    assert.ok(log.includes('do reconcile'), phase);
  }
});

test('a pause without a deploying process still finishes the effect that was under way', async () => {
  const { ports, log } = world({ judge: () => 'inconclusive' });
  const result = await driveRollout(
    {
      state: stateIn('canary'),
      ports,
      ...quick,
      until: 'quiescent',
      signal: never,
    },
    { type: 'requested', atSeconds: 9, command: 'pause', by: 'ada' },
  ).done;
  assert.equal(result.ended, 'waiting');
  assert.deepEqual(
    log.filter((line) => line.startsWith('do ')),
    ['do expose'],
  );
  assert.ok(result.state.phase === 'canary' && result.state.hold?.kind === 'paused');
});

const never = new AbortController().signal;

/** The state that a process left when it was killed in this phase; in canary and preparing with an effect pending. */
function stateIn(phase: 'preparing' | 'canary' | 'baking'): RolloutState {
  let state = transition(planRollout(plan), { type: 'started', atSeconds: 0, by: 'ada' }).state;
  for (let atSeconds = 1; state.phase !== phase; atSeconds++) {
    const event: RolloutEvent =
      state.pending === null
        ? { type: 'judged', atSeconds, judgement: 'pass', reasonCode: 'not-worse', message: '' }
        : { type: 'effect-done', atSeconds, effectId: state.pending.id, outcome: null };
    ({ state } = transition(state, event));
  }
  return state;
}
