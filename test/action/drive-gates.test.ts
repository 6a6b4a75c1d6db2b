/** The shell before its gates, with ports made of memory: a closed gate holds what goes forward, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRollout, type Effect } from '../../policies/rollout/state.ts';
import { driveRollout, type GateAnswer } from '../../action/deployer/drive-rollout.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { drive, plan, quick, world } from '../support/drive-world.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

const closed: GateAnswer = { isOpen: false, reasonCode: 'frozen', message: 'production is frozen' };

/** A gate that lets everything pass up to the first effect of this name, and that only when it is opened. */
function gateBefore(name: Effect['name']) {
  const gate = { isOpen: false, asked: 0 };
  const mayWiden = (effect: Effect): Promise<GateAnswer> => {
    if (effect.name !== name) return Promise.resolve({ isOpen: true });
    gate.asked++;
    return Promise.resolve(gate.isOpen ? { isOpen: true } : closed);
  };
  return { gate, mayWiden };
}

test('a closed gate holds each widening where it is; when it opens the rollout goes on by itself', async () => {
  for (const name of ['rehearse', 'expose', 'scale', 'flip', 'settle'] as const) {
    const { gate, mayWiden } = gateBefore(name);
    const { ports, log, records } = world({ judge: () => 'pass', mayWiden });
    const driving = drive(ports);
    await until('an answer of the gate', () => gate.asked >= 3);
    const held = driving.state();
    assert.equal(held.withheld?.message, 'production is frozen', name);
    assert.equal(held.pending?.name, name);
    assert.ok(!log.includes(`do ${name}`) && !log.includes(`intent ${name}`), name);
    gate.isOpen = true;
    const result = await driving.done;
    assert.equal(result.state.phase, 'settled', name);
    const told = records.flatMap((record) => (record.record === 'event' ? [record.event.type] : []));
    assert.equal(told.filter((type) => type === 'withheld').length, 1, 'the same answer is told once');
    assert.equal(told.filter((type) => type === 'admitted').length, 1);
  }
});

test('users leave the candidate at once although a gate is closed: a regression, a rollback, an abort', async () => {
  for (const name of ['expose', 'scale', 'flip', 'settle'] as const) {
    for (const command of ['rollback', 'abort', 'judge'] as const) {
      const { gate, mayWiden } = gateBefore(name);
      const { ports, log } = world({
        // Whatever reaches this gate has passed; what the judge sees in front of it is a regression.
        judge: () => (command === 'judge' && gate.asked > 0 ? 'fail' : 'pass'),
        mayWiden,
      });
      const driving = drive(ports);
      await until('an answer of the gate', () => gate.asked >= 1);
      if (command !== 'judge') driving.request(command, 'grace');
      const result = await driving.done;
      assert.equal(result.state.phase, 'rolled-back', `${name} ${command}`);
      assert.equal(result.state.withheld, null);
      assert.ok(!log.includes(`do ${name}`), `${name} ${command}`);
      // Nothing of the settling had begun, so nothing has to be restored first.
      assert.ok(!log.includes('do restore'));
      assert.equal(log.filter((line) => line === 'do withdraw').length, 1);
    }
  }
});

test('a promotion does not get past a closed gate, and a pause there outlasts the gate', async () => {
  const { gate, mayWiden } = gateBefore('flip');
  const { ports, log } = world({ judge: () => 'pass', mayWiden });
  const driving = drive(ports);
  await until('an answer of the gate', () => gate.asked >= 1 && driving.state().withheld !== null);
  driving.request('promote', 'grace');
  driving.request('pause', 'grace');
  gate.isOpen = true;
  const asked = gate.asked;
  await until('an answer of the gate', () => gate.asked > asked + 2);
  assert.ok(!log.includes('do flip'));
  assert.equal(driving.state().withheld?.kind, 'paused');
  driving.request('resume', 'grace');
  assert.equal((await driving.done).state.phase, 'settled');
});

test('what keeps the gate from being asked holds the rollout and never takes it back', async () => {
  let failures = 0;
  const { ports, records } = world({
    judge: () => 'pass',
    mayWiden: (effect) =>
      effect.name === 'scale' && ++failures < 5
        ? Promise.reject(effectFailure('github-unavailable', 'GitHub answers 502', true))
        : Promise.resolve({ isOpen: true }),
  });
  assert.equal((await drive(ports).done).state.phase, 'settled');
  const held = records.flatMap((record) =>
    record.record === 'event' && record.event.type === 'withheld' ? [record.event] : [],
  );
  assert.deepEqual(
    held.map(({ reasonCode, message }) => [reasonCode, message]),
    [['gate-unreadable', 'GitHub answers 502']],
  );
});

test('a gate that stays closed ends the run as waiting, and the next run asks it before anything else', async () => {
  const first = world({ judge: () => 'pass', mayWiden: gateBefore('expose').mayWiden });
  const ended = await driveRollout(
    {
      ...quick,
      holdSeconds: 0,
      state: planRollout(plan),
      ports: first.ports,
      until: 'finished',
      signal: never,
    },
    { type: 'started', atSeconds: 0, by: 'ada' },
  ).done;
  assert.equal(ended.ended, 'waiting');
  assert.equal(ended.state.withheld?.reasonCode, 'frozen');
  const second = world({ judge: () => 'pass' });
  const resumed = await driveRollout(
    { ...quick, holdSeconds: 0, state: ended.state, ports: second.ports, until: 'finished', signal: never },
    null,
  ).done;
  assert.equal(resumed.state.phase, 'settled');
  assert.deepEqual(second.log.slice(0, 2), ['event resumed', 'event admitted']);
});

test('a settling that had begun before the gate closed is restored before users go back to it', async () => {
  const { state } = await driveRollout(
    {
      ...quick,
      holdSeconds: 0,
      state: planRollout(plan),
      ports: world({ judge: () => 'pass', mayWiden: gateBefore('settle').mayWiden }).ports,
      until: 'finished',
      signal: never,
    },
    { type: 'started', atSeconds: 0, by: 'ada' },
  ).done;
  const { mayWiden } = gateBefore('settle');
  const { ports, log } = world({ judge: () => 'fail', mayWiden });
  const begunEffectId = state.pending?.id ?? null;
  // The process before had begun it when it was killed: its intent is in the journal, and no answer of a gate.
  const killed = { ...state, withheld: null };
  const driving = driveRollout(
    { ...quick, begunEffectId, state: killed, ports, until: 'finished', signal: never },
    null,
  );
  assert.equal((await driving.done).state.phase, 'rolled-back');
  assert.equal(log.filter((line) => line.startsWith('do '))[0], 'do restore');
});

test('gates that give no answer are closed ones; a rollback does not wait for them', async () => {
  for (const command of ['rollback', null] as const) {
    let asked = 0;
    const { ports, log } = world({
      judge: () => 'pass',
      mayWiden: (effect) =>
        effect.name === 'flip' && (++asked === 1 || command !== null)
          ? new Promise(() => undefined)
          : Promise.resolve({ isOpen: true }),
    });
    const driving = driveRollout(
      {
        ...quick,
        // Who asks for the way back does so while the question still hangs.
        gateAnswerSeconds: command === null ? 0.05 : 60,
        state: planRollout(plan),
        ports,
        until: 'finished',
        signal: never,
      },
      { type: 'started', atSeconds: 0, by: 'ada' },
    );
    await until('a question to the gates', () => asked >= 1);
    if (command === null) {
      await until('an answer for them', () => driving.state().withheld !== null || asked > 1);
      assert.ok(!log.includes('do flip') || asked > 1);
      assert.equal((await driving.done).state.phase, 'settled');
      assert.ok(log.includes('event withheld') && log.includes('event admitted'));
      continue;
    }
    driving.request(command, 'grace');
    assert.equal((await driving.done).state.phase, 'rolled-back');
    assert.equal(asked, 1);
    assert.ok(!log.includes('do flip') && log.includes('do withdraw'));
  }
});
