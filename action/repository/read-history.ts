import { openObjectReader, type ObjectReader } from './object-reader.ts';
import { decodePath, splitFields } from './path-name.ts';
import { readGit, runGit } from './run-git.ts';

/** Older commits say little about what is usual today, and a long history is not walked to its end. */
const maxCommits = 2000;
const maxVersions = 50;
/** A change of more files than these is not one of values. */
const maxFiles = 100;

/**
 * The texts that files had up to a revision, by path, the newest first: at most 50 versions of each of the first 100
 * files, out of the last 2000 commits. Three processes, however many files; two where `read` is given. Nothing is said about files whose history
 * cannot be read (a shallow clone has little of it): it is a help, and no condition.
 */
export async function readHistory(
  repository: string,
  revision: string,
  paths: readonly string[],
  read?: ObjectReader['read'],
): Promise<Record<string, string[]>> {
  if (paths.length === 0) return {};
  const digests = await findVersions(repository, revision, paths.slice(0, maxFiles));
  if (digests.size === 0) return {};
  const reader = read === undefined ? openObjectReader(repository) : { read, close: () => undefined };
  try {
    const history: [string, string[]][] = [];
    for (const [path, versions] of digests) {
      const contents = await reader.read(versions);
      const texts = contents.flatMap((content) => (content.form === 'text' ? [content.text] : []));
      if (texts.length > 0) history.push([path, texts]);
    }
    return Object.fromEntries(history);
  } finally {
    reader.close();
  }
}

async function findVersions(
  repository: string,
  revision: string,
  paths: readonly string[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  // An empty tree has no commits.
  const commits = await readGit(repository, [
    'rev-list',
    `--max-count=${maxCommits}`,
    '--no-merges',
    revision,
  ]);
  if (commits === null || commits === '') return found;
  const options = [
    'diff-tree',
    '--stdin',
    '-r',
    '-z',
    '--root',
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '--no-commit-id',
  ];
  const printed = await runGit(repository, [...options, '--', ...paths], `${commits}\n`);
  if (printed === null) return found;
  const fields = splitFields(printed)[Symbol.iterator]();
  // `:oldmode mode olddigest digest status`, and a path.
  for (let field = fields.next(); field.done !== true; field = fields.next()) {
    const [, mode = '', , digest = '', status] = field.value.toString('latin1').slice(1).split(' ');
    const { path } = decodePath(fields.next().value ?? Buffer.alloc(0));
    if (status === 'D' || !mode.startsWith('100')) continue;
    const versions = found.get(path);
    if (versions === undefined) found.set(path, [digest]);
    else if (versions.length < maxVersions) versions.push(digest);
  }
  return found;
}
