import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import type { IgnoredReasonCode } from '../../policies/approval/ignored.ts';
import type { ApprovalReasonCode } from '../../policies/approval/reason-codes.ts';
import { at, evidenceOf, policy, review } from './approval-evidence.ts';

export type ApprovalRow = [evidence: ApprovalEvidence, is: ApprovalReasonCode, ignored?: IgnoredReasonCode[]];

/** Rows by name, by what they are about. */
export type ApprovalTables = Record<string, Record<string, ApprovalRow>>;

type Users = ApprovalEvidence['directory']['users'];

/** The evidence with these accounts in the directory as well. */
export function withUsers(users: Users, evidence = evidenceOf([review('bob')])): ApprovalEvidence {
  const { directory } = evidence;
  return { ...evidence, directory: { ...directory, users: { ...directory.users, ...users } } };
}

/** An event at that second. */
export function atSecond(second: string, event: EvidenceEvent): EvidenceEvent {
  return { ...event, at: `2026-01-05T11:00:${second}` };
}

/** One test a row: the reason code, that only `approved` passes, and which events are ignored why. */
export function testApprovalTables(tables: ApprovalTables): void {
  for (const [title, rows] of Object.entries(tables)) {
    describe(title, () => {
      for (const [name, [evidence, is, ignored]] of Object.entries(rows)) {
        test(name, () => {
          const outcome = decideApproval(evidence, policy, at);
          assert.equal(outcome.reasonCode, is, outcome.message);
          assert.equal(outcome.decision === 'approved', is === 'approved');
          assert.equal(outcome.requirements.isMet, is === 'approved');
          assert.deepEqual(outcome.ignored.map(({ reason }) => reason).sort(), ignored?.toSorted() ?? []);
        });
      }
    });
  }
}
