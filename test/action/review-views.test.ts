/** What reviewers see of a review: Markdown made from real decisions, and what hostile text becomes in it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { approvalMarkdown } from '../../action/github/approval-markdown.ts';
import { gatesOf } from '../../action/github/gate-view.ts';
import { reviewMarkdown } from '../../action/github/publish-review.ts';
import { verdictOf } from '../../action/github/review-pull.ts';
import type { ReviewResult } from '../../action/github/review-result.ts';
import type { CheckOutcome } from '../../action/commands/run-check.ts';
import type { Finding } from '../../analyzers/finding.ts';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { fillPolicy } from '../../policies/policy-file/fill-policy.ts';
import { decide } from '../../policies/verdict.ts';

const head = 'b'.repeat(40);
const at = '2026-01-05T08:00:00.000Z';
const filled = fillPolicy(
  { version: 1, services: { shop: { paths: ['shop/**'] } }, approval: { required: 1 } },
  'evenkeel.yml',
);
assert.ok(filled.ok);
const { policy } = filled;

function evidenceOf(events: EvidenceEvent[], peer = 'bo'): ApprovalEvidence {
  return {
    directory: {
      users: {
        ola: { id: 1, type: 'User', role: 'write' },
        [peer]: { id: 2, type: 'User', role: 'write' },
        eve: { id: 3, type: 'User', role: 'read' },
      },
      teams: {},
    },
    pull_request: {
      number: 7,
      author: 'ola',
      head_sha: head,
      commits: [{ sha: head, author: 'ola', committer: 'ola', pushed_by: 'ola', parents: [] }],
      changed_files: [{ path: 'shop/a.json' }],
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: null,
    },
    events: [{ type: 'push', head, at: '2026-01-05T07:00:00Z', by: 'ola' }, ...events],
  };
}

function review(by: string, state: string): EvidenceEvent {
  return { type: 'review', by, state, commit_id: head, at: '2026-01-05T07:30:00Z' };
}

function finding(level: Finding['level'], path: string, message = 'wrong'): Finding {
  return { ruleId: 'config/check-syntax', level, message, remedy: 'Correct it.', path, fingerprint: path };
}

function resultOf(
  events: EvidenceEvent[],
  findings: Finding[] = [],
  options: { peer?: string; isBaseGuarded?: boolean; leftOut?: string[] } = {},
): ReviewResult {
  const outcome: CheckOutcome = {
    policy,
    isAdoption: false,
    verdict: decide({ findings, unclaimed: [], unclaimedPolicy: 'allow', isAdoption: false }),
    findings,
    claims: [],
    unclaimed: [],
    base: 'a'.repeat(40),
    head,
    changedPaths: 1,
    leftOut: options.leftOut ?? [],
  };
  const check = { outcome };
  const approval = { outcome: decideApproval(evidenceOf(events, options.peer), policy.approval, at) };
  const pull = {
    number: 7,
    headCommit: head,
    baseBranch: 'main',
    isBaseGuarded: options.isBaseGuarded ?? true,
  };
  return { pull, at, check, approval, verdict: verdictOf(check, approval) };
}

const conclusionsOf = (result: ReviewResult): string[] => gatesOf(result).map(({ conclusion }) => conclusion);

describe('conclusions', () => {
  const unproven: Finding = { ...finding('warning', 'shop/a.json'), proof: 'unproven' };
  const table: [string, ReviewResult, string[]][] = [
    ['nobody has looked', resultOf([]), ['success', 'action_required']],
    ['a peer approved', resultOf([review('bo', 'APPROVED')]), ['success', 'success']],
    ['the author approved', resultOf([review('ola', 'APPROVED')]), ['success', 'action_required']],
    [
      'somebody without the role approved',
      resultOf([review('eve', 'APPROVED')]),
      ['success', 'action_required'],
    ],
    ['a peer asks for changes', resultOf([review('bo', 'CHANGES_REQUESTED')]), ['success', 'failure']],
    [
      'an error, approved',
      resultOf([review('bo', 'APPROVED')], [finding('error', 'a')]),
      ['failure', 'success'],
    ],
    [
      'something unproven waits for the second look',
      resultOf([], [unproven]),
      ['action_required', 'action_required'],
    ],
    ['and has had it', resultOf([review('bo', 'APPROVED')], [unproven]), ['success', 'success']],
    [
      'a base that nobody protects',
      resultOf([review('bo', 'APPROVED')], [], { isBaseGuarded: false }),
      ['action_required', 'action_required'],
    ],
    [
      'reviews that could not be read',
      {
        ...resultOf([]),
        approval: { failure: { reasonCode: 'github-failed', message: 'GitHub answered 500' } },
      },
      ['success', 'failure'],
    ],
  ];
  for (const [what, result, expected] of table)
    test(what, () => assert.deepEqual(conclusionsOf(result), expected));

  test('waiting is never what a branch rule is content with', () => {
    for (const [, result] of table)
      for (const gate of gatesOf(result))
        assert.ok(['success', 'failure', 'action_required'].includes(gate.conclusion));
  });
});

test('what is missing is said first, with who can give it; then what did not count, and the tree', () => {
  const result = resultOf([review('ola', 'APPROVED'), review('eve', 'APPROVED')]);
  assert.ok('outcome' in result.approval);
  assert.equal(
    approvalMarkdown(result.approval.outcome, 10_000),
    `### Approval: Waiting for approval

bbbbbbbbbbbb needs the approval of one peer and has none

**Still needed**

- bbbbbbbbbbbb needs the approval of one peer and has none (can give it: bo; or someone with the role write, maintain or admin)

About bbbbbbbbbbbb; reason code approvals-missing

**Does not count**

- eve: the account has none of the roles that the policy asks for
- ola: who made the change does not approve it

**How it was decided**

- ❌ approval: bbbbbbbbbbbb needs the approval of one peer and has none
  - ✅ every commit is known: holds
  - ✅ every changed path is known: holds
  - ✅ everyone who made it is known: holds
  - ✅ nobody asks for changes: holds
  - ✅ it is ready for review: holds
  - ❌ one peer approved the head: bbbbbbbbbbbb needs the approval of one peer and has none`,
  );
});

test('the first line of the comment is the verdict on everything, and not what the check alone says', () => {
  const table: [ReviewResult, RegExp][] = [
    [resultOf([]), /^### Evenkeel: Waiting for approval\n\nb{12} needs the approval of one peer/],
    [resultOf([review('bo', 'CHANGES_REQUESTED')]), /^### Evenkeel: Blocked\n\nbo asked for changes/],
    [resultOf([review('bo', 'APPROVED')]), /^### Evenkeel: Allowed\n/],
    [resultOf([review('bo', 'APPROVED')], [finding('error', 'a')]), /^### Evenkeel: Blocked\n/],
    [
      resultOf([review('bo', 'APPROVED')], [], { isBaseGuarded: false }),
      /^### Evenkeel: No success for a branch that no rule protects\n/,
    ],
  ];
  for (const [result, first] of table) assert.match(reviewMarkdown(result, 50_000), first);
});

test('the comment and the check runs say the same, for they are made from one value', () => {
  const result = resultOf([], [finding('error', 'shop/a.json')], { leftOut: ['shop: npm test'] });
  const comment = reviewMarkdown(result, 50_000);
  for (const { summary } of gatesOf(result))
    for (const line of summary.split('\n')) assert.ok(comment.includes(line), line);
  assert.match(comment, /Not run here.*npm test/);
});

test('names, logins and messages of strangers stay words, in every view', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      '@bo',
      '<!-- evenkeel:end review -->',
      '![x](https://x.example)',
      '| a | b |',
      '</details>',
      '`x`',
      '# x',
      '[x](y)',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  );
  fc.assert(
    fc.property(hostile, hostile, (path, login) => {
      const named = ['ola', 'eve', '__proto__'].includes(login.toLowerCase()) ? 'bo' : login;
      const result = resultOf([review(named, 'CHANGES_REQUESTED')], [finding('error', path, path)], {
        peer: named,
        leftOut: [path],
      });
      const comment = reviewMarkdown(result, 50_000);
      // Our own comments are the only HTML there is.
      assert.doesNotMatch(comment.replaceAll('<!-- -->', '').replaceAll('<br>', ''), /[<>]/);
      assert.doesNotMatch(comment, /@/);
      assert.doesNotMatch(comment, /:\/\/|(?<!\\)!\[/);
    }),
  );
});

test('limits: a summary, a comment, annotations', () => {
  const many = Array.from({ length: 3000 }, (_, index) =>
    finding('error', `shop/é${index}.json`, 'ü'.repeat(300)),
  );
  const result = resultOf([], many);
  const [check] = gatesOf(result);
  assert.ok(check !== undefined && check.summary.length <= 65_535);
  assert.equal(check.annotations.length, 500);
  assert.match(check.summary, /more findings do not fit here/);
  assert.ok(Buffer.byteLength(reviewMarkdown(result, 50_000)) <= 50_000);
});
