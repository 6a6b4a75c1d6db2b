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

/** Lines by what a path must have, the last line first. */
interface Buckets {
  /** By the directories, or the whole path, that it begins with. */
  start: Map<string, OwnerLine[]>;
  name: Map<string, OwnerLine[]>;
  extension: Map<string, OwnerLine[]>;
  none: OwnerLine[];
}

/** Indexes the lines of one file, given in their order. */
export function indexCodeOwners(lines: readonly OwnerLine[]): OwnerIndex {
  const buckets = bucketsOf(lines);
  return {
    find(path) {
      let best: OwnerLine | undefined;
      eachGroup(path, buckets, (group) => {
        for (const line of group) {
          if (best !== undefined && line.line <= best.line) return;
          if (!line.matches(path)) continue;
          best = line;
          return;
        }
      });
      return best;
    },
    findAll(path) {
      const found = new Set<OwnerLine>();
      eachGroup(path, buckets, (group) => {
        for (const line of group) if (line.matches(path)) found.add(line);
      });
      return [...found].sort((a, b) => b.line - a.line);
    },
  };
}

/** Every group of lines that may match: from the whole path up, those that begin so or name its last segment. */
function eachGroup(path: string, buckets: Buckets, visit: (group: readonly OwnerLine[]) => void): void {
  const { start, name, extension, none } = buckets;
  for (let end = path.length; end > 0;) {
    const slash = path.lastIndexOf('/', end - 1);
    const segment = path.slice(slash + 1, end);
    const dot = segment.lastIndexOf('.');
    const groups = [
      start.get(path.slice(0, end)),
      name.get(segment),
      dot === -1 ? undefined : extension.get(segment.slice(dot)),
    ];
    for (const group of groups) if (group !== undefined) visit(group);
    end = slash;
  }
  visit(none);
}

function bucketsOf(lines: readonly OwnerLine[]): Buckets {
  const buckets: Buckets = { start: new Map(), name: new Map(), extension: new Map(), none: [] };
  for (const line of lines.toReversed()) {
    const { part, text } = keyOfPattern(line.pattern);
    if (part === 'none') {
      buckets.none.push(line);
      continue;
    }
    const group = buckets[part].get(text);
    if (group === undefined) buckets[part].set(text, [line]);
    else group.push(line);
  }
  return buckets;
}
