import { realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inputFailure } from '../../stacks/failure.ts';

/** Paths from arguments, and from `input` where one of them is `-`: by lines, or by NULs as `git … -z` prints them. */
export async function readAskedPaths(names: readonly string[], input: Readable): Promise<string[]> {
  const paths: string[] = [];
  for (const name of names) {
    if (name === '-') paths.push(...(await readPaths(input)));
    else paths.push(name);
  }
  if (paths.length === 0) throw inputFailure('usage', 'name paths, or `-` to read them on standard input');
  return paths;
}

async function readPaths(input: Readable): Promise<string[]> {
  const read = await text(input);
  const parts = read.includes('\0') ? read.split('\0') : read.split(/\r?\n/);
  return parts.filter((part) => part !== '');
}

/** A path as git names it, from the root of the repository; it need not exist. */
export function pathInRepository(path: string, workingDirectory: string, root: string): string {
  if (path.endsWith('/')) {
    throw inputFailure(
      'path-is-directory',
      `${path} is a directory, and files have owners; pipe its files in: \`git ls-files ${path} | evenkeel owners -\``,
    );
  }
  // The working directory may be named through a link; git names the root without one.
  const found = relative(root, resolve(realpathSync(workingDirectory), path));
  if (found === '' || found === '..' || found.startsWith(`..${sep}`)) {
    throw inputFailure(
      'path-outside',
      `${path} lies outside of the repository at ${root}; name a file in it`,
    );
  }
  return found.split(sep).join('/');
}
