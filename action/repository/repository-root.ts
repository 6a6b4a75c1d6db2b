import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { inputFailure } from '../../stacks/failure.ts';

/** The root of the git repository that a directory lies in; fails when it lies in none, or git is missing. */
export function repositoryRoot(directory: string): string {
  if (!existsSync(directory)) {
    throw inputFailure('directory-missing', `there is no directory ${directory}; name one that exists`);
  }
  try {
    return execFileSync('git', ['rev-parse', '--show-toplevel'], {
      cwd: directory,
      encoding: 'utf8',
      stdio: 'pipe',
    }).replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw inputFailure('git-missing', 'git is not installed, or not on PATH; install it');
    }
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    if (said.includes('dubious ownership')) {
      throw inputFailure(
        'repository-not-trusted',
        `git refuses ${directory} because it belongs to somebody else; run \`git config --global --add safe.directory ${directory}\``,
      );
    }
    if (said.includes('work tree')) {
      throw inputFailure('not-a-repository', `${directory} has no work tree; go to a clone that has one`);
    }
    throw inputFailure(
      'not-a-repository',
      `${directory} is not in a git repository; go to one, or make one with \`git init\``,
    );
  }
}
