/**
 * Finds the line of CODEOWNERS that decides on a path without trying every line. Each line lies under one thing that
 * every path it matches must have: the directories it begins with, a name, or an extension; the rest are tried always.
 */
import { keyOfPattern, type PatternKey } from './code-owners-pattern.ts';
import type { OwnerLine } from './code-owners.ts';

export interface OwnerIndex {
  /** The last line that matches, or undefined when none does. */
  find(path: string): OwnerLine | undefined;
  /** Every line that matches, the last first. */
  findAll(path: string): readonly OwnerLine[];
}

/** Lines by what a path must have, the last line first. */
type Buckets = Record<PatternKey['part'], Map<string, OwnerLine[]>>;

/** Indexes the lines of one file, given in their order. */
export function indexCodeOwners(lines: readonly OwnerLine[]): OwnerIndex {
  const buckets = bucketsOf(lines);
  // Most changed files share their directories, so what a directory's name brings in is gathered once.
  const byDirectory = new Map<string, readonly OwnerLine[]>([['', buckets.none.get('') ?? []]]);
  const linesBelow = (directory: string): readonly OwnerLine[] => {
    const unknown: string[] = [];
    let known = byDirectory.get(directory);
    for (let at = directory; known === undefined; known = byDirectory.get(at)) {
      unknown.push(at);
      at = splitPath(at).parent;
    }
    for (const below of unknown.reverse()) {
      known = merge(known, linesNaming(below, splitPath(below).name, buckets));
      byDirectory.set(below, known);
    }
    return known;
  };
  const groupsOf = (path: string) => {
    const { parent, name } = splitPath(path);
    return [linesBelow(parent), ...linesNaming(path, name, buckets)];
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

function bucketsOf(lines: readonly OwnerLine[]): Buckets {
  const buckets: Buckets = { start: new Map(), name: new Map(), extension: new Map(), none: new Map() };
  for (const line of lines.toReversed()) {
    const { part, text } = keyOfPattern(line.pattern);
    const group = buckets[part].get(text);
    if (group === undefined) buckets[part].set(text, [line]);
    else group.push(line);
  }
  return buckets;
}

/** The lines that ask for this last segment of a path, or for exactly this path as a start. */
function linesNaming(path: string, name: string, buckets: Buckets): (readonly OwnerLine[])[] {
  const dot = name.lastIndexOf('.');
  return [
    buckets.start.get(path),
    buckets.name.get(name),
    dot === -1 ? undefined : buckets.extension.get(name.slice(dot)),
  ].filter((group) => group !== undefined);
}

function splitPath(path: string): { parent: string; name: string } {
  const slash = path.lastIndexOf('/');
  return { parent: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}

function merge(lines: readonly OwnerLine[], groups: readonly (readonly OwnerLine[])[]): readonly OwnerLine[] {
  if (groups.length === 0) return lines;
  return [...new Set([...lines, ...groups.flat()])].sort((a, b) => b.line - a.line);
}
