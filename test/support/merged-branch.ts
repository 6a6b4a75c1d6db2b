import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { commitFiles, git } from './git-repository.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Files = Record<string, string>;

/** A repository with a default branch on which pull requests land; Ada makes them. */
export interface MergedBranch {
  directory: string;
  /** What is stable: the commit that everything starts from. */
  stable: string;
  /** A branch off `from` (default: main as it is) with one commit for each set of files; main stays. */
  branch(name: string, commits: readonly Files[], from?: string): { head: string; commits: string[] };
  /** Commits straight to main. */
  direct(files: Files): string;
  /** The merge commit of `head`, with more or other files in it than the merge gives where `extra` has some. */
  merge(head: string, extra?: Files): string;
  squash(head: string, extra?: Files): string;
  /** Each of the commits on its own on main, as a rebase does; returns the last one. */
  rebase(commits: readonly string[]): string;
}

export function mergedBranch(context: TestContext): MergedBranch {
  const directory = join(temporaryDirectory(context), 'repository');
  const stable = commitFiles(directory, 'start', {
    'a.txt': lines('a', 20),
    'b.txt': lines('b', 20),
    CODEOWNERS: '* @grace\n',
  });
  const finish = (message: string, extra: Files): string => {
    commitFiles(directory, message, extra);
    return git(directory, 'rev-parse', 'HEAD');
  };
  return {
    directory,
    stable,
    branch(name, commits, from = 'main') {
      git(directory, 'checkout', '--quiet', '-b', name, from);
      const made = commits.map((files, index) => commitFiles(directory, `${name} ${index + 1}`, files));
      git(directory, 'checkout', '--quiet', 'main');
      return { head: git(directory, 'rev-parse', name), commits: made };
    },
    direct: (files) => commitFiles(directory, 'straight to main', files),
    merge(head, extra = {}) {
      git(directory, 'merge', '--quiet', '--no-ff', '--no-commit', head);
      return finish('Merge pull request', extra);
    },
    squash(head, extra = {}) {
      git(directory, 'merge', '--quiet', '--squash', head);
      return finish('Squashed', extra);
    },
    rebase(commits) {
      git(directory, 'cherry-pick', '--allow-empty', ...commits);
      return git(directory, 'rev-parse', 'HEAD');
    },
  };
}

/** A text in which a change at one end does not touch the other. */
export function lines(word: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${word} ${index + 1}\n`).join('');
}

/** Ada's pull request with these commits; Grace approved its head unless nobody did. */
export function pullEvidence(
  number: number,
  { head, commits }: { head: string; commits: readonly string[] },
  approvedBy: string | null = 'grace',
): ApprovalEvidence {
  return {
    directory: {
      users: {
        ada: { id: 101, type: 'User', role: 'write' },
        grace: { id: 102, type: 'User', role: 'write' },
      },
      teams: {},
    },
    pull_request: {
      number,
      author: 'ada',
      head_sha: head,
      commits: commits.map((sha) => ({ sha, author: 'ada', committer: 'ada', pushed_by: 'ada' })),
      changed_files: [{ path: 'a.txt' }],
      files_truncated: false,
      commits_truncated: false,
    },
    events:
      approvedBy === null
        ? []
        : [
            {
              type: 'review',
              by: approvedBy,
              state: 'APPROVED',
              commit_id: head,
              at: '2026-01-05T11:00:00Z',
            },
          ],
  };
}
