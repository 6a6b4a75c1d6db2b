import { effectFailure } from '../../stacks/failure.ts';
import { isObjectId } from './find-revisions.ts';
import { mergeTree, treeOf } from './merge-tree.ts';
import { decodePath, splitFields } from './path-name.ts';
import { readGit, runGit } from './run-git.ts';

export interface RangeCommit {
  sha: string;
  parents: string[];
}

/** A path that a branch changes since it left its base. */
export interface RangeFile {
  path: string;
  previousPath: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed';
  /** Added and removed; null where it is no text. */
  lines: number | null;
}

/** The commits of a branch that its base does not hold, the newest first. */
export async function readRangeCommits(
  repository: string,
  base: string | null,
  head: string,
): Promise<RangeCommit[]> {
  const not = base === null ? [] : [`^${base}`];
  const printed = isIds(base, head)
    ? await readGit(repository, ['rev-list', '--topo-order', '--parents', head, ...not, '--'])
    : null;
  if (printed === null) throw unreadable(base, head);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [sha = '', ...parents] = line.split(' ');
      return { sha, parents };
    });
}

/** What a branch changes since it left its base, both names of a rename, however many files there are. */
export async function readRangeFiles(
  repository: string,
  base: string | null,
  head: string,
): Promise<RangeFile[]> {
  if (!isIds(base, head)) throw unreadable(base, head);
  const left = base === null ? null : await readGit(repository, ['merge-base', base, head]);
  const ends = left === null ? ['--root', head] : [left, head];
  const options = ['diff-tree', '-r', '-z', '-M', '--no-commit-id', '--no-ext-diff', '--no-textconv'];
  const [names, sizes] = await Promise.all(
    ['--name-status', '--numstat'].map((form) =>
      runGit(repository, [...options, '--ignore-submodules=none', form, ...ends]),
    ),
  );
  if (names == null || sizes == null) throw unreadable(base, head);
  const linesOf = readSizes(sizes);
  const fields = splitFields(names)[Symbol.iterator]();
  const nextPath = (): string => decodePath(fields.next().value ?? Buffer.alloc(0)).path;
  const files: RangeFile[] = [];
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    const letter = field.value.toString('latin1').charAt(0);
    const isRename = letter === 'R';
    const first = nextPath();
    const path = isRename ? nextPath() : first;
    const status = letter === 'A' ? 'added' : letter === 'D' ? 'removed' : isRename ? 'renamed' : 'modified';
    files.push({ path, previousPath: isRename ? first : null, status, lines: linesOf.get(path) ?? null });
  }
  return files;
}

/** `added TAB removed TAB path`, and for a rename nothing in place of the path, which follows with the one before. */
function readSizes(printed: Buffer): Map<string, number> {
  const lines = new Map<string, number>();
  const fields = splitFields(printed)[Symbol.iterator]();
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    const [added = '', removed = ''] = field.value.toString('latin1').split('\t', 2);
    const name = field.value.subarray(added.length + removed.length + 2);
    if (name.length === 0) fields.next();
    const { path } = decodePath(name.length === 0 ? (fields.next().value ?? name) : name);
    if (added !== '-') lines.set(path, Number(added) + Number(removed));
  }
  return lines;
}

/**
 * Those of a branch's commits that only merge the base into it: the other parent lies in the base, and merging the two
 * again gives the same tree, so that they hold nothing which nobody has seen.
 */
export async function findCleanMerges(
  repository: string,
  commits: readonly RangeCommit[],
): Promise<Set<string>> {
  const own = new Set(commits.map(({ sha }) => sha));
  const clean = new Set<string>();
  for (const { sha, parents } of commits) {
    const [first, second, ...others] = parents;
    if (first === undefined || second === undefined || others.length > 0) continue;
    // Every commit below the head that is not the branch's own is one that the base holds.
    if (!own.has(first) || own.has(second)) continue;
    const [merged, tree] = await Promise.all([mergeTree(repository, first, second), treeOf(repository, sha)]);
    if (merged !== null && merged === tree) clean.add(sha);
  }
  return clean;
}

function isIds(base: string | null, head: string): boolean {
  return isObjectId(head) && (base === null || isObjectId(base));
}

function unreadable(base: string | null, head: string): Error {
  return effectFailure(
    'history-missing',
    `git cannot say what lies between ${base?.slice(0, 12) ?? 'nothing'} and ${head.slice(0, 12)}; fetch the whole history (\`fetch-depth: 0\`)`,
    true,
  );
}
