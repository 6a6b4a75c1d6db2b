/** Who may do what. Each row is a hole that a tool in use has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandInput } from '../../policies/command/command-decision.ts';
import { commandsFor } from '../../policies/command/commands-for.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import type { Requester } from '../../policies/command/requester.ts';
import {
  ada,
  at,
  inputOf,
  older,
  originOf,
  person,
  placeWith,
  policy,
  rita,
  robot,
  rolloutAt,
  settled,
  someone,
  stable,
  underWay,
} from '../support/command-input.ts';

function decided(text: string, changes: Partial<CommandInput> = {}): string {
  const { decision, reasonCode } = decideCommand(inputOf(text, changes));
  return `${decision} ${reasonCode}`;
}

const terminal = originOf('', { door: 'terminal', id: 'terminal:1' });

test('who may do what to a rollout under way', () => {
  const rows: [string, Requester | null, string][] = [
    ['abort', ada, 'execute permitted'],
    ['rollback', ada, 'execute permitted'],
    ['pause', ada, 'execute permitted'],
    [`rollback to ${stable.digest}`, ada, 'execute permitted'],
    [`rollback to ${older.digest}`, ada, 'refused rollout-under-way'],
    ['promote', ada, 'await-confirmation needs-second-person'],
    ['resume', ada, 'refused not-possible-now'],
    ['retry', ada, 'refused nothing-to-retry'],
    ['unlock', ada, 'refused not-locked'],
    ['failback', ada, 'refused nothing-to-return'],
    ['status', rita, 'answer answered'],
    ['help', rita, 'answer answered'],
    ['abort', rita, 'refused not-permitted'],
    ['abort', robot, 'refused not-a-person'],
    ['status', robot, 'refused not-a-person'],
    ['abort', null, 'refused account-unknown'],
    ['abort', person(10137, 'ghost'), 'refused account-unknown'],
    ['abort', { ...ada, isSuspended: true }, 'refused account-suspended'],
    ['abort', { ...ada, id: null }, 'refused account-unknown'],
    ['abort', { ...ada, role: null }, 'refused not-permitted'],
    ['status', { ...ada, role: null }, 'refused not-permitted'],
    // Nobody knows who this is, and it did not come from a terminal.
    ['abort', someone, 'refused identity-unknown'],
    ['Abort', ada, 'refused unknown-command'],
  ];
  for (const [text, requester, expected] of rows) {
    assert.equal(decided(text, { requester }), expected, `${text} by ${requester?.login ?? 'nobody'}`);
  }
});

test('what was written long ago is decided on nothing, and what only reads is answered all the same', () => {
  const rows: [string, number | null, string][] = [
    ['abort', 0, 'execute permitted'],
    ['abort', 3600, 'execute permitted'],
    ['abort', 3601, 'refused too-old'],
    ['promote', 3601, 'refused too-old'],
    ['confirm 0123456789ab', 3601, 'refused too-old'],
    // By GitHub's own clock on both sides: one that it set back is not held against anybody.
    ['abort', -5, 'execute permitted'],
    ['abort', null, 'refused too-old'],
    ['status', 90_000, 'answer answered'],
    ['approve', 90_000, 'answer answered'],
  ];
  for (const [text, ageSeconds, expected] of rows) {
    assert.equal(
      decided(text, { origin: originOf(text, { ageSeconds }) }),
      expected,
      `${text} ${ageSeconds}`,
    );
  }
  const { message } = decideCommand(inputOf('abort', { origin: originOf('abort', { ageSeconds: 7200 }) }));
  assert.match(message, /120 minutes before .* counts for 60 minutes .*write it anew/);
});

test('going on is one person only where the judge says pass', () => {
  const rows: [Parameters<typeof rolloutAt>[0], string][] = [
    [{ judgement: 'pass' }, 'execute permitted'],
    [{ judgement: 'inconclusive' }, 'await-confirmation needs-second-person'],
    [{ judgement: 'fail' }, 'await-confirmation needs-second-person'],
    [{ judgement: 'no-data' }, 'await-confirmation needs-second-person'],
    [{ judgement: null }, 'await-confirmation needs-second-person'],
    [{ judgement: 'pass', hold: 'paused' }, 'await-confirmation needs-second-person'],
    [{ judgement: 'pass', hold: 'gated' }, 'refused not-possible-now'],
    [{ judgement: 'pass', isBusy: true }, 'refused not-possible-now'],
    [{ phase: 'preparing' }, 'refused not-possible-now'],
  ];
  for (const [changes, expected] of rows) {
    const situation = { places: [placeWith(rolloutAt(changes))], debts: [] };
    assert.equal(decided('promote', { situation }), expected, JSON.stringify(changes));
  }
  const situation = { places: [placeWith(rolloutAt({ judgement: 'pass' }))], debts: [] };
  const careful = { ...policy, risky: ['promote' as const] };
  assert.equal(decided('promote', { situation, policy: careful }), 'await-confirmation needs-second-person');
});

test('what is settled goes back only with two', () => {
  const situation = { places: [settled], debts: [] };
  const rows: [string, string][] = [
    ['rollback', 'await-confirmation needs-second-person'],
    [`rollback to ${older.digest.slice(0, 19)}`, 'await-confirmation needs-second-person'],
    [`rollback to ${stable.digest}`, 'refused already-stable'],
    ['rollback to 0123456789ab', 'refused release-unknown'],
    ['abort', 'refused nothing-under-way'],
    ['pause', 'refused nothing-under-way'],
    ['failback', 'refused nothing-to-return'],
    ['rollback --service till', 'refused place-unknown'],
  ];
  for (const [text, expected] of rows) assert.equal(decided(text, { situation }), expected, text);
  const { plan } = decideCommand(inputOf('rollback', { situation }));
  assert.match(
    plan?.words.join('; ') ?? '',
    /from bbbbbbbbbbbb .* to aaaaaaaaaaaa .*migrations and data are not taken back/,
  );
  assert.deepEqual(plan?.inputs['to'], older);
});

test('what stands at a step, fills in or waits before a gate is paused and resumed, and nothing else', () => {
  const rows: [string, Parameters<typeof rolloutAt>[0], string][] = [
    ['pause', { phase: 'baking' }, 'execute permitted'],
    ['pause', { phase: 'backfilling', step: null, isBusy: true }, 'execute permitted'],
    ['resume', { phase: 'backfilling', step: null, isBusy: true, hold: 'paused' }, 'execute permitted'],
    ['resume', { phase: 'backfilling', step: null, isBusy: true }, 'refused not-possible-now'],
    ['pause', { phase: 'scaling', isBusy: true, hold: 'gated' }, 'execute permitted'],
    ['pause', { phase: 'scaling', isBusy: true }, 'refused not-possible-now'],
    [
      'promote',
      { phase: 'backfilling', step: null, isBusy: true, hold: 'paused' },
      'refused not-possible-now',
    ],
  ];
  for (const [text, changes, expected] of rows) {
    const situation = { places: [placeWith(rolloutAt(changes))], debts: [] };
    assert.equal(decided(text, { situation }), expected, `${text} ${JSON.stringify(changes)}`);
  }
});

test('a command that could mean several services does nothing', () => {
  const till = { ...underWay, service: 'till' };
  const situation = { places: [underWay, till], debts: [] };
  assert.equal(decided('abort', { situation }), 'refused place-ambiguous');
  assert.equal(decided('abort --service till', { situation }), 'execute permitted');
  assert.equal(
    decided('abort', { situation: { places: [underWay, { ...settled, service: 'till' }], debts: [] } }),
    'execute permitted',
  );
  assert.equal(decided('abort', { situation: { places: [], debts: [] } }), 'refused nothing-deployed');
});

test('a lock is taken only from a process that is provably gone', () => {
  const lock = {
    user: 'deploy',
    host: 'one',
    processId: 7,
    since: at,
    doing: 'evenkeel deploy',
    isGone: false,
  };
  const held = placeWith(rolloutAt(), { lock });
  assert.equal(decided('unlock', { situation: { places: [held], debts: [] } }), 'refused lock-held');
  const gone = placeWith(rolloutAt(), { lock: { ...lock, isGone: true } });
  assert.equal(
    decided('unlock', { situation: { places: [gone], debts: [] } }),
    'await-confirmation needs-second-person',
  );
});

test('somebody at a terminal whom the policy does not name may stop and ask', () => {
  const rows: [string, string][] = [
    ['abort', 'execute permitted'],
    ['pause', 'execute permitted'],
    ['promote', 'await-confirmation needs-second-person'],
    ['confirm 0123456789ab', 'refused digest-unknown'],
    ['break-glass the database is down', 'refused not-permitted'],
  ];
  for (const [text, expected] of rows) {
    assert.equal(decided(text, { requester: someone, origin: terminal }), expected, text);
  }
});

test('who says who may use a command, and only widens what stops', () => {
  const who = { roles: ['admin'], teams: ['acme/oncall'], users: [] };
  const strict = { ...policy, who: { ...policy.who, resume: who, abort: who } };
  const paused = { places: [placeWith(rolloutAt({ hold: 'paused' }))], debts: [] };
  const oncall = person(105, 'olga', { role: 'read', teams: ['Acme/OnCall'] });
  const rows: [string, Requester, string][] = [
    ['resume', ada, 'refused not-permitted'],
    ['resume', oncall, 'execute permitted'],
    ['resume', { ...ada, role: 'admin' }, 'execute permitted'],
    ['abort', ada, 'execute permitted'],
    ['abort', oncall, 'execute permitted'],
    ['abort', rita, 'refused not-permitted'],
  ];
  for (const [text, requester, expected] of rows) {
    assert.equal(
      decided(text, { requester, policy: strict, situation: paused }),
      expected,
      `${text} ${requester.login}`,
    );
  }
  const nobody = { ...policy, who: {} };
  assert.equal(decided('break-glass the database is down', { policy: nobody }), 'refused not-permitted');
});

test('help says what this person may do now, and why not the rest', () => {
  const situation = { places: [underWay], debts: [] };
  const may = (requester: Requester) =>
    Object.fromEntries(
      commandsFor(requester, situation, policy).map((row) => [row.form.split(' ')[0] ?? '', row.may]),
    );
  assert.deepEqual(may(ada), {
    status: 'now',
    approve: 'now',
    promote: 'with-a-second-person',
    pause: 'now',
    resume: 'no',
    abort: 'now',
    rollback: 'now',
    failback: 'no',
    retry: 'no',
    unlock: 'no',
    'break-glass': 'with-a-second-person',
    confirm: 'now',
    help: 'now',
  });
  assert.equal(may(rita)['abort'], 'no');
  assert.equal(may(someone)['abort'], 'now');
  assert.equal(may(someone)['promote'], 'no');
  assert.ok(commandsFor(robot, situation, policy).every((row) => row.may === 'no'));
  assert.ok(commandsFor(rita, situation, policy).every((row) => row.detail !== ''));
});

test('with no place named, a train is paused and resumed as a whole, and never promoted as one', () => {
  const train = { id: '7', name: 'storefront', members: 3 };
  const member = (environment: string, changes: Parameters<typeof rolloutAt>[0]) =>
    placeWith(rolloutAt({ id: `12-${environment}`, train, ...changes }), { environment });
  const box = member('box', { phase: 'baking', step: null, judgement: 'pass' });
  const north = member('north', {});
  const south = member('south', { phase: 'planned', step: null, message: 'planned' });
  const situation = { places: [box, north, south], debts: [] };
  const { decision, plan, effect } = decideCommand(inputOf('pause', { situation }));
  assert.equal(decision, 'execute');
  assert.ok(effect?.kind === 'steer' && effect.isWholeTrain === true);
  assert.match(
    plan?.words.join('; ') ?? '',
    /^told to pause: 2 of 3 places of train 7 \(storefront\); .*box.*north.*south is not/,
  );
  const rows: [string, CommandInput['situation'], string][] = [
    ['resume', situation, 'refused not-possible-now'],
    ['promote', situation, 'refused place-ambiguous'],
    ['pause --service shop', situation, 'refused place-ambiguous'],
    ['pause --environment north', situation, 'execute permitted'],
    ['resume', { places: [member('box', { hold: 'paused' }), north], debts: [] }, 'execute permitted'],
    // Something else is under way as well, so nobody knows what is meant.
    [
      'pause',
      { places: [box, north, { ...underWay, service: 'till' }], debts: [] },
      'refused place-ambiguous',
    ],
    ['pause', { places: [box, north, { ...settled, service: 'till' }], debts: [] }, 'execute permitted'],
  ];
  for (const [text, places, expected] of rows)
    assert.equal(decided(text, { situation: places }), expected, text);
  const one = decideCommand(inputOf('pause --environment north', { situation })).effect;
  assert.ok(one?.kind === 'steer' && one.isWholeTrain === undefined);
  assert.match(
    decideCommand(inputOf('promote', { situation })).message,
    /past the judge in one place of train 7/,
  );
});
