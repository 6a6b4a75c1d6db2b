/** What actions/checkout with `fetch-depth: 0` leaves: the whole history, and the commit of the event checked out. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gitSettings } from '../../git-repository.ts';

/** Into a new directory, or one that a run before left (`clean: false`), whose other files stay. */
export function checkOut(
  repository: string,
  directory: string,
  { ref, sha }: { ref: string; sha: string },
): void {
  mkdirSync(directory, { recursive: true });
  const git = (...args: string[]): void => {
    execFileSync('git', args, {
      cwd: directory,
      stdio: 'pipe',
      env: { PATH: process.env['PATH'], HOME: directory, ...gitSettings },
    });
  };
  if (!existsSync(join(directory, '.git'))) {
    git('init', '--quiet', '--initial-branch=main');
    git('remote', 'add', 'origin', repository);
  }
  const wanted = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  // A branch comes with all others; what else the event is about is fetched by its name.
  if (!ref.startsWith('refs/heads/')) wanted.push(`+${sha}:${ref.replace('refs/', 'refs/remotes/')}`);
  git('fetch', '--quiet', '--prune', '--no-tags', 'origin', ...wanted);
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  git('checkout', '--quiet', '--force', ...(branch === undefined ? ['--detach', sha] : ['-B', branch, sha]));
}
