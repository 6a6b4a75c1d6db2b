import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const author = { login: 'ada', id: 101, email: 'ada@example.com' };
export const reviewer = { login: 'grace', id: 102, email: 'grace@example.com' };

export interface Commit {
  sha: string;
  paths: string[];
}

/** A git repository that only the demo knows; its commits are made by one author at fixed, ascending times. */
export interface ShopRepository {
  directory: string;
  commit(message: string, files: Record<string, string>): Commit;
  /**
   * Writes the evidence of a review by a peer on exactly this commit, and of every commit that was asked about before, each
   * as a pull request of its own; returns the file's path.
   */
  writeEvidence(commit: Commit, isApproved: boolean): string;
}

export function createShopRepository(directory: string): ShopRepository {
  mkdirSync(directory, { recursive: true });
  git(directory, ['init', '--quiet', '--initial-branch=main']);
  const pulls = new Map<string, { commit: Commit; isApproved: boolean }>();
  return {
    directory,
    commit(message, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(directory, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      git(directory, ['add', '--all']);
      git(directory, ['commit', '--quiet', '--message', message]);
      return { sha: git(directory, ['rev-parse', 'HEAD']), paths: Object.keys(files) };
    },
    writeEvidence(commit, isApproved) {
      const file = join(directory, '..', `evidence-${commit.sha.slice(0, 12)}.json`);
      pulls.set(commit.sha, { commit, isApproved });
      const evidence = [...pulls.values()].map((pull, index) =>
        evidenceOf(index + 1, pull.commit, pull.isApproved),
      );
      writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
      return file;
    },
  };
}

function evidenceOf(number: number, commit: Commit, isApproved: boolean): unknown {
  const at = '2026-01-05T10:00:00Z';
  return {
    directory: {
      users: {
        [author.login]: { id: author.id, type: 'User', role: 'write' },
        [reviewer.login]: { id: reviewer.id, type: 'User', role: 'write' },
      },
      teams: {},
    },
    pull_request: {
      number,
      author: author.login,
      draft: false,
      base_ref: 'main',
      head_sha: commit.sha,
      commits: [
        {
          sha: commit.sha,
          author: author.login,
          committer: author.login,
          co_authors: [],
          pushed_by: author.login,
          pushed_at: at,
          parents: [],
          verified: false,
          via_web: false,
          clean_merge: false,
        },
      ],
      changed_files: commit.paths.map((path) => ({ path, status: 'modified' })),
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: [],
      policy_changed_in_pr: false,
    },
    events: isApproved
      ? [
          {
            type: 'review',
            by: reviewer.login,
            state: 'APPROVED',
            commit_id: commit.sha,
            at: '2026-01-05T11:00:00Z',
          },
        ]
      : [],
  };
}

function git(directory: string, args: string[]): string {
  return execFileSync(
    'git',
    [
      '-c',
      `user.name=${author.login}`,
      '-c',
      `user.email=${author.email}`,
      '-c',
      'commit.gpgsign=false',
      ...args,
    ],
    { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  ).trim();
}
