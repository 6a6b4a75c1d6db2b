import { codeOwnersLimitBytes, codeOwnersPaths } from '../../policies/approval/code-owners.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { findBranchPoint, findCommit } from '../repository/find-revisions.ts';
import { decodePath, splitFields } from '../repository/path-name.ts';
import { runGit } from '../repository/run-git.ts';

/** A CODEOWNERS file as it was read, from a revision or from disk. */
export interface ReadOwnersFile {
  path: string;
  /** Null: from disk. */
  commit: string | null;
  texts: string[];
}

/** The commit that a name stands for; without one, where head left the default branch, or head if it has not. */
export async function findOwnersCommit(repository: string, revision: string | undefined): Promise<string> {
  const head = await findCommit(repository, revision ?? 'HEAD', '--ref');
  return revision === undefined ? ((await findBranchPoint(repository, head)) ?? head) : head;
}

/** Every path of a commit, submodules among them. */
export async function listTracked(repository: string, commit: string): Promise<string[]> {
  return (await listEntries(repository, ['ls-tree', '-r', '-z', commit])).map(({ path }) => path);
}

/** CODEOWNERS where GitHub looks for it, in that order; null when the commit has none. */
export async function readOwnersAt(repository: string, commit: string): Promise<ReadOwnersFile | null> {
  const entries = await listEntries(repository, ['ls-tree', '-z', commit, '--', ...codeOwnersPaths]);
  for (const path of codeOwnersPaths) {
    const entry = entries.find((known) => known.path === path);
    if (entry === undefined) continue;
    if (!entry.mode.startsWith('100')) {
      throw inputFailure(
        'owners-unreadable',
        `${path} in ${commit.slice(0, 12)} is a link, a directory or a submodule; make it a file`,
      );
    }
    const bytes = await runGit(repository, ['cat-file', 'blob', entry.digest]);
    if (bytes === null) throw damaged(commit);
    return { path, commit, texts: linesOf(bytes, `${path} in ${commit.slice(0, 12)}`) };
  }
  return null;
}

/** The lines of a file. GitHub reads none of a longer one, so there is nothing to answer from. */
export function linesOf(bytes: Buffer, name: string): string[] {
  if (bytes.length > codeOwnersLimitBytes) {
    throw inputFailure(
      'owners-too-long',
      `${name} has ${bytes.length} bytes and GitHub reads no CODEOWNERS of more than 3 MB; shorten it with patterns that cover more`,
    );
  }
  return bytes.toString('utf8').split('\n');
}

interface Entry {
  mode: string;
  digest: string;
  path: string;
}

async function listEntries(repository: string, args: string[]): Promise<Entry[]> {
  const printed = await runGit(repository, args);
  if (printed === null) throw damaged(args.find((arg) => /^[0-9a-f]{40,64}$/.test(arg)) ?? 'this commit');
  return splitFields(printed).map((field) => {
    const tab = field.indexOf(0x09);
    const [mode = '', , digest = ''] = field.toString('latin1', 0, tab).split(' ');
    return { mode, digest, path: decodePath(field.subarray(tab + 1)).path };
  });
}

function damaged(commit: string): Error {
  return inputFailure(
    'repository-damaged',
    `git cannot read ${commit.slice(0, 12)} here; fetch the rest of the repository, or run \`git fsck\``,
  );
}
