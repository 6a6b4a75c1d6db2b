import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A revision's files in a directory of their own. The user's work tree and index are not touched. */
export interface Checkout {
  directory: string;
  remove(): void;
}

export function checkOut(repository: string, revision: string): Checkout {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'evenkeel-checkout-'));
  const directory = join(root, 'files');
  mkdirSync(directory);
  const env = { ...process.env, GIT_INDEX_FILE: join(root, 'index') };
  execFileSync('git', ['read-tree', revision], { cwd: repository, env, stdio: 'pipe' });
  execFileSync('git', ['checkout-index', '--all', `--prefix=${directory}/`], {
    cwd: repository,
    env,
    stdio: 'pipe',
  });
  return { directory, remove: () => rmSync(root, { recursive: true, force: true }) };
}
