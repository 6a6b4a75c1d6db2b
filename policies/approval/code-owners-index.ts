/**
 * Finds the line of CODEOWNERS that decides on a path without trying every line. Each line lies under one thing that
 * every path it matches must have: the directories it begins with, a name, or an extension; the rest are tried always.
 */
import { keyOfPattern } from './code-owners-pattern.ts';
import type { OwnerLine } from './code-owners.ts';

export interface OwnerIndex {
  /** The last line that matches, or undefined when none does. */
  find(path: string): OwnerLine | undefined;
  /** Every line that matches, the last first. */
  findAll(path: string): readonly OwnerLine[];
}

/** A directory of the starts that lines ask for. */
interface Start {
  lines: OwnerLine[];
  below: Map<string, Start>;
}

/** Lines by what a path must have, the last line first. */
interface Buckets {
  start: Start;
  name: Map<string, OwnerLine[]>;
  extension: Map<string, OwnerLine[]>;
  none: OwnerLine[];
}

/** A directory that paths were asked about, with every line that may match below it. */
interface Directory {
  lines: readonly OwnerLine[];
  start: Start | undefined;
  below: Map<string, Directory> | undefined;
}

/** Indexes the lines of one file, given in their order. */
export function indexCodeOwners(lines: readonly OwnerLine[]): OwnerIndex {
  const buckets = bucketsOf(lines);
  const root: Directory = { lines: buckets.none, start: buckets.start, below: undefined };
  // Most changed files share their directories, so what a directory's name brings in is gathered once.
  const groupsOf = (path: string): (readonly OwnerLine[])[] => {
    let directory = root;
    let from = 0;
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', from)) {
      directory = enter(directory, path.slice(from, slash), buckets);
      from = slash + 1;
    }
    const name = path.slice(from);
    return [directory.lines, ...linesNaming(name, directory.start?.below.get(name), buckets)];
  };
  return {
    find(path) {
      let best: OwnerLine | undefined;
      for (const group of groupsOf(path)) {
        for (const line of group) {
          if (best !== undefined && line.line <= best.line) break;
          if (!line.matches(path)) continue;
          best = line;
          break;
        }
      }
      return best;
    },
    findAll: (path) => merge([], groupsOf(path)).filter((line) => line.matches(path)),
  };
}

function enter(directory: Directory, name: string, buckets: Buckets): Directory {
  const known = directory.below?.get(name);
  if (known !== undefined) return known;
  const start = directory.start?.below.get(name);
  const lines = merge(directory.lines, linesNaming(name, start, buckets));
  const entered: Directory = { lines, start, below: undefined };
  (directory.below ??= new Map<string, Directory>()).set(name, entered);
  return entered;
}

function bucketsOf(lines: readonly OwnerLine[]): Buckets {
  const start: Start = { lines: [], below: new Map() };
  const buckets: Buckets = { start, name: new Map(), extension: new Map(), none: [] };
  for (const line of lines.toReversed()) {
    const { part, text } = keyOfPattern(line.pattern);
    if (part === 'none') buckets.none.push(line);
    else if (part === 'start') startAt(start, text).lines.push(line);
    else {
      const group = buckets[part].get(text);
      if (group === undefined) buckets[part].set(text, [line]);
      else group.push(line);
    }
  }
  return buckets;
}

function startAt(root: Start, path: string): Start {
  let start = root;
  for (const name of path.split('/')) {
    let next = start.below.get(name);
    if (next === undefined) start.below.set(name, (next = { lines: [], below: new Map() }));
    start = next;
  }
  return start;
}

/** The lines that ask for a segment of this name, or begin exactly here. */
function linesNaming(name: string, start: Start | undefined, buckets: Buckets): (readonly OwnerLine[])[] {
  const groups: (readonly OwnerLine[])[] = [];
  if (start !== undefined && start.lines.length > 0) groups.push(start.lines);
  const named = buckets.name.get(name);
  if (named !== undefined) groups.push(named);
  const dot = name.lastIndexOf('.');
  const extended = dot === -1 ? undefined : buckets.extension.get(name.slice(dot));
  if (extended !== undefined) groups.push(extended);
  return groups;
}

function merge(lines: readonly OwnerLine[], groups: readonly (readonly OwnerLine[])[]): readonly OwnerLine[] {
  if (groups.length === 0) return lines;
  return [...new Set([...lines, ...groups.flat()])].sort((a, b) => b.line - a.line);
}
