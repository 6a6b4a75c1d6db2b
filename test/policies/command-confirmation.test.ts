/** What a second person confirms, and what voids it. Each row is a hole that a tool in use has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandInput, Recheck } from '../../policies/command/command-decision.ts';
import type { PendingCommand } from '../../policies/command/command-log.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import { findVoided } from '../../policies/command/check-pending.ts';
import type { Requester } from '../../policies/command/requester.ts';
import {
  ada,
  at,
  candidate,
  grace,
  inputOf,
  originOf,
  person,
  placeWith,
  rita,
  robot,
  rolloutAt,
  someone,
  stable,
  underWay,
} from '../support/command-input.ts';

function decided(text: string, changes: Partial<CommandInput> = {}): string {
  const { decision, reasonCode } = decideCommand(inputOf(text, changes));
  return `${decision} ${reasonCode}`;
}

const terminal = originOf('', { door: 'terminal', id: 'terminal:1' });

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
