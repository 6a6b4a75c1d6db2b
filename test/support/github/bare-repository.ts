/**
 * The repository behind the fake: a real bare one, with real objects. A fork's branches lie in it as
 * `refs/forks/<owner>/heads/…`, as GitHub's forks share their objects: a clone of `refs/heads/*` does not bring them.
 */
import { execFileSync } from 'node:child_process';
import { gitSettings } from '../git-repository.ts';
import type { Branch } from './state.ts';

export interface Identity {
  name: string;
  email: string;
}

export interface NewCommit {
  /** Text by path; null removes. */
  files: Record<string, string | Buffer | null>;
  /** New path by old one. */
  renames?: Record<string, string>;
  author: Identity;
  committer: Identity;
  message: string;
  at: string;
}

export interface ReadCommit {
  sha: string;
  tree: string;
  parents: string[];
  author: Identity & { at: string };
  committer: Identity & { at: string };
  message: string;
}

export interface ChangedFile {
  path: string;
  previousPath?: string;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  additions: number;
  deletions: number;
  blob: string;
}

export interface BareRepository {
  path: string;
  /** One git command; what it prints. */
  run(args: readonly string[], options?: RunOptions): string;
  runForBytes(args: readonly string[], options?: RunOptions): Buffer;
}

interface RunOptions {
  input?: string | Buffer;
  env?: Record<string, string>;
}

export const noCommit = '0'.repeat(40);

export function openBareRepository(path: string): BareRepository {
  const repository: BareRepository = {
    path,
    run: (args, options) => repository.runForBytes(args, options).toString('utf8').trimEnd(),
    runForBytes: (args, { input = '', env = {} } = {}) =>
      execFileSync('git', ['-C', path, ...args], {
        input,
        maxBuffer: 256 * 1024 * 1024,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: path, ...gitSettings, ...env },
      }),
  };
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path], {
    env: { PATH: process.env['PATH'], ...gitSettings },
  });
  // The runner fetches a commit by its name.
  repository.run(['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  repository.run(['config', 'gc.auto', '0']);
  return repository;
}

/** The ref that a branch of the repository, or of a fork of it, is. */
export function refOf(branch: Branch, owner: string): string {
  return branch.owner === owner
    ? `refs/heads/${branch.name}`
    : `refs/forks/${branch.owner}/heads/${branch.name}`;
}

/** The commit that a ref, or anything else that names one, means; null when there is none. */
export function resolveCommit(repository: BareRepository, name: string): string | null {
  if (name.startsWith('-') || name === '') return null;
  try {
    return repository.run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  } catch {
    return null;
  }
}

export function setRef(repository: BareRepository, ref: string, commit: string | null): void {
  repository.run(commit === null ? ['update-ref', '-d', ref] : ['update-ref', ref, commit]);
}

/** Makes the commits, one on the other, in one process; returns their names. */
export function addCommits(
  repository: BareRepository,
  parent: string | null,
  commits: readonly NewCommit[],
): string[] {
  const parts: Buffer[] = [];
  const write = (text: string | Buffer): void => void parts.push(Buffer.from(text));
  const data = (content: string | Buffer): void => {
    const bytes = Buffer.from(content);
    write(`data ${bytes.length}\n`);
    write(bytes);
    write('\n');
  };
  const who = ({ name, email }: Identity, at: string): string =>
    `${name} <${email}> ${Math.floor(Date.parse(at) / 1000)} +0000`;
  const ref = 'refs/fake/import';
  commits.forEach((commit, index) => {
    write(`commit ${ref}\nmark :${index + 1}\n`);
    write(`author ${who(commit.author, commit.at)}\ncommitter ${who(commit.committer, commit.at)}\n`);
    data(commit.message);
    if (index > 0) write(`from :${index}\n`);
    else if (parent !== null) write(`from ${parent}\n`);
    for (const [from, to] of Object.entries(commit.renames ?? {})) write(`R ${quoted(from)} ${quoted(to)}\n`);
    for (const [path, content] of Object.entries(commit.files)) {
      if (content === null) {
        write(`D ${quoted(path)}\n`);
      } else {
        write(`M 100644 inline ${quoted(path)}\n`);
        data(content);
      }
    }
    write('\n');
  });
  commits.forEach((_commit, index) => write(`get-mark :${index + 1}\n`));
  // Without a parent the ref is new, and fast-import would otherwise go on from where it last was.
  const printed = repository.run(['fast-import', '--quiet', '--force', '--done'], {
    input: Buffer.concat([Buffer.from(`reset ${ref}\n\n`), ...parts, Buffer.from('done\n')]),
  });
  return printed.split('\n');
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

const field = '%x00';
const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join(field);

/** Commits that a range (as rev-list takes it) names, the oldest first. */
export function readCommits(
  repository: BareRepository,
  range: readonly string[],
  most = 100_000,
): ReadCommit[] {
  const printed = repository.run([
    'log',
    '--reverse',
    '--topo-order',
    '-z',
    `--max-count=${most}`,
    `--format=tformat:${format}${field}`,
    ...range,
    '--',
  ]);
  const values = printed.split('\0');
  const commits: ReadCommit[] = [];
  // Ten values and what ends one.
  for (let index = 0; index + 9 < values.length; index += 11) {
    const [
      sha = '',
      tree = '',
      parents = '',
      an = '',
      ae = '',
      ad = '',
      cn = '',
      ce = '',
      cd = '',
      message = '',
    ] = values.slice(index, index + 10);
    commits.push({
      sha: sha.trim(),
      tree,
      parents: parents === '' ? [] : parents.split(' '),
      author: { name: an, email: ae, at: utc(ad) },
      committer: { name: cn, email: ce, at: utc(cd) },
      message: message.trimEnd(),
    });
  }
  return commits;
}

export function readCommit(repository: BareRepository, sha: string): ReadCommit | undefined {
  return readCommits(repository, ['--no-walk', sha])[0];
}

function utc(text: string): string {
  return new Date(text).toISOString().replace('.000Z', 'Z');
}

/** The files that differ between two commits, as GitHub lists them: renames found, in order of their paths. */
export function changedFiles(repository: BareRepository, from: string, to: string): ChangedFile[] {
  const raw = repository.run(['diff-tree', '-r', '-M', '-z', '--raw', '--no-abbrev', from, to]).split('\0');
  const counts = new Map<string, [number, number]>();
  const numbers = repository.run(['diff-tree', '-r', '-M', '-z', '--numstat', from, to]).split('\0');
  for (let index = 0; index < numbers.length; index++) {
    const [added = '', removed = '', path = ''] = (numbers[index] ?? '').split('\t');
    if (added === '') continue;
    // A rename has its two paths after it.
    const name = path === '' ? (numbers[(index += 2)] ?? '') : path;
    counts.set(name, [Number(added) || 0, Number(removed) || 0]);
  }
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < raw.length;) {
    const [, , before = '', after = '', letter = ''] = (raw[index++] ?? '').split(' ');
    const first = raw[index++] ?? '';
    const isRename = letter.startsWith('R') || letter.startsWith('C');
    const path = isRename ? (raw[index++] ?? '') : first;
    const [additions, deletions] = counts.get(path) ?? [0, 0];
    files.push({
      path,
      ...(isRename ? { previousPath: first } : {}),
      status: statusOf(letter),
      additions,
      deletions,
      blob: /^0+$/.test(after) ? before : after,
    });
  }
  return files;
}

function statusOf(letter: string): ChangedFile['status'] {
  const byLetter = {
    A: 'added',
    D: 'removed',
    M: 'modified',
    R: 'renamed',
    C: 'copied',
    T: 'changed',
  } as const;
  const known = Object.entries(byLetter).find(([key]) => letter.startsWith(key));
  return known?.[1] ?? 'modified';
}

/** The newest commit that both have; null when they have none. */
export function mergeBase(repository: BareRepository, one: string, other: string): string | null {
  try {
    return repository.run(['merge-base', one, other]);
  } catch {
    return null;
  }
}

export function isAncestor(repository: BareRepository, older: string, newer: string): boolean {
  return mergeBase(repository, older, newer) === older;
}

/** The tree of a merge of two commits; null where they conflict. */
export function mergeTrees(repository: BareRepository, ours: string, theirs: string): string | null {
  try {
    return repository.run(['merge-tree', '--write-tree', ours, theirs]).split('\n')[0] ?? null;
  } catch {
    return null;
  }
}

/** Makes a commit of a tree. */
export function commitTree(
  repository: BareRepository,
  tree: string,
  parents: readonly string[],
  by: { author: Identity & { at: string }; committer: Identity & { at: string } },
  message: string,
): string {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
  return repository.run(args, {
    input: `${message}\n`,
    env: {
      GIT_AUTHOR_NAME: by.author.name,
      GIT_AUTHOR_EMAIL: by.author.email,
      GIT_AUTHOR_DATE: by.author.at,
      GIT_COMMITTER_NAME: by.committer.name,
      GIT_COMMITTER_EMAIL: by.committer.email,
      GIT_COMMITTER_DATE: by.committer.at,
    },
  });
}

/** The bytes of a file; null when it is not there. */
export function readBlob(repository: BareRepository, revision: string, path: string): Buffer | null {
  try {
    return repository.runForBytes(['cat-file', 'blob', `${revision}:${path}`]);
  } catch {
    return null;
  }
}
