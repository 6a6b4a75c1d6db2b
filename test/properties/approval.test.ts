/**
 * Random lives of a pull request beside a model that knows what each person has really looked at: no sequence of
 * pushes, merges, reviews, edits and dismissals approves content that no eligible peer approved, and what eligible
 * peers did approve is not withheld.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../policies/approval/evidence.ts';

interface Account {
  id: number;
  /** The same account may be seen under more than one login, as after a rename. */
  logins: [string, string];
  type: 'User' | 'Bot';
  role: 'read' | 'write' | 'admin';
}

type Action =
  | { kind: 'push'; by: number; author: number; coAuthor: number; isForced: boolean }
  | { kind: 'merge-base'; by: number }
  | { kind: 'review'; by: number; alias: 0 | 1; state: string; back: number; isEdited: boolean };

const people = 5;
const person = fc.nat({ max: people - 1 });

const accounts: fc.Arbitrary<Account[]> = fc.tuple(
  ...Array.from({ length: people }, (_, id) =>
    fc.record({
      id: fc.constant(100 + id),
      logins: fc.constant<[string, string]>([`person-${id}`, `Renamed-${id}`]),
      type: fc.constantFrom<Account['type']>('User', 'User', 'User', 'Bot'),
      role: fc.constantFrom<Account['role']>('read', 'write', 'write', 'admin'),
    }),
  ),
);

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      by: fc.constantFrom(0, 0, 0, 1, 2),
      author: fc.constantFrom(0, 0, 0, 1),
      coAuthor: fc.constantFrom(0, 0, 0, 3),
      isForced: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge-base' as const), by: person }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('review' as const),
      by: person,
      alias: fc.constantFrom<0 | 1>(0, 1),
      state: fc.constantFrom(
        'APPROVED',
        'APPROVED',
        'APPROVED',
        'CHANGES_REQUESTED',
        'DISMISSED',
        'COMMENTED',
      ),
      back: fc.constantFrom(0, 0, 0, 1, 2),
      isEdited: fc.constantFrom(false, false, false, true),
    }),
  },
);

const histories = fc.record({
  accounts,
  actions: fc.array(action, { minLength: 1, maxLength: 12 }),
  required: fc.integer({ min: 1, max: 2 }),
});

/** Lives through the actions, and says what GitHub would tell and whether the head is really approved. */
function live({ accounts, actions, required }: { accounts: Account[]; actions: Action[]; required: number }) {
  const account = (index: number) => {
    const found = accounts[index];
    assert.ok(found);
    return found;
  };
  const events: EvidenceEvent[] = [];
  let serial = 0;
  let commits: Commit[] = [];
  const heads: { sha: string; content: number }[] = [];
  const opinions = new Map<number, { state: string; content: number; isEdited: boolean }>();
  const at = () => new Date(Date.UTC(2026, 0, 1) + (serial += 1) * 1000).toISOString();

  const push = (by: number, parts: Partial<Commit>, content: number) => {
    const sha = `sha-${(serial += 1)}`;
    const login = account(by).logins[0];
    commits = [...commits, { sha, author: login, committer: login, pushed_by: login, ...parts }];
    heads.push({ sha, content });
    events.push({ type: 'push', head: sha, by: login, at: at() });
  };
  const first: Action = { kind: 'push', by: 0, author: 0, coAuthor: 0, isForced: false };
  for (const step of [first, ...actions]) {
    const head = heads.at(-1);
    if (step.kind === 'push') {
      if (step.isForced) commits = [];
      const author = account(step.author).logins[0];
      push(step.by, { author, committer: author, co_authors: [account(step.coAuthor).logins[1]] }, serial);
    } else if (step.kind === 'merge-base') {
      assert.ok(head);
      push(step.by, { clean_merge: true, parents: [head.sha, `base-${serial}`] }, head.content);
    } else {
      const seen = heads.at(-1 - step.back) ?? head;
      assert.ok(seen);
      const { id, logins } = account(step.by);
      const edit = step.isEdited ? { edited_at: at() } : {};
      events.push({
        type: 'review',
        by: logins[step.alias],
        state: step.state,
        commit_id: seen.sha,
        at: at(),
        ...edit,
      });
      // What was edited takes no objection back.
      const isStubborn = opinions.get(id)?.state === 'CHANGES_REQUESTED';
      if (step.state !== 'COMMENTED' && !(isStubborn && step.isEdited && step.state === 'APPROVED')) {
        opinions.set(id, { state: step.state, content: seen.content, isEdited: step.isEdited });
      }
    }
  }
  const head = heads.at(-1);
  assert.ok(head);
  const makers = new Set(
    commits
      .filter((commit) => commit.clean_merge !== true)
      .flatMap((commit) => [commit.author, commit.pushed_by, ...(commit.co_authors ?? [])]),
  );
  const able = accounts.filter(({ type, role }) => type === 'User' && role !== 'read');
  const peers = able.filter(({ id, logins }) => id !== 100 && !logins.some((login) => makers.has(login)));
  const approving = peers.filter(({ id }) => {
    const opinion = opinions.get(id);
    return opinion?.state === 'APPROVED' && opinion.content === head.content && !opinion.isEdited;
  });
  const isObjected = able.some(({ id }) => opinions.get(id)?.state === 'CHANGES_REQUESTED');
  const users: ApprovalEvidence['directory']['users'] = {};
  for (const { id, logins, type, role } of accounts)
    for (const login of logins) users[login] = { id, type, role };
  const evidence: ApprovalEvidence = {
    directory: { users, teams: {} },
    pull_request: {
      number: 1,
      author: 'person-0',
      head_sha: head.sha,
      commits,
      changed_files: [{ path: 'a' }],
      files_truncated: false,
      commits_truncated: false,
    },
    events,
  };
  return { evidence, isApproved: approving.length >= required && !isObjected };
}

const options = { numRuns: 2000 };

test('exactly what eligible peers approved is approved', () => {
  let approvals = 0;
  fc.assert(
    fc.property(histories, (history) => {
      const { evidence, isApproved } = live(history);
      const policy = { required: history.required, codeOwners: false, roles: ['write', 'admin'] };
      const outcome = decideApproval(evidence, policy, '2026-02-01T00:00:00Z');
      assert.equal(outcome.decision === 'approved', isApproved, outcome.message);
      if (isApproved) approvals += 1;
    }),
    options,
  );
  // A property that never sees an approval would prove nothing.
  assert.ok(approvals > options.numRuns / 50, `${approvals} approvals`);
});

test('leaving something out of the evidence never approves', () => {
  const cut = fc.constantFrom<Partial<ApprovalEvidence['pull_request']>>(
    { commits_truncated: true },
    { files_truncated: true },
    { author: null },
    { commits: [] },
    { head_sha: 'somewhere-else' },
  );
  fc.assert(
    fc.property(histories, cut, (history, missing) => {
      const { evidence } = live(history);
      const policy = { required: history.required, codeOwners: false, roles: ['write', 'admin'] };
      const less = { ...evidence, pull_request: { ...evidence.pull_request, ...missing } };
      assert.notEqual(decideApproval(less, policy, '2026-02-01T00:00:00Z').decision, 'approved');
    }),
  );
});
