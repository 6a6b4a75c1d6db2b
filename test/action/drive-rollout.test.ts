/**
 * The shell with ports made of memory. What these tests prove is the order of things: journal before effect, withdrawal
 * beside a running effect, nothing on disk for an event that changed nothing. They do not prove anything about Pulumi,
 * the router or the disk; `test/acceptance` does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement, JudgementName } from '../../policies/judge/judgement.ts';
import {
  planRollout,
  type Effect,
  type RolloutEvent,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import {
  driveRollout,
  type GateAnswer,
  type RolloutPorts,
  type RolloutRecord,
} from '../../action/deployer/drive-rollout.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { until } from '../support/until.ts';

const plan: RolloutPlan = {
  rollout: '1',
  service: 'shop',
  environment: 'production',
  stable: 'sha256:stable',
  candidate: 'sha256:candidate',
  fullCapacity: 2,
  canaryCapacity: 1,
  stepBasisPoints: [1000, 5000],
  minSoakSeconds: 0,
  stepDeadlineSeconds: 60,
  bakeSeconds: 0,
};

interface World {
  ports: RolloutPorts;
  log: string[];
  records: RolloutRecord[];
}

function world(options: {
  judge: (state: RolloutState) => JudgementName;
  perform?: (effect: Effect, signal: AbortSignal) => Promise<unknown>;
  mayWiden?: (effect: Effect) => Promise<GateAnswer>;
}): World {
  const log: string[] = [];
  const records: RolloutRecord[] = [];
  let seconds = 0;
  const judgement = (name: JudgementName): Judgement => ({
    judgement: name,
    reasonCode: name === 'fail' ? 'worse' : 'not-worse',
    message: name,
    metrics: [],
  });
  return {
    log,
    records,
    ports: {
      elapsedSeconds: () => (seconds += 0.001),
      record(record) {
        records.push(record);
        log.push(record.record === 'intent' ? `intent ${record.effect.name}` : `event ${record.event.type}`);
      },
      mayWiden: (effect) => options.mayWiden?.(effect) ?? Promise.resolve({ isOpen: true }),
      async perform(effect, signal) {
        log.push(`do ${effect.name}`);
        return await (options.perform?.(effect, signal) ?? Promise.resolve(null));
      },
      judge: {
        begin: (state) => log.push(`judge begins ${state.phase}`),
        look: (state) => Promise.resolve(judgement(options.judge(state))),
      },
      observe: () => undefined,
    },
  };
}

const quick = { tickSeconds: 0.001, gateRetrySeconds: 0, begunEffectId: null, holdSeconds: 60 } as const;

const drive = (ports: RolloutPorts, signal = new AbortController().signal) =>
  driveRollout(
    { ...quick, state: planRollout(plan), ports, until: 'finished', signal },
    { type: 'started', atSeconds: 0, by: 'ada' },
  );

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
    record(record) {
      if (record.record === 'intent' && record.effect.name === 'expose') {
        throw effectFailure('disk-full', 'the disk is full', true);
      }
      ports.record(record);
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

test('a judge that cannot look is no data: the rollout holds, and goes back when that lasts', async () => {
  const { ports } = world({ judge: () => 'pass' });
  const silent: RolloutPorts = {
    ...ports,
    judge: { begin: () => undefined, look: () => Promise.reject(new Error('no such router')) },
  };
  const { state } = await driveRollout(
    {
      ...quick,
      state: planRollout({ ...plan, noDataDeadlineSeconds: 0.05 }),
      ports: silent,
      until: 'finished',
      signal: never,
    },
    { type: 'started', atSeconds: 0, by: 'ada' },
  ).done;
  assert.equal(state.phase, 'rolled-back');
  assert.match(state.cause.message, /no such router/);
});

test('an effect that hangs is cut short at its deadline, tried again, and then users go back', async () => {
  const { ports, log } = world({
    judge: () => 'inconclusive',
    perform: (effect, signal) =>
      effect.name === 'expose'
        ? new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('cut short')));
          })
        : Promise.resolve(null),
  });
  const { state } = await driveRollout(
    {
      ...quick,
      state: planRollout({ ...plan, effectDeadlineSeconds: { expose: 0.05 } }),
      ports,
      until: 'finished',
      signal: never,
    },
    { type: 'started', atSeconds: 0, by: 'ada' },
  ).done;
  assert.ok(state.phase === 'rolled-back' && state.cause.reasonCode === 'effect-overdue');
  assert.equal(log.filter((line) => line === 'do expose').length, 3);
});

test('a paused backfill stops at once and goes on when somebody resumes it', async () => {
  let began = 0;
  let cut = 0;
  const { ports } = world({
    judge: () => 'pass',
    perform: (effect, signal) =>
      effect.name === 'backfill' && ++began === 1
        ? new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              cut++;
              reject(new Error('cut short'));
            });
          })
        : Promise.resolve(null),
  });
  const driving = driveRollout(
    {
      ...quick,
      state: planRollout({ ...plan, hasMigrations: true }),
      ports,
      until: 'finished',
      signal: never,
    },
    { type: 'started', atSeconds: 0, by: 'ada' },
  );
  await until('a backfill under way', () => began === 1);
  driving.request('pause', 'grace');
  await until('the backfill to be cut short', () => cut === 1);
  assert.equal(driving.state().withheld?.kind, 'paused');
  driving.request('resume', 'grace');
  assert.equal((await driving.done).state.phase, 'settled');
  assert.equal(began, 2);
});

test('a run that takes only what is due ends when the judge has spoken and the road stands', async () => {
  const { ports } = world({ judge: () => 'inconclusive' });
  const { state, ended } = await driveRollout(
    { ...quick, state: planRollout(plan), ports, until: 'due', signal: never },
    { type: 'started', atSeconds: 0, by: 'ada' },
  ).done;
  assert.deepEqual([ended, state.phase], ['waiting', 'canary']);
});
