import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { inputFailure } from '../../stacks/failure.ts';
import { describeReadError } from '../judge/replay-lines.ts';

/** Beyond these nobody compares by hand; they bound memory and time. */
const maxFileBytes = 100 * 1024 * 1024;
const maxTreeBytes = 400 * 1024 * 1024;
const maxFiles = 20_000;

/** One side of a comparison as it was named: texts by path, which for a single file is its own name. */
export interface ComparedSide {
  tree: Map<string, string>;
  isDirectory: boolean;
}

/**
 * Reads what a person named: a file, a directory (what git and package managers keep there is left out), `REV:path` for
 * a file or directory of a git revision, or /dev/null for nothing. Fails with one sentence.
 */
export function readCompared(name: string, workingDirectory: string): ComparedSide {
  if (name === '/dev/null') return { tree: new Map(), isDirectory: false };
  const path = resolve(workingDirectory, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    const spec = /^([^:]+):(.*)$/.exec(name);
    if (spec !== null) return readRevision(spec[1] ?? '', spec[2] ?? '', workingDirectory);
    throw inputFailure('unreadable', `${name} does not exist; name a file, a directory or REVISION:path`);
  }
  if (!stats.isDirectory()) {
    return { tree: new Map([[basename(path), readText(path, name)]]), isDirectory: false };
  }
  const tree = new Map<string, string>();
  let bytes = 0;
  for (const file of filesUnder(path)) {
    const text = readText(file, file);
    bytes += text.length;
    if (bytes > maxTreeBytes) throw tooLarge(name, maxTreeBytes);
    tree.set(relative(path, file).split(sep).join('/'), text);
  }
  return { tree, isDirectory: true };
}

/** What can be compared: other files of a directory are not read. */
const extensions =
  /\.(json|jsonc|json5|ya?ml|toml|ini|cfg|env|properties|hcl|tf|tfvars|xml|proto|graphqls?|gql|avsc|sql)$|(^|\/)\.env(\.[\w-]+)?$/i;
const skipped = new Set(['.git', 'node_modules', '.hg', '.svn']);

function filesUnder(directory: string): string[] {
  const found: string[] = [];
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const full = join(next, entry.name);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) pending.push(full);
      } else if (entry.isFile() && extensions.test(entry.name)) found.push(full);
      if (found.length > maxFiles) {
        throw inputFailure(
          'too-large',
          `${directory} has more than ${maxFiles} files to compare; name a smaller directory`,
        );
      }
    }
  }
  return found.sort();
}

function readText(path: string, name: string): string {
  let bytes: Buffer;
  try {
    if (lstatSync(path).size > maxFileBytes) throw tooLarge(name, maxFileBytes);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && !('code' in error)) throw error;
    throw inputFailure('unreadable', `${name} ${describeReadError(error)}`);
  }
  return textOf(bytes, name);
}

function textOf(bytes: Buffer, name: string): string {
  if (bytes.length > maxFileBytes) throw tooLarge(name, maxFileBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw inputFailure('unreadable', `${name} is not UTF-8 text; convert it, and compare again`);
  }
}

function tooLarge(name: string, limit: number): Error {
  return inputFailure('too-large', `${name} is larger than the limit of ${limit} bytes`);
}

function readRevision(revision: string, path: string, directory: string): ComparedSide {
  const spec = `${revision}:${path}`;
  const type = git(directory, ['cat-file', '-t', spec])?.toString('utf8').trim();
  if (type === 'blob') {
    return { tree: new Map([[basename(path), readBlob(directory, spec)]]), isDirectory: false };
  }
  if (type !== 'tree') {
    throw inputFailure(
      'unreadable',
      `${spec} is neither a file here nor one that git knows; name a file, a directory or REVISION:path`,
    );
  }
  const tree = new Map<string, string>();
  const listed =
    git(directory, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', spec])?.toString('utf8') ?? '';
  const paths = listed.split('\0').filter((entry) => entry !== '' && extensions.test(entry));
  if (paths.length > maxFiles)
    throw inputFailure('too-large', `${spec} has more than ${maxFiles} files to compare`);
  for (const entry of paths) {
    tree.set(
      entry,
      readBlob(directory, `${revision}:${path === '' ? '' : `${path.replace(/\/$/, '')}/`}${entry}`),
    );
  }
  return { tree, isDirectory: true };
}

function readBlob(directory: string, spec: string): string {
  const bytes = git(directory, ['cat-file', 'blob', spec]);
  if (bytes === null) throw inputFailure('unreadable', `git cannot read ${spec}`);
  return textOf(bytes, spec);
}

/** Null when git refuses; a name that begins with a dash never reaches it as an option. */
function git(directory: string, args: string[]): Buffer | null {
  const name = args.at(-1) ?? '';
  if (name.startsWith('-')) return null;
  try {
    return execFileSync('git', args, {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: maxTreeBytes,
    });
  } catch {
    return null;
  }
}
