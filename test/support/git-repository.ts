import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Nobody's own settings reach a test, and a submodule may be a directory. */
export const gitSettings = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'protocol.file.allow',
  GIT_CONFIG_VALUE_0: 'always',
};

/** Writes the files and commits everything; returns the commit. */
export function commitFiles(
  directory: string,
  message: string,
  files: Record<string, string | Buffer>,
): string {
  if (!existsSync(join(directory, '.git'))) {
    mkdirSync(directory, { recursive: true });
    git(directory, 'init', '--quiet', '--initial-branch=main');
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(directory, 'rev-parse', 'HEAD');
}

/** One git command as Ada; what it prints, without the last line's end. */
export function git(directory: string, ...args: string[]): string {
  const identity = { NAME: 'Ada', EMAIL: 'ada@example.com' };
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(identity).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  );
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, ...gitSettings, ...env },
  }).trim();
}
