/**
 * A trust boundary: one line of a batch, from anywhere, becomes a question or a sentence on why it is none. Unknown keys
 * are left alone, so that a test set may carry its own notes along.
 */
import { isObject } from '../document/document.ts';
import {
  comparedKinds,
  directions,
  type ComparedKind,
  type Comparison,
  type TextTree,
} from './comparison.ts';
import { nearestOf } from './nearest-of.ts';
import { sniffExtension } from './detect-kind.ts';

export type BatchId = string | number;

export type BatchLine =
  | { ok: true; id: BatchId; comparison: Comparison; hasPaths: boolean }
  | { ok: false; id: BatchId | null; message: string };

/** Versions beyond this are no history that is still deployed anywhere. */
const maxVersions = 500;

/** Never throws. */
export function readBatchLine(line: string): BatchLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    // The parser's own words quote the text, which may hold anything.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : `, at character ${Number(position) + 1}`;
    return { ok: false, id: null, message: `the line is not JSON${where}` };
  }
  if (!isObject(value)) return { ok: false, id: null, message: 'the line has to be a JSON object' };
  const { id } = value;
  if (typeof id !== 'string' && typeof id !== 'number') {
    return { ok: false, id: null, message: '"id" has to be a text or a number' };
  }
  const comparison = readComparison(value);
  if (typeof comparison === 'string') return { ok: false, id, message: comparison };
  return { ok: true, id, ...comparison };
}

function readComparison(
  line: Readonly<Record<string, unknown>>,
): { comparison: Comparison; hasPaths: boolean } | string {
  const kind = comparedKinds.find((known) => known === line['kind']);
  if (kind === undefined) {
    return `"kind" ${typeof line['kind'] === 'string' ? `is ${JSON.stringify(line['kind'].slice(0, 100))}` : 'is missing'}; ${nearestOf(String(line['kind']), comparedKinds)}`;
  }
  const direction = directions.find((known) => known === line['direction']);
  if (direction === undefined && isGiven(line['direction'])) {
    return `"direction" has to be one of ${directions.join(', ')}`;
  }
  const { level } = line;
  if (isGiven(level) && typeof level !== 'string') return '"level" has to be a text';
  if (!Object.hasOwn(line, 'after')) return '"after" is missing; write null for something that was removed';
  const before = readSide(line['before'], 'before', kind);
  if (typeof before === 'string') return before;
  const after = readSide(line['after'], 'after', kind);
  if (typeof after === 'string') return after;
  const operations = readSide(line['operations'], 'operations', kind);
  if (typeof operations === 'string') return operations;
  const newest = after.versions.at(-1) ?? emptyTree;
  if (newest.size === 0 && !before.versions.some(({ size }) => size > 0)) {
    return '"before" and "after" are both empty, so there is nothing to compare';
  }
  const known = operations.versions.at(-1);
  return {
    hasPaths: before.hasPaths || after.hasPaths,
    comparison: {
      kind,
      ...(direction === undefined ? {} : { direction }),
      ...(typeof level === 'string' ? { level } : {}),
      ...(known === undefined ? {} : { operations: known }),
      ...(kind === 'sql' && !before.hasPaths && !after.hasPaths
        ? migrationsOf(before.versions, after.versions)
        : { before: before.versions.filter(({ size }) => size > 0), after: newest }),
    },
  };
}

const emptyTree: TextTree = new Map();

interface Side {
  versions: TextTree[];
  hasPaths: boolean;
}

/** One side as versions, the newest last: a text, an object of path to text, or a list of either. */
function readSide(value: unknown, name: string, kind: ComparedKind): Side | string {
  if (!isGiven(value)) return { versions: [], hasPaths: false };
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (entries.length > maxVersions) return `"${name}" has more than ${maxVersions} versions`;
  const versions: TextTree[] = [];
  for (const entry of entries) {
    if (typeof entry === 'string') versions.push(new Map([[pathFor(kind, entry), entry]]));
    else {
      const tree = treeOf(entry);
      if (tree === undefined) {
        return `"${name}" has to be a text, an object of path to text, or a list of texts`;
      }
      versions.push(tree);
    }
  }
  return { versions, hasPaths: entries.some((entry) => typeof entry !== 'string') };
}

function treeOf(value: unknown): TextTree | undefined {
  if (!isObject(value)) return undefined;
  const tree = new Map<string, string>();
  for (const [path, text] of Object.entries(value)) {
    if (typeof text !== 'string') return undefined;
    tree.set(path, text);
  }
  return tree;
}

/** The name a nameless text goes by: its extension is what it is read as. */
export function pathFor(kind: ComparedKind, text: string): string {
  switch (kind) {
    case 'protobuf':
      return 'file.proto';
    case 'graphql':
      return 'file.graphql';
    case 'avro':
      return 'file.avsc';
    case 'sql':
      return 'file.sql';
    // The forms of configuration are told apart where both versions are at hand.
    case 'config':
      return 'file';
    default:
      return `file.${sniffExtension(text)}`;
  }
}

/**
 * Texts of migrations are files of one history: what came before was applied, and what `after` adds to it is new.
 * A single text that begins with the whole of the earlier one adds the rest of it.
 */
export function migrationsOf(
  before: readonly TextTree[],
  after: readonly TextTree[],
): Pick<Comparison, 'before' | 'after'> {
  const earlier = before.flatMap((tree) => [...tree.values()]);
  const later = after.flatMap((tree) => [...tree.values()]);
  const repeats = earlier.every((text, index) => later[index] === text);
  const last = earlier.at(-1)?.trimEnd();
  const newest = later.at(-1);
  let added: string[];
  if (later.length > 0 && repeats && later.length >= earlier.length) added = later.slice(earlier.length);
  else if (newest === undefined) added = [];
  else if (last !== undefined && continues(last, newest)) {
    // Blank lines in its place keep the positions of what follows.
    added = [`${last.replaceAll(/[^\n]+/g, '')}${newest.slice(last.length)}`];
  } else if (last !== undefined && createsAgain(last, newest)) {
    const edited = `${String(earlier.length).padStart(4, '0')}.sql`;
    const applied = numbered(earlier, 1);
    return { before: [new Map(applied)], after: new Map([...applied.slice(0, -1), [edited, newest]]) };
  } else added = [newest];
  const applied = numbered(earlier, 1);
  const isRemoved = later.length === 0;
  return {
    before: applied.length === 0 ? [] : [new Map(applied)],
    after: new Map(isRemoved ? [] : [...applied, ...numbered(added, earlier.length + 1)]),
  };
}

function numbered(texts: readonly string[], from: number): [string, string][] {
  return texts.map((text, index) => [`${String(from + index).padStart(4, '0')}.sql`, text]);
}

function continues(last: string, newest: string): boolean {
  if (last === '' || !newest.startsWith(last)) return false;
  return last.endsWith(';') || /^\s*(?:;|$)/.test(newest.slice(last.length));
}

/** Both texts create the same table: they are two versions of one file, not one file after the other. */
function createsAgain(last: string, newest: string): boolean {
  const created = new Set(tablesIn(last));
  return tablesIn(newest).some((table) => created.has(table));
}

function tablesIn(text: string): string[] {
  const statement = /\bcreate\s+(?:unlogged\s+)?table\s+((?:"[^"]{1,200}"|[\w.]{1,200}))/gi;
  return [...text.matchAll(statement)]
    .map(([, name = '']) => name.toLowerCase().replaceAll('"', ''))
    .filter((name) => name !== 'if');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
