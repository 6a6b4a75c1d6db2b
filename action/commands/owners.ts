import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { indexCodeOwners } from '../../policies/approval/code-owners-index.ts';
import { codeOwnersPaths, readCodeOwners } from '../../policies/approval/code-owners.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { pathInRepository, readAskedPaths } from '../owners/asked-paths.ts';
import { checkOwners, type PeopleSource } from '../owners/check-owners.ts';
import { formatCheck, formatPaths } from '../owners/format-owners.ts';
import type { ListedOwners, PathOwners } from '../owners/owners-result.ts';
import {
  findOwnersCommit,
  linesOf,
  listTracked,
  readOwnersAt,
  type ReadOwnersFile,
} from '../owners/owners-revision.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import {
  textOption,
  type Command,
  type CommandContext,
  type CommandResult,
  type ParsedArguments,
} from './command.ts';

export const ownersCommand: Command = {
  name: 'owners',
  summary: 'show who owns a path and the line of CODEOWNERS that decided, or what is wrong with the file',
  usage: [
    'evenkeel owners [--ref REVISION | --file FILE] PATH…',
    '       evenkeel owners --check [--ref REVISION | --file FILE] [--directory FILE]',
    '',
    'PATH is relative to where you are; - reads paths from standard input, by lines or by NULs.',
    'With GITHUB_TOKEN and GITHUB_REPOSITORY set, --check asks GitHub about the owners and for its own errors.',
    'Exit codes: 0 answered, or nothing wrong; 1 faults; 2 the input is wrong; 4 GitHub failed.',
  ].join('\n'),
  example: 'git diff --name-only main | evenkeel owners -',
  takesPositionals: true,
  options: {
    ref: { type: 'string' },
    file: { type: 'string' },
    check: { type: 'boolean' },
    directory: { type: 'string' },
  },
  optionHelp: {
    ref: 'the revision to read (default: where HEAD left the default branch, or HEAD; with --check: HEAD)',
    file: 'read this file in place of the CODEOWNERS of a revision',
    check: 'look for dead, shadowed and invalid lines, for unknown owners and for files without one',
    directory: 'with --check: look owners up in this JSON file {"users", "teams"} and not on GitHub',
  },
  async run({ values, positionals }, context) {
    const isCheck = values['check'] === true;
    if (values['ref'] !== undefined && values['file'] !== undefined && !isCheck) {
      throw inputFailure('usage', 'give --ref or --file: each says where CODEOWNERS is read');
    }
    if (!isCheck && values['directory'] !== undefined) {
      throw inputFailure('usage', '--directory is for --check; leave it out');
    }
    if (isCheck && positionals.length > 0) {
      throw inputFailure('usage', '--check looks at the whole file; leave the paths out');
    }
    return isCheck ? await check(values, context) : await list(values, positionals, context);
  },
};

async function list(
  values: ParsedArguments['values'],
  names: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  const root = repositoryRoot(context.workingDirectory);
  const asked = await readAskedPaths(names, process.stdin);
  const paths = asked.map((path) => pathInRepository(path, context.workingDirectory, root));
  const file =
    readNamedFile(values, context) ??
    (await readRevision(root, await findOwnersCommit(root, textOption(values, 'ref'))));
  const { lines, faults } = readCodeOwners(file.texts);
  const index = indexCodeOwners(lines);
  const result: ListedOwners = {
    file: { path: file.path, commit: file.commit },
    paths: paths.map((path): PathOwners => {
      const line = index.find(path);
      if (line === undefined) return { path, status: 'unmatched', owners: [], line: null, pattern: null };
      const { owners, pattern } = line;
      return { path, status: owners.length > 0 ? 'owned' : 'nobody', owners, line: line.line, pattern };
    }),
    skippedLines: faults.map(({ line }) => line),
  };
  if (faults.length > 0) {
    context.progress(
      `GitHub skips ${faults.length === 1 ? 'a line' : `${faults.length} lines`} of ${file.path}; see \`evenkeel owners --check\``,
    );
  }
  const text = formatPaths(file.path, result.paths);
  return { exitCode: 0, decision: 'done', reasonCode: 'listed', result, text };
}

async function check(values: ParsedArguments['values'], context: CommandContext): Promise<CommandResult> {
  const root = repositoryRoot(context.workingDirectory);
  const commit = await findOwnersCommit(root, textOption(values, 'ref') ?? 'HEAD');
  const file = readNamedFile(values, context) ?? (await readRevision(root, commit));
  const source = await findPeople(textOption(values, 'directory'), context);
  const result = await checkOwners(file, await listTracked(root, commit), source);
  const isClean = result.findings.every(({ level }) => level === 'note');
  return {
    exitCode: isClean ? 0 : 1,
    decision: isClean ? 'clean' : 'faulty',
    reasonCode: isClean ? 'no-faults' : 'faults-found',
    result,
    text: formatCheck(result),
  };
}

function readNamedFile(
  values: ParsedArguments['values'],
  context: CommandContext,
): ReadOwnersFile | undefined {
  const path = textOption(values, 'file');
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(context.workingDirectory, path));
  } catch {
    throw inputFailure(
      'owners-missing',
      `${path} cannot be read; name a file that holds lines of CODEOWNERS`,
    );
  }
  return { path, commit: null, texts: linesOf(bytes, path) };
}

async function readRevision(root: string, commit: string): Promise<ReadOwnersFile> {
  const file = await readOwnersAt(root, commit);
  if (file !== null) return file;
  const uncommitted = codeOwnersPaths.find((path) => existsSync(resolve(root, path)));
  const cure =
    uncommitted === undefined
      ? `GitHub looks for ${codeOwnersPaths.join(', ')}: write one`
      : `${uncommitted} is here and not there: commit it, or name it with \`--file ${uncommitted}\``;
  throw inputFailure('owners-missing', `there is no CODEOWNERS in ${commit.slice(0, 12)}; ${cure}`);
}

async function findPeople(directory: string | undefined, context: CommandContext): Promise<PeopleSource> {
  if (directory !== undefined) {
    return { kind: 'directory', path: resolve(context.workingDirectory, directory), name: directory };
  }
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: name } = context.env;
  const missing = [
    ...(token === undefined || token === '' ? ['GITHUB_TOKEN'] : []),
    ...(name === undefined || name === '' ? ['GITHUB_REPOSITORY'] : []),
  ];
  if (token === undefined || name === undefined || missing.length > 0) {
    return {
      kind: 'none',
      message: `set ${missing.join(' and ')} to ask GitHub, or give --directory FILE`,
    };
  }
  const [owner, repo, ...rest] = name.split('/');
  if (owner === undefined || owner === '' || repo === undefined || repo === '' || rest.length > 0) {
    throw inputFailure('usage', `GITHUB_REPOSITORY is ${JSON.stringify(name)}; it has to be owner/name`);
  }
  const { openGitHub } = await import('../github/octokit.ts');
  const github = openGitHub(token, context.env, (line) => context.progress(line));
  return { kind: 'github', repository: { github, owner, repo } };
}
