import { spawnSync } from 'node:child_process';
import { inputFailure } from '../../stacks/failure.ts';
import { readGit, runGit } from './run-git.ts';

/** Both ends of what is compared. `base` is a commit, or the empty tree where there is nothing before `head`. */
export interface Revisions {
  base: string;
  head: string;
}

const defaultBranches = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/**
 * Finds the commits behind two names. Without a base it is where head left the default branch (the first of origin/HEAD,
 * origin/main, origin/master, main and master that has anything to leave), else head's parent, else a repository without
 * files. Fails with one sentence when a revision does not exist, or may lie where a shallow clone does not reach: a base
 * that is missing by accident must never look like one that has no files and no policy.
 */
export async function findRevisions(
  repository: string,
  base: string | undefined,
  head: string,
): Promise<Revisions> {
  const finding = findCommit(repository, head, '--head');
  if (base === undefined) {
    const headCommit = await finding;
    return { base: await findDefaultBase(repository, headCommit), head: headCommit };
  }
  const [headCommit, found] = await Promise.all([finding, findNamedBase(repository, base)]);
  return { base: found, head: headCommit };
}

/**
 * The root of the repository that a directory lies in and both commits, from one process; null where git has no such
 * answer. `repositoryRoot` and `findRevisions` then say what is wrong, or find what is not named this plainly.
 */
export function findAtOnce(
  directory: string,
  base: string,
  head: string,
): { repository: string; revisions: Revisions } | null {
  const { status, stdout } = spawnSync(
    'git',
    [
      '--no-replace-objects',
      'rev-parse',
      '--show-toplevel',
      '--end-of-options',
      `${base}^{commit}`,
      `${head}^{commit}`,
    ],
    { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  if (status !== 0) return null;
  // Older git prints `--end-of-options` back, and a name may stand for more or less than a commit.
  const [repository = '', ...names] = stdout.split(/\r?\n/).filter((line) => line !== '--end-of-options');
  const [baseCommit = '', headCommit = '', ...rest] = names;
  const isPlain = isObjectId(baseCommit) && isObjectId(headCommit) && rest.join('') === '';
  return isPlain && repository !== ''
    ? { repository, revisions: { base: baseCommit, head: headCommit } }
    : null;
}

async function findNamedBase(repository: string, base: string): Promise<string> {
  const named = await commitOf(repository, base);
  if (named !== null) return named;
  const empty = await emptyTree(repository);
  if (base === empty) return empty;
  const child = /^(.+)(?:\^|~1?)$/.exec(base)?.[1];
  // The parent of a first commit is no commit; what it stands for is a repository without files.
  if (child !== undefined) {
    const commit = await commitOf(repository, child);
    if (commit !== null && (await isFirstCommit(repository, commit))) return empty;
  }
  return await findCommit(repository, base, '--base');
}

async function findDefaultBase(repository: string, head: string): Promise<string> {
  const point = await findBranchPoint(repository, head);
  if (point !== null) return point;
  const parent = await commitOf(repository, `${head}^`);
  if (parent !== null) return parent;
  if (await isShallow(repository)) {
    throw inputFailure('base-unknown', `the commit before ${head.slice(0, 12)} is not here; ${shallowCure}`);
  }
  return await emptyTree(repository);
}

/** Where a commit left the first default branch that it is ahead of; null when it is on all of them, or there are none. */
export async function findBranchPoint(repository: string, head: string): Promise<string | null> {
  for (const branch of defaultBranches) {
    if ((await commitOf(repository, branch)) === null) continue;
    const common = await readGit(repository, ['merge-base', branch, head]);
    if (common === null) {
      const cure = (await isShallow(repository))
        ? shallowCure
        : 'name what to compare with, for instance `--base HEAD~1`';
      throw inputFailure('base-unknown', `head and ${branch} have no commit in common here; ${cure}`);
    }
    if (common !== head) return common;
  }
  return null;
}

const shallowCure =
  'this clone is shallow: fetch the rest with `git fetch --unshallow`, or set `fetch-depth: 0` in the checkout step';

/** The commit behind a name that stood after `option`; fails with one sentence, shallow clones in mind. */
export async function findCommit(repository: string, revision: string, option: string): Promise<string> {
  const commit = await commitOf(repository, revision);
  if (commit !== null) return commit;
  const hasNone = (await commitOf(repository, 'HEAD')) === null;
  const cure = (await isShallow(repository))
    ? shallowCure
    : hasNone
      ? 'there is no commit yet: make one with `git commit`'
      : 'name a commit, branch or tag that `git rev-parse` finds';
  throw inputFailure(
    'revision-unknown',
    `${option} ${JSON.stringify(revision)} does not exist in this repository; ${cure}`,
  );
}

/** The commit behind a name; null: there is none. */
export async function commitOf(repository: string, revision: string): Promise<string | null> {
  const wanted = `${revision}^{commit}`;
  const printed = await readGit(repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', wanted]);
  // Older git prints `--end-of-options` back.
  const id = printed?.split('\n').at(-1) ?? '';
  return isObjectId(id) ? id : null;
}

/** Whether it is a full object id: only such a text from outside may stand where git takes options and revisions. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

async function isFirstCommit(repository: string, commit: string): Promise<boolean> {
  const line = await readGit(repository, ['rev-list', '--parents', '-n', '1', commit]);
  return line === commit && !(await isShallow(repository));
}

async function isShallow(repository: string): Promise<boolean> {
  return (await readGit(repository, ['rev-parse', '--is-shallow-repository'])) === 'true';
}

/** Git's name for a tree without files; it depends on the repository's hash. */
async function emptyTree(repository: string): Promise<string> {
  const printed = await runGit(repository, ['hash-object', '-t', 'tree', '--stdin']);
  if (printed === null)
    throw inputFailure('repository-damaged', 'git cannot read this repository; run `git fsck`');
  return printed.toString('latin1').trim();
}
