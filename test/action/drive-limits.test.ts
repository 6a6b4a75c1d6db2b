/** The shell and what hangs, is silent, or takes its time, with ports made of memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRollout } from '../../policies/rollout/state.ts';
import { driveRollout, type RolloutPorts } from '../../action/deployer/drive-rollout.ts';
import { plan, quick, world } from '../support/drive-world.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const start = { type: 'started', atSeconds: 0, by: 'ada' } as const;

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

test('a judge that gives no answer is no data, and what it says too late does not count', async () => {
  const late: { answer: () => void } = { answer: () => undefined };
  const { ports, records } = world({ judge: () => 'pass' });
  const hanging: RolloutPorts = {
    ...ports,
    judge: {
      begin: () => undefined,
      look: () =>
        new Promise((resolve) => {
          late.answer = () =>
            resolve({ judgement: 'pass', reasonCode: 'not-worse', message: 'late', metrics: [] });
        }),
    },
  };
  const driving = driveRollout(
    {
      ...quick,
      lookSeconds: 0.05,
      state: planRollout(plan),
      ports: hanging,
      until: 'finished',
      signal: never,
    },
    start,
  );
  const held = () => {
    const state = driving.state();
    return 'hold' in state ? state.hold : null;
  };
  await until('a hold', () => held() !== null);
  assert.equal(held()?.kind, 'no-data');
  assert.match(held()?.message ?? '', /gave no answer within 0.05 s/);
  const known = records.length;
  late.answer();
  driving.request('rollback', 'grace');
  assert.equal((await driving.done).state.phase, 'rolled-back');
  const after = records.slice(known).filter(({ record }) => record === 'event');
  assert.ok(after.every((record) => record.record !== 'event' || record.event.type !== 'judged'));
});

test('a way back that hangs, and cannot even be called off, is given up in the end with users off', async () => {
  const { ports, log } = world({
    judge: () => 'fail',
    perform: (effect) => (effect.name === 'reconcile' ? new Promise(() => undefined) : Promise.resolve(null)),
  });
  // A clock that is asked a few times a tick.
  let seconds = 0;
  const driving = driveRollout(
    {
      ...quick,
      state: planRollout({ ...plan, effectDeadlineSeconds: { withdraw: 0.5, reconcile: 0.5 } }),
      ports: { ...ports, elapsedSeconds: () => (seconds += 0.05) },
      until: 'finished',
      signal: never,
    },
    start,
  );
  const { ended, state } = await driving.done;
  assert.equal(ended, 'stuck');
  assert.ok(state.phase === 'rolling-back' && /reconcile did not end within 0.5 s/.test(state.stuck ?? ''));
  assert.equal(state.candidateBasisPoints, 0);
  assert.ok(log.includes('do withdraw'));
});
