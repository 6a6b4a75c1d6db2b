/** What the shell stands on when the disk is full: users are off the candidate before it gives up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOfRun, type RunGround } from '../../action/deployer/ports-of-run.ts';
import { planRollout, type RolloutState } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { plan } from '../support/drive-world.ts';

const stateIn = (phase: 'canary' | 'settling'): RolloutState => {
  let { state } = transition(planRollout(plan), { type: 'started', atSeconds: 0, by: 'ada' });
  while (state.phase !== phase) {
    ({ state } = transition(
      state,
      state.pending === null
        ? { type: 'judged', atSeconds: 1, judgement: 'pass', reasonCode: 'not-worse', message: '' }
        : { type: 'effect-done', atSeconds: 1, effectId: state.pending.id, outcome: null },
    ));
  }
  return state;
};
const back = (phase: 'canary' | 'settling'): RolloutState =>
  transition(stateIn(phase), { type: 'requested', atSeconds: 1, command: 'rollback', by: 'ada' }).state;

const clock = { record: 'event', event: { type: 'clock', atSeconds: 2 } } as const;

test('what cannot be written down takes users off, who would be watched by nobody, and only to a stable version that is whole', async () => {
  const rows: [string, RolloutState, number[]][] = [
    ['a deadline in the canary', back('canary'), [0]],
    ['the midst of settling', back('settling'), []],
    ['a canary that is only held', stateIn('canary'), [0]],
    ['what no user has met', planRollout(plan), []],
  ];
  for (const [name, state, expected] of rows) {
    const shares: number[] = [];
    const { ports, escaped } = portsOfRun(groundWith(shares));
    assert.throws(() => ports.record(clock, state), /no space left/, name);
    const told = await escaped();
    assert.deepEqual(shares, expected, name);
    assert.equal(told, expected.length > 0 ? 'users were taken off the candidate all the same' : null, name);
  }
});

test('a lock that lapsed while the disk was full takes users off as well, one that another process has does not', async () => {
  const lost = (): never => {
    throw effectFailure('lock-lost', 'it could not be renewed', true);
  };
  for (const isOurs of [true, false]) {
    const shares: number[] = [];
    const { ports, escaped } = portsOfRun(groundWith(shares, { assertHeld: lost, isOurs: () => isOurs }));
    assert.throws(() => ports.record(clock, back('canary')), /could not be renewed/);
    await escaped();
    assert.deepEqual(shares, isOurs ? [0] : []);
  }
});

function groundWith(shares: number[], lock: Partial<RunGround['lock']> = {}): RunGround {
  const notAsked = (): never => assert.fail('nobody asks for this');
  return {
    rollout: { state: planRollout(plan), startedAt: '2026-03-02T10:00:00.000Z', records: [] },
    lock: { assertHeld: () => undefined, isOurs: () => true, ...lock },
    journal: {
      append() {
        throw effectFailure('disk-full', 'no space left', true);
      },
    },
    audit: notAsked,
    effects: {
      plan,
      stable: null,
      candidate: { digest: plan.candidate, commit: 'c', tree: 't', directory: '/r' },
      pins: { stable: '', candidate: '' },
      writeRelease: notAsked,
      applyExposure: notAsked,
      connectRouter: notAsked,
      connectFastWay: () =>
        Promise.resolve({
          path: 'router',
          setShare(basisPoints) {
            shares.push(basisPoints);
            return Promise.resolve();
          },
          share: notAsked,
        }),
      migrate: notAsked,
      backfill: notAsked,
      rehearse: notAsked,
      probeCandidate: notAsked,
      returnGradually: notAsked,
      recordStable: notAsked,
      openIncident: notAsked,
      progress: notAsked,
    },
    gates: [],
    judge: { begin: notAsked, look: notAsked },
    view: { phaseChanged: notAsked },
    now: () => new Date('2026-03-02T10:00:00.000Z'),
    progress: notAsked,
  };
}
