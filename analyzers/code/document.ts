import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, beforeOf, textOf, type Change, type FileVersion } from '../change.ts';
import { isObject, pointerTo, valueAt, type ParsedDocument } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';

/** A JSON file at head; `document` is absent when it is not text. */
export interface JsonFile {
  path: string;
  document?: ParsedDocument;
}

/** One package.json that this change may have set apart from its lock. */
export interface ManifestPair {
  manifest: JsonFile;
  /** The npm lock that speaks for it, and the pointer to the manifest's entry there. */
  lock?: JsonFile & { entryPointer: string };
  /** The lock that stood in the base where none stands now. */
  removedLock?: string;
}

/** All of a service's changed code at once, because its commands run once over all of it. */
export interface CodeSubject {
  changes: readonly Change[];
  pairs: readonly ManifestPair[];
}

const npmLocks: readonly string[] = ['npm-shrinkwrap.json', 'package-lock.json'];
const foreignLocks: readonly string[] = ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];

export async function readCodeSubject(
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<CodeSubject> {
  const manifests = new Set<string>();
  for (const path of changes.flatMap((change) => [beforeOf(change)?.path, afterOf(change)?.path])) {
    if (path === undefined) continue;
    const name = nameIn(path);
    if (name === 'package.json') manifests.add(path);
    else if (npmLocks.includes(name)) {
      for (const manifest of await manifestsOf(path, context)) manifests.add(manifest);
    }
  }
  const pairs: ManifestPair[] = [];
  for (const path of [...manifests].sort()) {
    const pair = await readPair(path, context);
    if (pair !== undefined) pairs.push(pair);
  }
  return { changes, pairs };
}

/** The manifest beside a lock, and those of the workspaces that the lock lists. */
async function manifestsOf(lockPath: string, context: AnalysisContext): Promise<string[]> {
  const directory = directoryOf(lockPath);
  const lock = readJson(lockPath, await context.after.read(lockPath));
  const packages = lock.document?.ok === true ? valueAt(lock.document.value, '/packages') : undefined;
  const workspaces = isObject(packages)
    ? Object.keys(packages).filter((key) => key !== '' && !key.split('/').includes('node_modules'))
    : [];
  return ['', ...workspaces].map((key) => join(join(directory, key), 'package.json'));
}

async function readPair(path: string, context: AnalysisContext): Promise<ManifestPair | undefined> {
  const version = await context.after.read(path);
  if (version === undefined) return undefined;
  const manifest = readJson(path, version);
  for (let directory: string | undefined = directoryOf(path); directory !== undefined;) {
    for (const name of npmLocks) {
      const lockPath = join(directory, name);
      const lockVersion = await context.after.read(lockPath);
      if (lockVersion === undefined) continue;
      const key = directoryOf(path).slice(directory.length).replace(/^\//, '');
      const lock = readJson(lockPath, lockVersion);
      const entryPointer = pointerTo('/packages', key);
      // An outer lock that does not list this directory as a workspace is another project's.
      if (key === '' || entryOf(lock, entryPointer) !== undefined) {
        return { manifest, lock: { ...lock, entryPointer } };
      }
    }
    for (const name of foreignLocks) {
      if ((await context.after.read(join(directory, name))) !== undefined) return undefined;
    }
    directory = directory === '' ? undefined : directoryOf(directory);
  }
  for (const name of npmLocks) {
    const removedLock = join(directoryOf(path), name);
    if ((await context.before.read(removedLock)) !== undefined) return { manifest, removedLock };
  }
  return { manifest };
}

function entryOf(lock: JsonFile, pointer: string): unknown {
  return lock.document?.ok === true ? valueAt(lock.document.value, pointer) : undefined;
}

function readJson(path: string, version: FileVersion | undefined): JsonFile {
  const text = textOf(version);
  return text === undefined ? { path } : { path, document: parseDocument(path, text) };
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function join(directory: string, name: string): string {
  if (directory === '') return name;
  return name === '' ? directory : `${directory}/${name}`;
}
