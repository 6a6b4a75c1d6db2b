/**
 * A pull request as git objects. A trust boundary: what is fetched is read and never checked out, run, or given a name
 * that anything else looks at. It is asked for by number, since names of branches are a stranger's.
 */
import { execFile } from 'node:child_process';
import { effectFailure } from '../../stacks/failure.ts';
import { isObjectId } from '../repository/find-revisions.ts';
import { readGit, runGit } from '../repository/run-git.ts';

export interface FetchRequest {
  repository: string;
  /** Asks the server; never written into the repository's configuration. */
  token: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

const fetchTimeoutMs = 10 * 60_000;

/** Fetches these references of origin, the objects only, and gives the commit behind each, in their order. */
export async function fetchCommits(request: FetchRequest, references: readonly string[]): Promise<string[]> {
  const specs = references.map((name, index) => `+${name}:refs/evenkeel/fetched/${process.pid}-${index}`);
  const own = specs.map((spec) => spec.slice(spec.lastIndexOf(':') + 1));
  try {
    await fetchSpecs(request, specs);
    const commits = await Promise.all(
      own.map((name) => readGit(request.repository, ['rev-parse', '--verify', name])),
    );
    return commits.map((commit, index) => {
      if (commit !== null && isObjectId(commit)) return commit;
      throw fetchFailure(`origin has no ${references[index] ?? ''}`);
    });
  } finally {
    for (const name of own) await runGit(request.repository, ['update-ref', '-d', name]);
  }
}

/**
 * The commit that merging `head` into `base` would make, written as an object: the same for the same two, on every
 * machine. Null when they conflict, and GitHub would not merge them either.
 */
export async function mergeOf(repository: string, base: string, head: string): Promise<string | null> {
  const merged = (await readGit(repository, ['merge-tree', '--write-tree', base, head]))?.split('\n')[0];
  if (merged === undefined || !isObjectId(merged)) return null;
  const who = 'evenkeel <evenkeel@localhost> 0 +0000';
  const text = `tree ${merged}\nparent ${base}\nparent ${head}\nauthor ${who}\ncommitter ${who}\n\nmerge\n`;
  const printed = await runGit(repository, ['hash-object', '-t', 'commit', '-w', '--stdin'], text);
  const commit = printed?.toString('latin1').trim() ?? '';
  if (!isObjectId(commit))
    throw fetchFailure('the merge cannot be written into this clone; give the runner room on its disk');
  return commit;
}

function fetchSpecs(
  { repository, token, env, signal }: FetchRequest,
  specs: readonly string[],
): Promise<void> {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const secret = Buffer.from(`x-access-token:${token ?? ''}`).toString('base64');
  const key = `http.${server}/.extraheader`;
  // Through the environment, since arguments can be read by every process of the machine. The empty value takes back
  // what the checkout may have left in the clone's settings: GitHub refuses a request with two of these headers.
  const access =
    token === undefined || token === ''
      ? {}
      : settingsFor(env, [
          [key, ''],
          [key, `AUTHORIZATION: basic ${secret}`],
        ]);
  const options = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-gc',
  ];
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      ['fetch', ...options, 'origin', ...specs],
      {
        cwd: repository,
        signal,
        timeout: fetchTimeoutMs,
        env: { ...env, ...access, GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' },
      },
      (error) => {
        if (error === null) resolve();
        else reject(fetchFailure('the pull request could not be fetched from origin'));
      },
    );
  });
}

/** Git's settings as variables, after those that are there already. */
function settingsFor(
  env: FetchRequest['env'],
  settings: readonly (readonly [string, string])[],
): Record<string, string> {
  const given = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  const first = Number.isInteger(given) ? given : 0;
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(first + settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${first + index}`] = key;
    variables[`GIT_CONFIG_VALUE_${first + index}`] = value;
  }
  return variables;
}

function fetchFailure(what: string): Error {
  return effectFailure('fetch-failed', `${what}; run the job again, and look at \`contents: read\``, true);
}
