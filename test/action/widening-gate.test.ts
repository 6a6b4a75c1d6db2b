/**
 * The question before every widening, on a real repository and with sources made of memory. What GitHub says is proved
 * elsewhere; that a rollout really stands still meanwhile, in `drive-rollout.test.ts` and in `test/acceptance`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createShopRepository, reviewer } from '../../action/demo/shop-repository.ts';
import { evidenceFile, type ApprovalSource } from '../../action/deployer/approval-source.ts';
import type { RolloutGuard } from '../../action/deployer/decide-guard.ts';
import { keptEvidence, rememberEvidence, type KeptEvidence } from '../../action/deployer/kept-evidence.ts';
import { openWideningGate } from '../../action/deployer/widening-gate.ts';
import type { Debt } from '../../policies/command/break-glass.ts';
import { environmentNamed } from '../../policies/gates/gate-policy.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { assessBudget, type BudgetQuestion } from '../../action/slo/assess-start.ts';
import { loadPolicy } from '../../policies/policy-file/load-policy.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policyText = `version: 1
services: { shop: { paths: [shop/**] } }
approval: { required: 1 }
environments:
  production:
    separateDuties: true
    freeze: [{ name: christmas, zone: Europe/Berlin, from: 2026-12-20T18:00, to: 2027-01-04T08:00 }]
`;
const inFreeze = new Date('2026-12-24T12:00:00Z');
const after = new Date('2027-01-04T07:00:00Z');

/** A commit that grace approved, a guard under which it started, and a gate that can be asked. */
async function stage(context: TestContext, changes: Partial<RolloutGuard> = {}) {
  const loaded = loadPolicy(policyText, 'evenkeel.yml');
  assert.ok(loaded.ok);
  const shop = createShopRepository(join(temporaryDirectory(context), 'shop'));
  shop.commit('Adopt', { 'evenkeel.yml': policyText });
  const commit = shop.commit('Open', { 'shop/server.js': '1;\n' });
  const approved = evidenceFile(shop.writeEvidence(commit, true));
  const { source, kept } = rememberEvidence(approved);
  await source.gatherFor?.(commit.sha);
  const guard: RolloutGuard = {
    approval: loaded.policy.approval,
    environment: environmentNamed(loaded.policy.environments, 'production'),
    stableCommit: null,
    kinds: ['code'],
    actor: { id: 103, login: 'lin' },
    evidence: kept(),
    approvers: [reviewer.login],
    breakGlass: null,
    isWayBack: false,
    ...changes,
  };
  const notes: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const budget: { now: StartDecision } = { now: await assessBudget(budgetQuestion, '', unread) };
  let now = after;
  const open = (asked: ApprovalSource | null, held = guard) =>
    openWideningGate({
      repository: shop.directory,
      commit: commit.sha,
      guard: held,
      source: asked,
      assess: () => Promise.resolve(budget.now),
      now: () => now,
      progress: (line) => lines.push(line),
      note: (inputs, evidence) => notes.push({ ...inputs, evidence }),
    });
  return { shop, commit, approved, guard, notes, lines, open, budget, setNow: (at: Date) => (now = at) };
}

/** An objective whose counters nobody can read. */
const budgetQuestion: BudgetQuestion = {
  slo: {
    name: 'shop-availability',
    objective: 0.999,
    windowSeconds: 2_592_000,
    indicator: { total: 'requests_total', part: 'bad', selector: 'requests_total{code="500"}' },
  },
  minimumRemaining: 0.2,
  canary: {
    stepBasisPoints: [1000],
    tickSeconds: 1,
    noDataSeconds: 10,
    alpha: 0.01,
    margin: { ratio: 1.1, slack: 0.01 },
  },
  server: null,
};
const unread = { env: {}, now: () => after, signal: new AbortController().signal };

test('the same answer is written down once, with the digest of what was read', async (context) => {
  const { approved, open, notes, setNow } = await stage(context);
  const gate = open(approved);
  assert.deepEqual(await gate.mayWiden(), { isOpen: true });
  await gate.mayWiden();
  setNow(inFreeze);
  const held = await gate.mayWiden();
  assert.ok(!held.isOpen && held.reasonCode === 'frozen', JSON.stringify(held));
  await gate.mayWiden();
  setNow(after);
  await gate.mayWiden();
  assert.deepEqual(
    notes.map(({ decision }) => decision),
    ['open', 'closed', 'open'],
  );
  assert.match(JSON.stringify(notes[0]?.['evidence']), /^\{"approval":"sha256:[0-9a-f]{64}"\}$/);
});

test('an approval that is taken back meanwhile holds the next step', async (context) => {
  const { shop, commit, approved, open } = await stage(context);
  const gate = open(approved);
  assert.deepEqual(await gate.mayWiden(), { isOpen: true });
  shop.writeEvidence(commit, false);
  const held = await gate.mayWiden();
  assert.ok(!held.isOpen && held.reasonCode === 'approvals-missing', JSON.stringify(held));
});

test('findings of the check count in every step as they did in the review: a high risk asks for two', async (context) => {
  const { approved, open, guard } = await stage(context);
  const approval = { ...guard.approval, required: 1, codeOwners: false, roles: ['write'], risk: { high: 2 } };
  const finding = { rule: 'config/value-forbidden', level: 'error', path: 'shop/config.json', waived: true };
  const ownCheck = { findings: [finding], isBlocked: false };
  const quiet = { ...ownCheck, findings: [] };
  assert.deepEqual(await open(approved, { ...guard, approval, ownCheck: quiet }).mayWiden(), {
    isOpen: true,
  });
  const held = await open(approved, { ...guard, approval, ownCheck }).mayWiden();
  assert.ok(!held.isOpen && held.reasonCode === 'approvals-missing', JSON.stringify(held));
});

test('without a source the evidence of the start counts, and it is said; the gates are asked all the same', async (context) => {
  const { open, lines, setNow, guard, commit } = await stage(context);
  const gate = open(null);
  assert.deepEqual(await gate.mayWiden(), { isOpen: true });
  assert.match(lines[0] ?? '', /evidence that was kept at the start/);
  setNow(inFreeze);
  assert.equal((await gate.mayWiden()).isOpen, false);
  const journalled = JSON.parse(JSON.stringify(guard.evidence)) as KeptEvidence[];
  const replayed = await keptEvidence(journalled).gatherFor?.(commit.sha);
  assert.deepEqual(replayed, guard.evidence[0]?.evidence, 'as the journal gives it back');
});

test('a source that cannot be read is a reason to stand still, and says which', async (context) => {
  const { open } = await stage(context);
  const down: ApprovalSource = {
    name: 'GitHub',
    gather: () => Promise.reject(effectFailure('github-unavailable', 'GitHub answers 502', true)),
  };
  await assert.rejects(open(down).mayWiden(), /GitHub answers 502/);
});

test('the error budget is asked before each step: spent or unreadable holds, and moving figures are no other answer', async (context) => {
  const { approved, open, guard, budget, notes } = await stage(context);
  assert.deepEqual(await open(approved).mayWiden(), { isOpen: true }, 'of a service without an objective');
  const gate = open(approved, { ...guard, budget: budgetQuestion });
  const unreadable = await gate.mayWiden();
  assert.ok(!unreadable.isOpen && unreadable.reasonCode === 'error-budget', JSON.stringify(unreadable));
  assert.match(unreadable.message, /the last 30 d are not known \(the policy names no Prometheus server\)/);
  const held = { ...budget.now, reasonCode: 'budget-spent' as const };
  budget.now = { ...held, message: '19 % of its error budget is left' };
  const spent = await gate.mayWiden();
  budget.now = { ...held, message: '18 % of its error budget is left' };
  assert.deepEqual(await gate.mayWiden(), spent);
  budget.now = { ...held, decision: 'start', reasonCode: 'within-budget', message: '21 % is left' };
  assert.deepEqual(await gate.mayWiden(), { isOpen: true });
  assert.deepEqual(
    notes.map(({ decision }) => decision),
    ['open', 'closed', 'closed', 'open'],
  );
});

test('a break-glass stands for a missing approval and closed gates, also while GitHub is down', async (context) => {
  const debt: Debt = {
    sequence: 3,
    at: '2026-12-24T11:00:00.000Z',
    commit: '',
    service: 'shop',
    environment: 'production',
    reason: 'the till is down',
    by: 'lin',
    confirmedBy: 'mo',
    personIds: [103, 104],
    digest: 'sha256:0123',
    usableUntil: '2026-12-24T13:00:00.000Z',
    isUsed: true,
  };
  const { open, guard, commit, notes, setNow } = await stage(context);
  setNow(inFreeze);
  const down: ApprovalSource = {
    name: 'GitHub',
    gather: () => Promise.reject(effectFailure('github-unavailable', 'GitHub answers 502', true)),
  };
  const pass = { ...guard, breakGlass: { ...debt, commit: commit.sha } };
  assert.deepEqual(await open(down, pass).mayWiden(), { isOpen: true });
  assert.equal(notes[0]?.['reasonCode'], 'passed-by-break-glass');
  assert.match(String(notes[0]['message']), /lin, confirmed by mo .* GitHub answers 502/);
  const other = { ...guard, breakGlass: { ...debt, commit: 'another' } };
  const refused = await open(null, other).mayWiden();
  assert.ok(!refused.isOpen && refused.reasonCode === 'frozen', 'it is for one commit');
});

test('a way back waits for nothing', async (context) => {
  const { open, guard, setNow } = await stage(context);
  setNow(inFreeze);
  assert.deepEqual(await open(null, { ...guard, isWayBack: true }).mayWiden(), { isOpen: true });
});

test('who approved may not promote where duties are separate, and neither may somebody unknown', async (context) => {
  const { open, guard } = await stage(context);
  const gate = open(null);
  assert.match(
    gate.refusePromotion(reviewer.login) ?? '',
    /grace approved the change and may not start or promote/,
  );
  assert.match(gate.refusePromotion('root') ?? '', /root is no known account/);
  assert.equal(gate.refusePromotion('ada'), null, 'who made it may, as the policy says nothing else');
  const together = { ...guard, environment: environmentNamed([], 'production') };
  assert.equal(open(null, together).refusePromotion(reviewer.login), null);
});
