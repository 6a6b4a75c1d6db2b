import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Debt } from '../../policies/command/break-glass.ts';
import { decideGates } from '../../policies/gates/decide-gates.ts';
import type { GateEvidence } from '../../policies/gates/gate-evidence.ts';
import type { EnvironmentPolicy, FreezeWindow } from '../../policies/gates/gate-policy.ts';
import { readGateEvidence } from '../../policies/gates/read-gate-evidence.ts';
import { commit, evidenceOf } from '../support/approval-evidence.ts';

const alice = { id: 1, login: 'alice' };
const bob = { id: 2, login: 'bob' };
const carol = { id: 3, login: 'carol' };

const evidence: GateEvidence = {
  moment: 'start',
  change: { commit: 'abcdef0123456789', labels: [], kinds: ['code'] },
  errorBudget: null,
  debts: [],
  people: { actors: [carol], approvers: [bob], makers: [alice] },
  breakGlass: null,
};

const christmas: FreezeWindow = {
  name: 'christmas',
  zone: 'Europe/Berlin',
  when: { kind: 'dated', from: '2026-12-20T18:00', to: '2027-01-04T08:00' },
  except: [],
  allow: { commits: ['abcdef012345'], labels: ['urgent'], kinds: ['config'] },
};
const strict: FreezeWindow = { ...christmas, name: 'strict', allow: { commits: [], labels: [], kinds: [] } };

const production: EnvironmentPolicy = {
  name: 'production',
  freeze: [],
  separateDuties: false,
  makersMayDeploy: true,
};
const inFreeze = '2026-12-24T12:00:00Z';

const debt: Debt = {
  sequence: 12,
  at: '2026-12-01T03:00:00.000Z',
  commit: 'fedcba9876543210',
  service: 'shop',
  environment: 'production',
  reason: 'the till is down',
  by: 'alice',
  confirmedBy: 'bob',
  personIds: [1, 2],
  digest: 'sha256:0123',
  usableUntil: '2026-12-01T04:00:00.000Z',
  isUsed: true,
};

test('a freeze says which window, until when, and what may pass it', () => {
  const frozen = decideGates(evidence, { ...production, freeze: [strict] }, inFreeze);
  assert.equal(frozen.decision, 'closed');
  assert.equal(frozen.reasonCode, 'frozen');
  assert.equal(frozen.gates[0]?.opensAt, '2027-01-04T07:00:00.000Z');
  assert.equal(
    frozen.message,
    'production is frozen: the window "strict" holds until 2027-01-04 08:00 Europe/Berlin (2027-01-04T07:00:00Z); what may pass it: a break-glass that a second person confirms',
  );
  const open = decideGates(evidence, { ...production, freeze: [strict] }, '2027-01-04T07:00:00Z');
  assert.equal(open.decision, 'open');
});

test('what a window lets pass: a commit, a label, or kinds when there are no others', () => {
  const policy = { ...production, freeze: [{ ...christmas }] };
  const rows: [name: string, change: GateEvidence['change'], decision: string][] = [
    ['a listed commit', { commit: 'abcdef0123456789', labels: null, kinds: ['code'] }, 'open'],
    ['another commit', { commit: 'bbcdef0123456789', labels: [], kinds: ['code'] }, 'closed'],
    ['a label', { commit: 'b', labels: ['urgent'], kinds: ['code'] }, 'open'],
    ['a label that only looks like it', { commit: 'b', labels: ['urgent '], kinds: ['code'] }, 'closed'],
    ['labels that nobody knows', { commit: 'b', labels: null, kinds: ['code'] }, 'closed'],
    ['a kind', { commit: 'b', labels: [], kinds: ['config'] }, 'open'],
    ['a kind and another', { commit: 'b', labels: [], kinds: ['code', 'config'] }, 'closed'],
    ['no kind at all', { commit: 'b', labels: [], kinds: [] }, 'closed'],
    ['no commit', { commit: '', labels: [], kinds: [] }, 'closed'],
  ];
  for (const [name, change, decision] of rows)
    assert.equal(decideGates({ ...evidence, change }, policy, inFreeze).decision, decision, name);
  const both = { ...production, freeze: [christmas, strict] };
  assert.equal(decideGates(evidence, both, inFreeze).decision, 'closed', 'the other window still holds');
});

test('separate duties: who approved or made the change neither starts nor promotes it, and unknown is no', () => {
  const apart = { ...production, separateDuties: true };
  const strictest = { ...apart, makersMayDeploy: false };
  const people = (changes: Partial<GateEvidence['people']>) => ({
    ...evidence,
    people: { ...evidence.people, ...changes },
  });
  const rows: [name: string, given: GateEvidence, policy: EnvironmentPolicy, reasonCode: string][] = [
    ['a third person', evidence, strictest, 'open'],
    ['the approver', people({ actors: [bob] }), apart, 'duties-not-separate'],
    ['the approver, where it is not asked for', people({ actors: [bob] }), production, 'open'],
    ['renamed', people({ actors: [{ id: 2, login: 'robert' }] }), apart, 'duties-not-separate'],
    ['the maker, who may', people({ actors: [alice] }), apart, 'open'],
    ['the maker, who may not', people({ actors: [alice] }), strictest, 'duties-not-separate'],
    ['two, of whom one approved', people({ actors: [carol, bob] }), apart, 'duties-not-separate'],
    ['nobody knows who', people({ actors: null }), apart, 'identity-unknown'],
    ['nobody', people({ actors: [] }), apart, 'identity-unknown'],
    [
      'a name without an account',
      people({ actors: [{ id: null, login: 'root' }] }),
      apart,
      'identity-unknown',
    ],
    ['approvers unknown', people({ approvers: null }), apart, 'identity-unknown'],
    [
      'an approver without an account',
      people({ approvers: [{ id: null, login: 'x' }] }),
      apart,
      'identity-unknown',
    ],
    ['makers unknown', people({ makers: null }), strictest, 'identity-unknown'],
  ];
  for (const [name, given, policy, reasonCode] of rows)
    assert.equal(decideGates(given, policy, inFreeze).reasonCode, reasonCode, name);
});

test('an open debt holds the next start, says who has to do what, and does not hold a rollout that has begun', () => {
  const indebted = { ...evidence, debts: [debt] };
  const held = decideGates(indebted, production, inFreeze);
  assert.equal(held.reasonCode, 'break-glass-debt');
  assert.match(held.message, /somebody who had no part in it has to look .* `break-glass close sha256:0123`/);
  assert.equal(decideGates({ ...indebted, moment: 'widen' }, production, inFreeze).decision, 'open');
});

test('a break-glass passes everything for its one commit, and says what it passed', () => {
  const frozen = { ...production, freeze: [strict] };
  const pass = { ...debt, commit: evidence.change.commit };
  const passed = decideGates({ ...evidence, breakGlass: pass }, frozen, inFreeze);
  assert.equal(passed.decision, 'open');
  assert.equal(passed.reasonCode, 'passed-by-break-glass');
  assert.match(
    passed.message,
    /^break-glass of alice, confirmed by bob \(the till is down\) passes what is closed: production is frozen/,
  );
  assert.equal(passed.gates[0]?.isOpen, false, 'the gate itself stays shown as it is');
  assert.equal(decideGates({ ...evidence, breakGlass: debt }, frozen, inFreeze).decision, 'closed');
});

test('a time that cannot be read freezes', () => {
  assert.equal(decideGates(evidence, production, 'soon').reasonCode, 'frozen');
});

test('who is who comes from the evidence: renamed accounts are one, what cannot be traced is unknown', () => {
  const read = (pull = {}) =>
    readGateEvidence({
      evidence: [evidenceOf([], pull)],
      approvers: ['Robert-B', 'stranger'],
      actors: [{ id: null, login: 'BOB' }],
    });
  const { people } = read();
  assert.deepEqual(people.actors, [{ id: 2, login: 'BOB' }]);
  assert.deepEqual(
    people.approvers?.map(({ id }) => id),
    [2, null],
  );
  assert.deepEqual(
    people.makers?.map(({ id }) => id),
    [1],
  );
  assert.equal(read({ commits: [commit('c1', { author: null })] }).people.makers, null);
  assert.deepEqual(read({ labels: ['urgent'] }).labels, ['urgent']);
  assert.equal(read().labels, null);
  const other = evidenceOf([], { labels: ['urgent', 'small'] });
  const shared = readGateEvidence({
    evidence: [other, evidenceOf([], { labels: ['small'] })],
    approvers: [],
    actors: [],
  });
  assert.deepEqual(shared.labels, ['small'], 'one pull request does not carry another past a freeze');
});
