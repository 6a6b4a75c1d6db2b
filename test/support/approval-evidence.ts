import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../policies/approval/evidence.ts';

export const policy = { required: 1, codeOwners: false, roles: ['write', 'maintain', 'admin'] };
export const at = '2026-01-05T12:00:00Z';

/** Alice made one commit, `c1`, which is the head; Bob and Carol may approve it. */
export function evidenceOf(
  events: EvidenceEvent[],
  pull: Partial<ApprovalEvidence['pull_request']> = {},
): ApprovalEvidence {
  return {
    directory: {
      users: {
        alice: { id: 1, type: 'User', role: 'write' },
        bob: { id: 2, type: 'User', role: 'write' },
        carol: { id: 3, type: 'User', role: 'maintain' },
        dave: { id: 4, type: 'User', role: 'read' },
        'helper[bot]': { id: 5, type: 'Bot', role: 'write' },
        'Robert-B': { id: 2, type: 'User', role: 'write' },
      },
      teams: { 'shop/database': ['carol', 'alice'] },
    },
    pull_request: {
      number: 7,
      author: 'alice',
      head_sha: 'c1',
      commits: [commit('c1')],
      changed_files: [{ path: 'src/main.js', status: 'modified' }],
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: [],
      ...pull,
    },
    events,
  };
}

export function commit(sha: string, parts: Partial<Commit> = {}): Commit {
  return {
    sha,
    author: 'alice',
    committer: 'alice',
    co_authors: [],
    pushed_by: 'alice',
    parents: ['b1'],
    ...parts,
  };
}

let clock = Date.UTC(2026, 0, 5, 10);

/** A review one minute after whatever was made before it. */
export function review(by: string | null, state = 'APPROVED', commitId = 'c1', parts = {}): EvidenceEvent {
  return { type: 'review', by, state, commit_id: commitId, at: tick(), ...parts };
}

export function push(head: string, by = 'alice'): EvidenceEvent {
  return { type: 'push', head, by, at: tick() };
}

function tick(): string {
  clock += 60_000;
  return new Date(clock).toISOString();
}
