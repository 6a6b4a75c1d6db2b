import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { redactText } from '../../policies/audit/redact.ts';
import type { RunPolicy } from '../../policies/policy-file/policy.ts';
import { shortDigest, type Release } from '../../stacks/exposure.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';

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
  const parts = JSON.stringify([service, commit, tree, run.build, run.command, run.directory, run.env]);
  const digest = `sha256:${createHash('sha256').update(parts).digest('hex')}`;
  return { digest, commit, tree, directory: join(releasesDirectory, shortDigest(digest)) };
}

/** Writes the release's files, whole or not at all. A release that is already there is left as it is. */
export function writeRelease(repository: string, release: Release, build: readonly string[][]): void {
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
    for (const command of build) runBuild(command, files, release);
    renameSync(files, release.directory);
  } catch (error) {
    if (error instanceof Failure) throw error;
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

const buildTimeoutMs = 15 * 60_000;

/** A build that fails leaves no release behind: what is written is whole, and built. */
function runBuild(command: readonly string[], directory: string, release: Release): void {
  const [program = '', ...args] = command;
  try {
    execFileSync(program, args, {
      cwd: directory,
      stdio: 'pipe',
      timeout: buildTimeoutMs,
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const last = redactText(printed)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' | ')
      .replace(/[^\x20-\x7e]/g, '?');
    throw inputFailure(
      'build-failed',
      `\`${command.join(' ')}\` failed in the release of ${release.commit.slice(0, 12)}: ${last.slice(-400)}; correct \`run.build\` or the code`,
    );
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
