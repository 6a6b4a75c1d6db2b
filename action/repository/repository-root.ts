import { execFileSync } from 'node:child_process';
import { inputFailure } from '../../stacks/failure.ts';

/** The root of the git repository that a directory lies in; fails when it lies in none, or git is missing. */
export function repositoryRoot(directory: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--show-toplevel'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw inputFailure('git-missing', 'git is not installed, or not on PATH; install it');
    }
    throw inputFailure(
      'not-a-repository',
      `${directory} is not in a git repository; go to one, or make one with \`git init\``,
    );
  }
}
