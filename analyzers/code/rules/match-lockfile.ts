import { defineRule } from '../../analyzer.ts';
import { entriesOf, isObject, parentOf, pointerTo, valueAt, type Document } from '../../document/document.ts';
import type { Report, Span } from '../../finding.ts';
import type { CodeSubject, JsonFile, ManifestPair } from '../document.ts';

export const matchLockfile = defineRule<CodeSubject>({
  id: 'code/match-lockfile',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen', 'rename'],
  problem:
    'The lock does not say what the manifest asks for, so an install fails or takes versions nobody tried.',
  remedy: 'Run npm install, and commit package.json and package-lock.json together.',
  *check({ pairs }): Iterable<Report> {
    for (const pair of pairs) yield* reportsOn(pair);
  },
});

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;
// npm may leave these out of the installed tree.
const installedGroups: readonly string[] = ['dependencies', 'devDependencies'];

function* reportsOn({ manifest, lock, removedLock }: ManifestPair): Generator<Report> {
  const unread = unreadable(manifest) ?? (lock && unreadable(lock));
  if (unread !== undefined) yield unread;
  if (manifest.document?.ok !== true) return;
  const wanted = dependenciesIn(manifest.document.value);
  if (lock === undefined && wanted.size > 0) yield missingLock(manifest.path, removedLock);
  if (lock?.document?.ok !== true) return;
  const entry = valueAt(lock.document.value, lock.entryPointer);
  if (!isObject(entry)) {
    const message = `${lock.path} has the form of npm 6, which does not say what ${manifest.path} asks for`;
    yield { path: lock.path, key: 'version', level: 'warning', proof: 'unproven', message };
    return;
  }
  const files = { manifest: manifest.document, lock: lock.document };
  yield* compare(wanted, dependenciesIn(entry), files, { manifest: manifest.path, lock });
}

function* compare(
  wanted: ReadonlyMap<string, string>,
  locked: ReadonlyMap<string, string>,
  documents: { manifest: Document; lock: Document },
  files: { manifest: string; lock: NonNullable<ManifestPair['lock']> },
): Generator<Report> {
  for (const [pointer, range] of wanted) {
    const lockedRange = locked.get(pointer);
    const place = { path: files.manifest, key: pointer, ...spanAt(documents.manifest, pointer) };
    const what = `${nameOf(pointer)} ${range}`;
    if (lockedRange === undefined) {
      yield { ...place, message: `${what} is not in ${files.lock.path}` };
    } else if (lockedRange !== range) {
      yield { ...place, message: `${what} is locked as ${lockedRange} in ${files.lock.path}` };
    } else if (!isInstalled(pointer, documents.lock, files.lock.entryPointer)) {
      yield { ...place, message: `${what} has no locked version in ${files.lock.path}` };
    }
  }
  for (const [pointer, range] of locked) {
    if (wanted.has(pointer)) continue;
    const place = spanAt(documents.lock, files.lock.entryPointer + pointer);
    const message = `${nameOf(pointer)} ${range} is locked, and ${files.manifest} does not ask for it`;
    yield { path: files.lock.path, key: pointer, ...place, message };
  }
}

/** From the pointer of each dependency in its manifest to its range. */
function dependenciesIn(manifest: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const optional = valueAt(manifest, '/optionalDependencies');
  for (const group of groups) {
    for (const [name, range] of entriesOf(valueAt(manifest, `/${group}`))) {
      if (typeof range !== 'string') continue;
      // npm takes a dependency that stands in both places as optional.
      if (group === 'dependencies' && isObject(optional) && Object.hasOwn(optional, name)) continue;
      found.set(pointerTo(`/${group}`, name), range);
    }
  }
  return found;
}

/** Whether the lock names a version: beside the manifest, or hoisted to the lock's own directory. */
function isInstalled(pointer: string, lock: Document, entryPointer: string): boolean {
  if (!installedGroups.includes(parentOf(pointer).slice(1))) return true;
  const packages = valueAt(lock.value, '/packages');
  if (!isObject(packages)) return false;
  const directory = entryPointer === '/packages/' ? '' : keyOf(entryPointer);
  const name = nameOf(pointer);
  return ['', `${directory}/`].some((start) => Object.hasOwn(packages, `${start}node_modules/${name}`));
}

function nameOf(pointer: string): string {
  return keyOf(pointer);
}

function keyOf(pointer: string): string {
  return pointer
    .slice(parentOf(pointer).length + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

function spanAt(document: Document, pointer: string): { span?: Span } {
  const key = document.keySpanOf(pointer);
  const value = document.spanOf(pointer);
  return key === undefined || value === undefined ? {} : { span: { start: key.start, end: value.end } };
}

function unreadable({ path, document }: JsonFile): Report | undefined {
  if (document === undefined) {
    const message = `${path} is not text that can be read, so it could not be compared`;
    return { path, key: 'unreadable', proof: 'unproven', message };
  }
  if (document.ok) return undefined;
  const [problem] = document.problems;
  const message = `${path} does not parse: ${problem?.message ?? 'not valid JSON'}`;
  return { path, key: 'syntax', message, ...(problem && { span: problem.span }) };
}

function missingLock(path: string, removedLock: string | undefined): Report {
  if (removedLock === undefined) {
    const message = `no lock says which versions ${path} gets`;
    return { path, key: 'lock', level: 'warning', message };
  }
  return {
    path,
    key: 'lock',
    message: `${removedLock} is removed, and no lock says which versions ${path} gets`,
  };
}
