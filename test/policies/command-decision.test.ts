/** Who may do what, and what a second person confirms. Each row is a hole that a tool in use has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandInput, Recheck } from '../../policies/command/command-decision.ts';
import type { PendingCommand } from '../../policies/command/command-log.ts';
import { commandsFor } from '../../policies/command/commands-for.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import { findVoided } from '../../policies/command/check-pending.ts';
import type { Requester } from '../../policies/command/requester.ts';
import {
  ada,
  at,
  candidate,
  grace,
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
    ['failback', ada, 'refused rollout-under-way'],
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
    ['failback', 'refused failback-not-available'],
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

/** A risky command as the log has it, and a confirmation of it. */
function askedFor(
  text: string,
  changes: Partial<CommandInput> = {},
): { pending: PendingCommand; recheck: Recheck } {
  const input = inputOf(text, changes);
  const decision = decideCommand(input);
  assert.equal(decision.decision, 'await-confirmation', decision.message);
  assert.ok(input.command.ok && decision.plan !== null && input.requester !== null);
  const pending: PendingCommand = {
    sequence: 5,
    origin: input.origin,
    command: input.command.command,
    by: input.requester,
    digest: decision.digest ?? '',
    plan: decision.plan,
    askedAt: input.at,
    expiresAt: decision.expiresAt ?? '',
  };
  const headCommit = input.origin.headCommit ?? null;
  return { pending, recheck: { requester: input.requester, text: 'unchanged', headCommit } };
}

interface Confirming {
  by?: Requester;
  recheck?: Partial<Recheck>;
  changes?: Partial<CommandInput>;
  digits?: number;
}

function confirming({ by = grace, recheck = {}, changes = {}, digits = 19 }: Confirming, text = 'promote') {
  const asked = askedFor(text);
  const words = `confirm ${asked.pending.digest.slice(0, digits)}`;
  return decideCommand(
    inputOf(words, {
      requester: by,
      origin: originOf(words, { id: 'comment:2' }),
      pending: [asked.pending],
      rechecks: { 'comment:1': { ...asked.recheck, ...recheck } },
      at: '2026-03-02T10:14:59.999Z',
      ...changes,
    }),
  );
}

test('a different person who types the digest in time has it done', () => {
  const decision = confirming({});
  assert.equal(decision.decision, 'execute', decision.message);
  assert.equal(decision.reasonCode, 'confirmed');
  assert.deepEqual(decision.effect, {
    kind: 'steer',
    command: 'promote',
    rollout: '12',
    service: 'shop',
    environment: 'production',
  });
  assert.equal(decision.confirms?.by.login, 'ada');
  assert.equal(confirming({ digits: 71 }).decision, 'execute');
});

test('everything else is refused, and says why', () => {
  const moved = (changes: Parameters<typeof rolloutAt>[0]) => ({
    changes: { situation: { places: [placeWith(rolloutAt(changes))], debts: [] } },
  });
  const rows: [string, Confirming, string, boolean][] = [
    ['the same person', { by: ada }, 'same-person', false],
    ['the same person under a new name', { by: { ...ada, login: 'ada2' } }, 'same-person', false],
    [
      'the same login in other letters, without a number',
      { by: { ...ada, id: null, login: 'ADA', identity: 'policy' } },
      'same-person',
      false,
    ],
    [
      'a name without a number',
      { by: { ...grace, id: null, identity: 'policy' } },
      'identity-unclear',
      false,
    ],
    ['a bot', { by: robot }, 'not-a-person', false],
    ['somebody who may only read', { by: rita }, 'not-permitted', false],
    [
      'an edited confirmation',
      { changes: { origin: originOf('confirm', { id: 'comment:2', editedAt: at }) } },
      'edited',
      false,
    ],
    ['too late', { changes: { at: '2026-03-02T10:15:00.000Z' } }, 'expired', true],
    ['a clock that cannot be read', { changes: { at: 'soon' } }, 'expired', true],
    ['what was asked was edited', { recheck: { text: 'edited' } }, 'asked-edited', true],
    ['what was asked was deleted', { recheck: { text: 'deleted' } }, 'asked-deleted', true],
    ['what was asked cannot be read', { recheck: { text: 'unknown' } }, 'asked-unreadable', false],
    ['nobody looked again', { changes: { rechecks: {} } }, 'asked-unreadable', false],
    ['the head moved', { recheck: { headCommit: '4'.repeat(40) } }, 'situation-moved', true],
    ['who asked is gone', { recheck: { requester: null } }, 'asked-not-permitted', true],
    [
      'who asked lost the role',
      { recheck: { requester: { ...ada, role: 'read' } } },
      'asked-not-permitted',
      true,
    ],
    [
      'another account has the name',
      { recheck: { requester: { ...ada, id: 999 } } },
      'situation-moved',
      true,
    ],
    ['the step moved', moved({ step: 1, candidateBasisPoints: 5000 }), 'situation-moved', true],
    ['the judgement moved', moved({ judgement: 'fail' }), 'situation-moved', true],
    ['another rollout', moved({ id: '13' }), 'situation-moved', true],
    ['it is over', moved({ phase: 'rolled-back', isUnderWay: false }), 'situation-moved', true],
    ['eleven digits', { digits: 18 }, 'not-a-digest', false],
    ['nothing waits', { changes: { pending: [] } }, 'digest-unknown', false],
  ];
  for (const [name, confirmation, reasonCode, isVoid] of rows) {
    const decision = confirming(confirmation);
    assert.equal(`${decision.decision} ${decision.reasonCode}`, `refused ${reasonCode}`, name);
    assert.equal(decision.effect, null, name);
    assert.equal(decision.voids.length, isVoid ? 1 : 0, name);
  }
});

test('what an unknown account asked for, nobody can confirm', () => {
  const asked = askedFor('promote', { requester: someone, origin: terminal });
  const decision = decideCommand(
    inputOf(`confirm ${asked.pending.digest}`, {
      requester: grace,
      pending: [asked.pending],
      rechecks: { 'terminal:1': asked.recheck },
    }),
  );
  assert.equal(decision.reasonCode, 'asked-by-nobody');
});

test('a digest is for one plan, one person and one place where it was asked', () => {
  const digest = (changes: Partial<CommandInput>) => decideCommand(inputOf('promote', changes)).digest;
  const digests = [
    digest({}),
    digest({ requester: grace }),
    digest({ origin: originOf('promote', { id: 'comment:9' }) }),
    digest({ origin: originOf('promote', { headCommit: '4'.repeat(40) }) }),
    digest({ situation: { places: [placeWith(rolloutAt({ id: '13' }))], debts: [] } }),
  ];
  assert.equal(new Set(digests).size, digests.length);
  assert.equal(
    digest({ requester: { ...ada, login: 'renamed' } }),
    digests[0],
    'a rename is the same person',
  );
});

test('what waits and is void is found before anybody tries to confirm it', () => {
  const { pending, recheck } = askedFor('promote');
  const find = (changes: Partial<Recheck>) =>
    findVoided({
      ...inputOf('status'),
      pending: [pending],
      rechecks: { 'comment:1': { ...recheck, ...changes } },
    }).map(({ reasonCode }) => reasonCode);
  assert.deepEqual(find({}), []);
  assert.deepEqual(find({ text: 'edited' }), ['asked-edited']);
  assert.deepEqual(find({ text: 'unknown' }), []);
});

test('break-glass: named people, two of them, one commit; a third one closes it', () => {
  const text = 'break-glass the payment provider is down';
  const { pending } = askedFor(text);
  assert.equal(pending.plan.inputs['commit'], candidate.commit);
  assert.equal(confirming({}, text).decision, 'execute');
  assert.equal(confirming({ by: person(106, 'hedy') }, text).reasonCode, 'not-permitted');
  // At a terminal, named without a number: after a rename nobody could say that the reviewer is somebody else.
  const unnumbered: Requester = { ...person(0, 'grace'), id: null, role: null, identity: 'policy' };
  assert.equal(decided(text, { requester: unnumbered, origin: terminal }), 'refused identity-unclear');
  assert.equal(
    decided(`${text} --commit ${stable.commit}`, { requester: { ...unnumbered, id: 102 }, origin: terminal }),
    'await-confirmation needs-second-person',
  );
  const late = { changes: { at: '2026-03-02T09:58:59.000Z' } };
  assert.equal(confirming(late, text).reasonCode, 'clock-behind');
  const debt = {
    sequence: 9,
    at,
    commit: candidate.commit,
    service: 'shop',
    environment: 'production',
    reason: 'down',
    by: 'ada',
    confirmedBy: 'grace',
    personIds: [101, 102],
    digest: pending.digest,
    usableUntil: at,
    isUsed: true,
  };
  const makers = { [candidate.commit]: { ids: [107], logins: ['mary'], hasUnknown: false } };
  const close = (requester: Requester, changes: Partial<CommandInput> = {}) =>
    decided(`break-glass close ${pending.digest}`, {
      requester,
      situation: { places: [underWay], debts: [debt] },
      makers,
      ...changes,
    });
  assert.equal(close(person(106, 'hedy')), 'execute permitted');
  for (const by of [ada, grace, person(107, 'mary'), { ...ada, login: 'renamed' }]) {
    assert.equal(close(by), 'refused not-a-peer', by.login);
  }
  assert.equal(close(person(106, 'hedy'), { makers: {} }), 'refused not-a-peer');
  assert.equal(close(rita), 'refused not-permitted');
  assert.equal(
    close(person(106, 'hedy'), { situation: { places: [underWay], debts: [] } }),
    'refused debt-unknown',
  );
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
