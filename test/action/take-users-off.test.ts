/**
 * A rollback while somebody out of reach holds the lock. The ways back are played; that a real router's share is live when
 * `setShare` resolves is proved in test/stacks/router.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeTrainOffUnlocked, takeUsersOffUnlocked } from '../../action/command-log/take-users-off.ts';
import type { FastWay } from '../../action/deployer/rehearsal/fast-way.ts';
import { buildPlan } from '../../policies/rollout/build-plan.ts';
import { presets } from '../../policies/policy-file/presets.ts';
import { planRollout, type RolloutState } from '../../policies/rollout/state.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { runOfTwo } from '../support/run-of-two.ts';
import { until } from '../support/until.ts';

const refusal = inputFailure('lock-held', 'ada holds the lock on another host');

function canaryOf(stable: string | null): RolloutState {
  const plan = buildPlan({
    rollout: '7',
    service: 'shop',
    environment: 'production',
    stable,
    candidate: `sha256:${'c'.repeat(64)}`,
    policy: presets.fast,
    hasMigrations: false,
    run: runOfTwo,
  });
  const planned = planRollout(plan);
  return {
    ...planned,
    phase: 'canary',
    step: 0,
    sinceSeconds: 3,
    hold: null,
    candidateBasisPoints: 1000,
    mayHaveMetUsers: true,
  };
}

const canary = canaryOf(`sha256:${'b'.repeat(64)}`);

function way(setShare: FastWay['setShare']): FastWay {
  return { path: 'router', setShare, share: () => Promise.resolve(0) };
}

function testCase(
  name: string,
  state: RolloutState,
  answer: 'flips' | 'fails' | 'none',
  says: RegExp,
  expected: number[],
): void {
  const shares: number[] = [];
  const flips = way((share) => {
    if (answer === 'fails') return Promise.reject(new Error('no router answers'));
    shares.push(share);
    return Promise.resolve();
  });
  test(name, async () => {
    const shown = await takeUsersOffUnlocked(state, refusal, () =>
      Promise.resolve(answer === 'none' ? null : flips),
    );
    assert.equal(shown.reasonCode, 'lock-held');
    assert.match(shown.message, says);
    assert.deepEqual(shares, expected);
  });
}

testCase('users leave a canary although the lock is held', canary, 'flips', /users were taken off/, [0]);
testCase('a router that is gone is said', canary, 'fails', /either: no router answers/, []);
testCase('a target without a fast way is said', canary, 'none', /no fast way back/, []);
testCase(
  'nobody is sent to a stable version that is being taken apart',
  { ...canary, phase: 'settling' },
  'flips',
  /^ada holds the lock on another host$/,
  [],
);
testCase(
  'nor in a bake that a settling which failed has come back to: some of stable is gone',
  { ...canary, phase: 'baking', sinceSeconds: 9, hold: null, isStableWhole: false },
  'flips',
  /^ada holds the lock on another host$/,
  [],
);
testCase(
  'a candidate that no user can have met is left where it is',
  { ...canary, phase: 'preparing', candidateBasisPoints: 0, mayHaveMetUsers: false },
  'flips',
  /^ada holds the lock on another host$/,
  [],
);
testCase(
  'a stable version that stands whole before a settling that has not begun takes users back',
  {
    ...canary,
    phase: 'settling',
    withheld: {
      kind: 'gated',
      by: 'evenkeel',
      reasonCode: 'train-bake-waiting',
      message: 'it has baked',
      hasBegun: false,
      sinceSeconds: 9,
    },
  },
  'flips',
  /users were taken off/,
  [0],
);

test('one place of a train is locked elsewhere: users leave every place beside one another, and each is told of', async () => {
  const left: string[] = [];
  const connect = (name: string) => () =>
    Promise.resolve(
      way(async () => {
        left.push(name);
        // None waits for another.
        await until('every place is being left', () => left.length === 2);
      }),
    );
  const shown = await takeTrainOffUnlocked(
    [
      { name: 'shop in box', state: canary, connectFastWay: connect('box') },
      { name: 'shop in north', state: canary, connectFastWay: connect('north') },
      { name: 'shop in south', state: planRollout(canary.plan), connectFastWay: connect('south') },
    ],
    refusal,
  );
  assert.deepEqual(left, ['box', 'north']);
  assert.match(
    shown.message,
    /another host; shop in box: users were taken off .*; shop in north: users were/,
  );
  assert.doesNotMatch(shown.message, /south/);
});

testCase('a first deployment has nowhere to go back to', canaryOf(null), 'flips', /another host$/, []);
