/**
 * Random lives of a pull request beside a model that knows what each person has really looked at: no sequence of
 * pushes, merges, reviews, comments, edits, dismissals, renames, and changes of roles, teams and base approves content
 * that no eligible peer approved, and what eligible peers did approve is not withheld.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { histories, live, type Life } from '../support/pull-request-life.ts';

const at = '2026-02-01T00:00:00Z';
const lives = histories.map(live);

function decide({ policy }: Life, evidence: ApprovalEvidence) {
  return decideApproval(evidence, policy, at);
}

test('exactly what eligible peers approved is approved', () => {
  const numRuns = 20_000;
  let approvals = 0;
  fc.assert(
    fc.property(lives, (life) => {
      const outcome = decide(life, life.evidence);
      assert.equal(outcome.decision === 'approved', life.isApproved, outcome.message);
      assert.deepEqual(
        outcome.approvers.map((login) => login.replace('Renamed', 'person')).sort(),
        life.approving.toSorted(),
      );
      if (life.isApproved) approvals += 1;
    }),
    { numRuns },
  );
  // A property that never sees an approval would prove nothing.
  assert.ok(approvals > numRuns / 50, `${approvals} approvals`);
});

describe('what changes in the evidence without anybody approving never approves', () => {
  const numRuns = 2000;
  const never = (name: string, changed: fc.Arbitrary<(evidence: ApprovalEvidence) => ApprovalEvidence>) =>
    test(name, () => {
      fc.assert(
        fc.property(lives, changed, (life, change) => {
          if (decide(life, life.evidence).decision === 'approved') return;
          assert.notEqual(decide(life, change(life.evidence)).decision, 'approved');
        }),
        { numRuns },
      );
    });
  const isApproval = (event: EvidenceEvent) =>
    event.type === 'comment' || (event.type === 'review' && event.state === 'APPROVED');

  never(
    'an approval less',
    fc.nat().map((which) => (evidence) => {
      const approvals = evidence.events.filter(isApproval);
      const gone = approvals[which % Math.max(1, approvals.length)];
      return { ...evidence, events: evidence.events.filter((event) => event !== gone) };
    }),
  );
  never(
    'an approval by somebody unknown more',
    fc.constantFrom<string | null>(null, 'ghost', 'stranger', 'helper[bot]').map((by) => (evidence) => {
      const commit = evidence.pull_request.head_sha;
      const review: EvidenceEvent = { type: 'review', by, state: 'APPROVED', commit_id: commit, at };
      return { ...evidence, events: [...evidence.events, review] };
    }),
  );
});

test('who made it never approves, under whatever name', () => {
  const names = fc.constantFrom('person-0', 'PERSON-0', 'renamed-0');
  fc.assert(
    fc.property(lives, names, (life, by) => {
      const { evidence } = life;
      // An objection of their own could be taken back by it, so they have said nothing before.
      const others = evidence.events.filter(
        (event) => event.type !== 'review' || !/-0$/.test(event.by ?? ''),
      );
      const commit = evidence.pull_request.head_sha;
      const review: EvidenceEvent = { type: 'review', by, state: 'APPROVED', commit_id: commit, at };
      const before = decide(life, { ...evidence, events: others });
      const after = decide(life, { ...evidence, events: [...others, review] });
      assert.deepEqual([after.decision, after.approvers], [before.decision, before.approvers]);
    }),
    { numRuns: 2000 },
  );
});

describe('what is left out of the evidence', () => {
  const cut = fc.constantFrom<(evidence: ApprovalEvidence) => Partial<ApprovalEvidence['pull_request']>>(
    () => ({ commits_truncated: true }),
    () => ({ files_truncated: true }),
    () => ({ author: null }),
    () => ({ author: 'ghost' }),
    () => ({ commits: [] }),
    () => ({ head_sha: 'somewhere-else' }),
    () => ({ draft: true }),
    () => ({ state: 'closed' }),
    () => ({ base_changed_at: 'unreadable' }),
    ({ pull_request: { commits } }) => ({
      commits: commits.map((commit) => ({ ...commit, clean_merge: false, author: null })),
    }),
    ({ pull_request: { commits } }) => ({
      commits: commits.map((commit) => ({ ...commit, clean_merge: false, pushed_by: null })),
    }),
  );
  test('never approves', () => {
    fc.assert(
      fc.property(lives, cut, (life, missing) => {
        const { evidence } = life;
        const less = { ...evidence, pull_request: { ...evidence.pull_request, ...missing(evidence) } };
        assert.notEqual(decide(life, less).decision, 'approved');
      }),
      { numRuns: 2000 },
    );
  });

  test('and an empty directory has nobody in it', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const nobody = { ...life.evidence, directory: { users: {}, teams: {} } };
        assert.notEqual(decide(life, nobody).decision, 'approved');
      }),
    );
  });
});

test('the order in which events are listed does not matter, since the server dates them', () => {
  const shuffled = lives.chain((life) => {
    const { events } = life.evidence;
    return fc
      .shuffledSubarray(events, { minLength: events.length })
      .map((mixed): [Life, ApprovalEvidence] => [life, { ...life.evidence, events: mixed }]);
  });
  fc.assert(
    fc.property(shuffled, ([life, evidence]) => {
      assert.deepEqual(decide(life, evidence), decide(life, life.evidence));
    }),
    { numRuns: 1000 },
  );
});

test('events told twice say nothing new', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const twice = { ...life.evidence, events: life.evidence.events.flatMap((event) => [event, event]) };
      assert.equal(decide(life, twice).reasonCode, decide(life, life.evidence).reasonCode);
    }),
    { numRuns: 1000 },
  );
});
