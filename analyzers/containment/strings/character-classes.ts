import type { CharSet } from 'refa';

/** Code points in classes that nothing in question tells apart: `ids[i]` is the class from `starts[i]` on. */
export interface Partition {
  starts: readonly number[];
  ids: readonly number[];
  count: number;
}

export const codePoints = 0x110000;

/** The classes of a list of sets, and which class lies in which set (`members[set][class]`). */
export function partitionOf(sets: readonly CharSet[]): { partition: Partition; members: boolean[][] } {
  const edges = new Map<number, number[]>([[0, []]]);
  const toggle = (at: number, set: number) => {
    if (at >= codePoints) return;
    const known = edges.get(at);
    if (known === undefined) edges.set(at, [set]);
    else known.push(set);
  };
  for (const [set, { ranges, maximum }] of sets.entries()) {
    for (const { min, max } of ranges) {
      toggle(min, set);
      // A pattern without the u flag sees halves of the characters above; in the patterns used here (the formats') those
      // that take every half repeat it, so they take every whole character as well.
      toggle(max === 0xffff && maximum === 0xffff ? codePoints : max + 1, set);
    }
  }
  const starts = [...edges.keys()].sort((a, b) => a - b);
  const inside = new Set<number>();
  const known = new Map<string, number>();
  const members: boolean[][] = sets.map(() => []);
  const ids: number[] = [];
  for (const start of starts) {
    for (const set of edges.get(start) ?? []) if (!inside.delete(set)) inside.add(set);
    const key = [...inside].sort((a, b) => a - b).join();
    const id = known.get(key) ?? known.size;
    if (!known.has(key)) {
      known.set(key, id);
      for (const [set, row] of members.entries()) row[id] = inside.has(set);
    }
    ids.push(id);
  }
  return { partition: { starts, ids, count: known.size }, members };
}

/** The classes of exactly these characters, each its own, and one (the first) of all others. */
export function partitionOfCharacters(characters: Iterable<number>): {
  partition: Partition;
  classes: ReadonlyMap<number, number>;
} {
  const sorted = [...new Set(characters)].sort((a, b) => a - b);
  const starts: number[] = [];
  const ids: number[] = [];
  const classes = new Map<number, number>();
  let end = 0;
  for (const character of sorted) {
    if (character > end || end === 0) push(end, 0);
    const id = classes.size + 1;
    classes.set(character, id);
    push(character, id);
    end = character + 1;
  }
  push(end, 0);
  return { partition: { starts, ids, count: classes.size + 1 }, classes };

  function push(start: number, id: number): void {
    if (starts.at(-1) === start) ids[ids.length - 1] = id;
    else {
      starts.push(start);
      ids.push(id);
    }
  }
}

export function classOf({ starts, ids }: Partition, codePoint: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return ids[low] ?? 0;
}
