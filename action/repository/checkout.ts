import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { effectFailure } from '../../stacks/failure.ts';

/** A revision's files in a directory of their own. The user's work tree and index are not touched. */
export interface Checkout {
  directory: string;
  remove(): void;
}

/** Writes a revision's files below the system's temporary directory; they go with `remove`, or with this process. */
export function checkOut(repository: string, revision: string): Checkout {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'evenkeel-checkout-'));
  const directory = join(root, 'files');
  const removeFiles = (): void => rmSync(root, { recursive: true, force: true });
  // Also when somebody presses Ctrl-C until the process ends at once.
  process.once('exit', removeFiles);
  const remove = (): void => {
    process.off('exit', removeFiles);
    removeFiles();
  };
  const git = (args: string[]): void => {
    const env = { ...process.env, GIT_INDEX_FILE: join(root, 'index') };
    execFileSync('git', args, { cwd: repository, env, stdio: 'pipe' });
  };
  try {
    mkdirSync(directory);
    git(['read-tree', revision]);
    git(['checkout-index', '--all', '--quiet', `--prefix=${directory}/`]);
    return { directory, remove };
  } catch (error) {
    remove();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    const message = `the files of ${revision.slice(0, 12)} cannot be written to ${root}: ${said.split('\n').at(-1) ?? ''}`;
    throw effectFailure('checkout-failed', message, true);
  }
}
