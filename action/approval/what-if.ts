import type { ApprovalEvidence, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { readTime } from '../../policies/approval/timeline.ts';
import { nearestName } from '../../policies/policy-file/nearest-name.ts';
import { inputFailure, type Failure } from '../../stacks/failure.ts';

/**
 * The evidence as it would be after something else had happened now: `approve:LOGIN` and `dismiss:LOGIN` review the
 * head, `push:LOGIN` puts a commit on it. The directory says which role somebody has, so they have to be in it.
 */
export function supposeThat(evidence: ApprovalEvidence, what: string, at: string): ApprovalEvidence {
  const [, verb, written = ''] = /^(approve|dismiss|push):(.+)$/.exec(what) ?? [];
  if (verb === undefined) throw notSupposed(what);
  const by = loginIn(evidence, written);
  const { pull_request: pull, events } = evidence;
  const happenedAt = afterAll(evidence, at);
  if (verb !== 'push') {
    const state = verb === 'approve' ? 'APPROVED' : 'DISMISSED';
    const review: EvidenceEvent = { type: 'review', by, state, commit_id: pull.head_sha, at: happenedAt };
    return { ...evidence, events: [...events, review] };
  }
  // No commit can have this for its id.
  const sha = `what-if-${pull.commits.length}`;
  const made = { author: by, committer: by, co_authors: [], pushed_by: by, parents: [pull.head_sha] };
  return {
    ...evidence,
    pull_request: { ...pull, head_sha: sha, commits: [...pull.commits, { sha, ...made }] },
    events: [...events, { type: 'push', head: sha, by, at: happenedAt }],
  };
}

function notSupposed(what: string): Failure {
  return inputFailure(
    'usage',
    `--what-if takes approve:LOGIN, dismiss:LOGIN or push:LOGIN, and ${JSON.stringify(what)} is none of them`,
  );
}

function loginIn({ directory }: ApprovalEvidence, written: string): string {
  const logins = Object.keys(directory.users);
  const login = logins.find((known) => known.toLowerCase() === written.toLowerCase());
  if (login !== undefined) return login;
  const nearest = nearestName(written, logins);
  const hint = nearest === null ? 'name somebody who is in it' : `did you mean ${nearest}?`;
  const message = `the directory of the evidence has no ${JSON.stringify(written)}, so nobody knows which role they have; ${hint}`;
  throw inputFailure('login-unknown', message);
}

/** A second after everything that is known to have happened. */
function afterAll({ events, pull_request: pull }: ApprovalEvidence, at: string): string {
  const times = [at, pull.base_changed_at, ...events.map((event) => event.at)].map((time) => readTime(time));
  const latest = times.reduce<number>((last, time) => Math.max(last, time ?? 0), 0);
  return new Date(latest + 1000).toISOString();
}
