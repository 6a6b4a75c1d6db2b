import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPolicy } from '../../policies/policy-file/policy.ts';
import { shortDigest, type Release } from '../../stacks/exposure.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';

/**
 * Names the whole bundle of one commit by one digest: commit, tree (so code, configuration, schemas and infrastructure
 * alike) and how the service is run. Nothing is written yet.
 */
export function identifyRelease(
  repository: string,
  revision: string,
  service: string,
  run: RunPolicy,
  releasesDirectory: string,
): Release {
  const commit = git(repository, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], revision);
  const tree = git(repository, ['rev-parse', `${commit}^{tree}`], revision);
  const parts = JSON.stringify([service, commit, tree, run.command, run.directory, run.env]);
  const digest = `sha256:${createHash('sha256').update(parts).digest('hex')}`;
  return { digest, commit, tree, directory: join(releasesDirectory, shortDigest(digest)) };
}

/** Writes the release's files, whole or not at all. A release that is already there is left as it is. */
export function writeRelease(repository: string, release: Release): void {
  if (existsSync(release.directory)) return;
  const parent = join(release.directory, '..');
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const temporary = mkdtempSync(join(parent, 'unfinished-'));
  try {
    // An index of its own: the user's index and work tree are not touched.
    const env = { ...process.env, GIT_INDEX_FILE: join(temporary, 'index') };
    const files = join(temporary, 'files');
    mkdirSync(files);
    execFileSync('git', ['read-tree', release.tree], { cwd: repository, env, stdio: 'pipe' });
    execFileSync('git', ['checkout-index', '--all', `--prefix=${files}/`], {
      cwd: repository,
      env,
      stdio: 'pipe',
    });
    renameSync(files, release.directory);
  } catch (error) {
    if (existsSync(release.directory)) return;
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw effectFailure(
      'release-unwritable',
      `the files of ${release.commit.slice(0, 12)} cannot be written to ${release.directory} (${reason}); free some space or mend the permissions, then try again`,
      true,
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function git(repository: string, args: string[], revision: string): string {
  try {
    return execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    throw inputFailure(
      'revision-unknown',
      `the revision ${JSON.stringify(revision)} does not exist in ${repository}; name a commit, branch or tag, and fetch it first in a shallow clone`,
    );
  }
}
