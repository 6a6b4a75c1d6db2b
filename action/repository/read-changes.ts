import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Content, FileMode, FileVersion } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { openObjectReader, type ObjectReader } from './object-reader.ts';

/** Everything between two revisions, and a way to read each. `close` when done. */
export interface RepositoryChanges {
  base: string;
  head: string;
  changes: Change[];
  before: Tree;
  after: Tree;
  close(): void;
}

/** Git's name for the tree without files: the base of a first commit. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * Reads what changed between two revisions through the git program, never through a shell. `base` defaults to where
 * head left the default branch. Fails with one sentence when a revision does not exist or lies outside a shallow clone.
 */
export async function readChanges(
  repository: string,
  base: string | undefined,
  head: string,
): Promise<RepositoryChanges> {
  const headCommit = await resolveRevision(repository, head, '--head');
  const baseRevision = await resolveBase(repository, base, headCommit);
  const entries = await diffEntries(repository, baseRevision, headCommit);
  const reader = openObjectReader(repository);
  try {
    const changes = await toChanges(entries, reader);
    return {
      base: baseRevision,
      head: headCommit,
      changes,
      before: treeOf(repository, baseRevision, reader),
      after: treeOf(repository, headCommit, reader),
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

async function resolveBase(repository: string, base: string | undefined, head: string): Promise<string> {
  if (base !== undefined) {
    // The parent of a first commit is no commit; what it stands for is a repository without files.
    if (
      base.endsWith('^') &&
      (await git(repository, ['rev-parse', '--verify', '--quiet', `${base}{commit}`])) === null
    ) {
      const parents = await git(repository, [
        'rev-list',
        '--parents',
        '-n',
        '1',
        '--end-of-options',
        base.slice(0, -1),
      ]);
      if (parents?.trim().split(' ').length === 1 && !existsSync(join(repository, '.git', 'shallow')))
        return emptyTree;
    }
    return await resolveRevision(repository, base, '--base');
  }
  for (const branch of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']) {
    const common = await git(repository, ['merge-base', branch, head]);
    if (common !== null && common.trim() !== head) return common.trim();
  }
  const parent = await git(repository, ['rev-parse', '--verify', '--quiet', `${head}^`]);
  return parent === null ? emptyTree : parent.trim();
}

async function resolveRevision(repository: string, revision: string, option: string): Promise<string> {
  const commit = await git(repository, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  // Older git prints `--end-of-options` back.
  const id = commit?.trim().split('\n').at(-1);
  if (id !== undefined && id !== '') return id;
  const isShallow = (await git(repository, ['rev-parse', '--is-shallow-repository']))?.trim() === 'true';
  const cure = isShallow
    ? 'this clone is shallow: fetch the rest with `git fetch --unshallow`, or set `fetch-depth: 0` in the checkout step'
    : 'name a commit, branch or tag that `git rev-parse` finds';
  throw inputFailure(
    'revision-unknown',
    `${option} ${JSON.stringify(revision)} does not exist in this repository; ${cure}`,
  );
}

interface DiffEntry {
  status: string;
  path: string;
  oldPath: string;
  modes: [string, string];
  digests: [string, string];
}

async function diffEntries(repository: string, base: string, head: string): Promise<DiffEntry[]> {
  const text = await git(repository, [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-abbrev',
    '-M',
    '--no-ext-diff',
    base,
    head,
  ]);
  if (text === null)
    throw inputFailure(
      'diff-failed',
      `git cannot compare ${base.slice(0, 12)} and ${head.slice(0, 12)}; run \`git fsck\``,
    );
  const fields = text.split('\0');
  const entries: DiffEntry[] = [];
  for (let index = 0; index + 1 < fields.length;) {
    const [oldMode = '', mode = '', oldDigest = '', digest = '', status = ''] = (fields[index++] ?? '')
      .slice(1)
      .split(' ');
    const oldPath = fields[index++] ?? '';
    const isPair = status.startsWith('R') || status.startsWith('C');
    const path = isPair ? (fields[index++] ?? '') : oldPath;
    entries.push({
      status: status.charAt(0),
      path,
      oldPath,
      modes: [oldMode, mode],
      digests: [oldDigest, digest],
    });
  }
  return entries;
}

async function toChanges(entries: readonly DiffEntry[], reader: ObjectReader): Promise<Change[]> {
  const sides = entries.flatMap((entry): [string, string, string][] => [
    ...(entry.status === 'A'
      ? []
      : [[entry.oldPath, entry.modes[0], entry.digests[0]] as [string, string, string]]),
    ...(entry.status === 'D'
      ? []
      : [[entry.path, entry.modes[1], entry.digests[1]] as [string, string, string]]),
  ]);
  const versions = await readVersions(sides, reader);
  let next = 0;
  const take = (): FileVersion => {
    const version = versions[next++];
    if (version === undefined) throw new Error('a side of the diff was not read');
    return version;
  };
  return entries.map((entry): Change => {
    const { path } = entry;
    switch (entry.status) {
      case 'A':
        return { status: 'added', path, after: take() };
      case 'D':
        return { status: 'removed', path, before: take() };
      case 'R':
        return { status: 'renamed', path, before: take(), after: take() };
      // Modified, type changed (a file that became a link) and copied sources all are a before and an after.
      default:
        return { status: 'modified', path, before: take(), after: take() };
    }
  });
}

async function readVersions(
  sides: readonly (readonly [path: string, mode: string, digest: string])[],
  reader: ObjectReader,
): Promise<FileVersion[]> {
  // A submodule's commit is not an object of this repository.
  const digests = [...new Set(sides.filter(([, mode]) => mode !== '160000').map(([, , digest]) => digest))];
  const contents = await reader.read(digests);
  const byDigest = new Map(digests.map((digest, index) => [digest, contents[index]]));
  return sides.map(([path, mode, digest]) => ({
    path,
    mode: modeOf(mode),
    digest,
    content: contentFor(mode, digest, byDigest.get(digest)),
  }));
}

function contentFor(mode: string, digest: string, content: Content | undefined): Content {
  if (mode === '160000') return { form: 'submodule', commit: digest };
  if (content === undefined) return { form: 'undecodable', bytes: 0, reason: 'git has no such object' };
  if (mode === '120000') return { form: 'symlink', target: content.form === 'text' ? content.text : '' };
  return content;
}

function modeOf(mode: string): FileMode {
  return mode === '100755' || mode === '120000' || mode === '160000' ? mode : '100644';
}

/** One revision, read file by file and only when somebody asks. */
function treeOf(repository: string, revision: string, reader: ObjectReader): Tree {
  let paths: Promise<readonly string[]> | null = null;
  return {
    async read(path) {
      const line = await git(repository, ['ls-tree', '-z', '--full-tree', revision, '--', path]);
      const [mode = '', , digest = ''] = (line ?? '').split('\0')[0]?.split(/[ \t]/) ?? [];
      if (digest === '' || mode === '040000') return undefined;
      return (await readVersions([[path, mode, digest]], reader))[0];
    },
    list() {
      paths ??= git(repository, ['ls-tree', '-r', '-z', '--full-tree', '--name-only', revision]).then(
        (text) => (text ?? '').split('\0').filter((path) => path !== ''),
      );
      return paths;
    },
  };
}

/** What git prints, or null when it fails; callers say what that means. */
function git(repository: string, args: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd: repository, encoding: 'utf8', maxBuffer: 1 << 30 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}
