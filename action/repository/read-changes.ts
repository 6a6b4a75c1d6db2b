import type { Change, Content, FileMode, FileVersion } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { findAtOnce, findRevisions, type Revisions } from './find-revisions.ts';
import { openObjectReader, type ObjectReader, type TreeEntry } from './object-reader.ts';
import { decodePath, decodePaths, splitFields } from './path-name.ts';
import { repositoryRoot } from './repository-root.ts';
import { runGit } from './run-git.ts';

/** Everything between two revisions, and a way to read each. `close` when done. */
export interface RepositoryChanges {
  /** The root of its work tree. */
  repository: string;
  base: string;
  head: string;
  changes: Change[];
  /** Changed paths whose names are no UTF-8, as they are shown: no glob of a policy can name them for certain. */
  unreadablePaths: string[];
  before: Tree;
  after: Tree;
  /** The contents behind object ids, through the process that reads all others. */
  readContents(digests: readonly string[]): Promise<Content[]>;
  close(): void;
}

/** Changes that are being read. */
export interface OpeningChanges {
  /** Git is reading what changed, or could not: there is nothing to do but to wait for it. Never fails. */
  asked: Promise<void>;
  changes: Promise<RepositoryChanges>;
}

/** As `readChanges`, in the repository that a directory lies in; fails as `repositoryRoot` does as well. */
export function openChanges(directory: string, base: string | undefined, head: string): OpeningChanges {
  let onAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  const changes = findAndRead(directory, base, head, onAsked);
  // Whoever waits for the changes hears of a failure; until then it must not end the process.
  changes.catch(onAsked);
  return { asked, changes };
}

async function findAndRead(
  directory: string,
  base: string | undefined,
  head: string,
  onAsked: () => void,
): Promise<RepositoryChanges> {
  const found = base === undefined ? null : findAtOnce(directory, base, head);
  const repository = found?.repository ?? repositoryRoot(directory);
  return await readChanges(repository, base, head, { ...(found ?? {}), onAsked });
}

/**
 * Reads what changed between two revisions through the git program, never through a shell: a few processes, however many
 * paths. `base` defaults as `findRevisions` says, which is not asked for what is `known`. Fails with one sentence when a revision cannot be found or read.
 */
export async function readChanges(
  repository: string,
  base: string | undefined,
  head: string,
  known: { revisions?: Revisions; onAsked?: () => void } = {},
): Promise<RepositoryChanges> {
  // Git starts while others of it look for the revisions.
  const reader = openObjectReader(repository);
  try {
    const revisions = known.revisions ?? (await findRevisions(repository, base, head));
    const { entries, unreadablePaths } = await diffEntries(repository, revisions.base, revisions.head);
    const reading = toChanges(entries, reader);
    known.onAsked?.();
    const changes = await reading;
    return {
      repository,
      ...revisions,
      changes,
      unreadablePaths,
      before: treeOf(repository, revisions.base, reader),
      after: treeOf(repository, revisions.head, reader),
      readContents: (digests) => reader.read(digests),
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** The files of one revision that `isWanted` names, read together; names that are no UTF-8 are left out. */
export async function readFiles(
  repository: string,
  revision: string,
  isWanted: (path: string) => boolean,
): Promise<FileVersion[]> {
  const printed = await runGit(repository, ['ls-tree', '-r', '-z', '--full-tree', revision]);
  if (printed === null) throw unreadableTree(revision);
  const sides: Side[] = [];
  for (const field of splitFields(printed)) {
    // `mode type digest`, a tab, the path.
    const tab = field.indexOf(0x09);
    const [mode = '', , digest = ''] = field.toString('latin1', 0, tab).split(' ');
    const { path, isText } = decodePath(field.subarray(tab + 1));
    if (isText && isWanted(path)) sides.push({ path, mode, digest });
  }
  const reader = openObjectReader(repository);
  try {
    return await readVersions(sides, reader);
  } finally {
    reader.close();
  }
}

interface Side {
  path: string;
  mode: string;
  digest: string;
}

interface DiffEntry {
  status: string;
  path: string;
  before: Side;
  after: Side;
}

async function diffEntries(
  repository: string,
  base: string,
  head: string,
): Promise<{ entries: DiffEntry[]; unreadablePaths: string[] }> {
  const printed = await runGit(repository, [
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-abbrev',
    '-M',
    '--no-ext-diff',
    // A change could otherwise hide a submodule from its own check, with `ignore = all` in .gitmodules.
    '--ignore-submodules=none',
    base,
    head,
  ]);
  if (printed === null) {
    const message = `git cannot compare ${base.slice(0, 12)} and ${head.slice(0, 12)}; run \`git fsck\``;
    throw effectFailure('diff-failed', message, false);
  }
  const fields = splitFields(printed)[Symbol.iterator]();
  const unreadable = new Set<string>();
  const nextPath = (): string => {
    const { path, isText } = decodePath(fields.next().value ?? Buffer.alloc(0));
    if (!isText) unreadable.add(path);
    return path;
  };
  const entries: DiffEntry[] = [];
  // `:oldmode mode olddigest digest status`, a path, and for a rename a second one.
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    const [oldMode = '', mode = '', oldDigest = '', digest = '', status = ''] = field.value
      .toString('latin1')
      .slice(1)
      .split(' ');
    const oldPath = nextPath();
    const path = status.startsWith('R') ? nextPath() : oldPath;
    entries.push({
      status: status.charAt(0),
      path,
      before: { path: oldPath, mode: oldMode, digest: oldDigest },
      after: { path, mode, digest },
    });
  }
  return { entries, unreadablePaths: [...unreadable].sort() };
}

async function toChanges(entries: readonly DiffEntry[], reader: ObjectReader): Promise<Change[]> {
  const sides = entries.flatMap(({ status, before, after }) => [
    ...(status === 'A' ? [] : [before]),
    ...(status === 'D' ? [] : [after]),
  ]);
  const versions = (await readVersions(sides, reader))[Symbol.iterator]();
  const take = (): FileVersion => {
    const next = versions.next();
    if (next.done === true) throw new Error('a side of the diff was not read');
    return next.value;
  };
  return entries.map(({ status, path }): Change => {
    switch (status) {
      case 'A':
        return { status: 'added', path, after: take() };
      case 'D':
        return { status: 'removed', path, before: take() };
      case 'R':
        return { status: 'renamed', path, before: take(), after: take() };
      // Modified, and type changed (a file that became a link): both are a before and an after.
      default:
        return { status: 'modified', path, before: take(), after: take() };
    }
  });
}

async function readVersions(sides: readonly Side[], reader: ObjectReader): Promise<FileVersion[]> {
  // A submodule's commit is not an object of this repository.
  const digests = [...new Set(sides.filter(({ mode }) => mode !== '160000').map(({ digest }) => digest))];
  const contents = await reader.read(digests);
  const byDigest = new Map(digests.map((digest, index) => [digest, contents[index]]));
  return sides.map(({ path, mode, digest }) => ({
    path,
    mode: modeOf(mode),
    digest,
    content: contentFor(mode, digest, byDigest.get(digest)),
  }));
}

function contentFor(mode: string, digest: string, content: Content | undefined): Content {
  if (mode === '160000') return { form: 'submodule', commit: digest };
  if (content === undefined) return { form: 'undecodable', bytes: 0, reason: 'git has no such object' };
  // A link whose target is no text stays what it is: unreadable, and not a link to nowhere in particular.
  if (mode === '120000' && content.form === 'text') return { form: 'symlink', target: content.text };
  return content;
}

function modeOf(mode: string): FileMode {
  return mode === '100755' || mode === '120000' || mode === '160000' ? mode : '100644';
}

/** One revision by its commit, for reading single files of it; `close` when done. */
export function openTree(repository: string, revision: string): { tree: Tree; close(): void } {
  const reader = openObjectReader(repository);
  return { tree: treeOf(repository, revision, reader), close: () => reader.close() };
}

/** Several revisions through one reader; `close` when done. */
export function openTrees(
  repository: string,
  revisions: readonly string[],
): { trees: Tree[]; close(): void } {
  const reader = openObjectReader(repository);
  const trees = revisions.map((revision) => treeOf(repository, revision, reader));
  return { trees, close: () => reader.close() };
}

/** One revision, read file by file and only when somebody asks; what was read once is kept. */
function treeOf(repository: string, revision: string, reader: ObjectReader): Tree {
  const files = new Map<string, Promise<FileVersion | undefined>>();
  let paths: Promise<readonly string[]> | null = null;

  const directories = new Map<string, Promise<ReadonlyMap<string, TreeEntry>>>();

  function readDirectory(digest: string): Promise<ReadonlyMap<string, TreeEntry>> {
    let entries = directories.get(digest);
    if (entries === undefined) directories.set(digest, (entries = reader.readTree(digest)));
    return entries;
  }

  // Walked from directory to directory through the one process that reads objects: starting git takes longer.
  async function readFile(path: string): Promise<FileVersion | undefined> {
    let digest = revision;
    const names = path.split('/');
    for (const [index, name] of names.entries()) {
      const entry = (await readDirectory(digest)).get(name);
      if (entry === undefined) return undefined;
      const isDirectory = entry.mode === '040000';
      if (index === names.length - 1) {
        return isDirectory ? undefined : (await readVersions([{ path, ...entry }], reader))[0];
      }
      if (!isDirectory) return undefined;
      ({ digest } = entry);
    }
    return undefined;
  }

  async function listFiles(): Promise<readonly string[]> {
    const printed = await runGit(repository, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', revision]);
    if (printed === null) throw unreadableTree(revision);
    return decodePaths(printed);
  }

  return {
    read(path) {
      let file = files.get(path);
      if (file === undefined) files.set(path, (file = readFile(path)));
      return file;
    },
    list: () => (paths ??= listFiles()),
  };
}

function unreadableTree(revision: string): Error {
  const message = `git cannot read the files of ${revision.slice(0, 12)}; run \`git fsck\``;
  return effectFailure('tree-unreadable', message, false);
}
