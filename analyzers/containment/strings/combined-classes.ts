import { classOf, codePoints, type Partition } from './character-classes.ts';

/** Characters that none of several automata tells apart. */
export interface CombinedClass {
  /** The class in each automaton. */
  ids: readonly number[];
  /** How many characters there are. */
  size: number;
  /** Its characters, those that read best first. */
  characters(): Iterable<string>;
}

const readable =
  'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:/ @+,;=!#$%&\'()*<>?[]^`{|}~"\\\t\n';
const firstSurrogate = 0xd800;
const afterSurrogates = 0xe000;
const firstPrintable = 0xa1;

/**
 * The common refinement of several partitions, over the code points that text can carry: lone surrogates are no
 * characters, and no JSON text in UTF-8 has them. Classes that hold readable characters come first.
 */
export function combine(partitions: readonly Partition[]): CombinedClass[] {
  const starts = new Set([0, firstSurrogate, afterSurrogates]);
  for (const partition of partitions) for (const start of partition.starts) starts.add(start);
  const sorted = [...starts].sort((a, b) => a - b);
  const classes = new Map<string, { ids: number[]; size: number; ranges: [number, number][] }>();
  const cursors = partitions.map(() => 0);
  for (const [index, start] of sorted.entries()) {
    const end = sorted[index + 1] ?? codePoints;
    const ids = partitions.map((partition, which) => {
      let at = cursors[which] ?? 0;
      while ((partition.starts[at + 1] ?? codePoints) <= start) at += 1;
      cursors[which] = at;
      return partition.ids[at] ?? 0;
    });
    if (start >= firstSurrogate && start < afterSurrogates) continue;
    const key = ids.join();
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { ids, size: end - start, ranges: [[start, end]] });
    else {
      known.size += end - start;
      known.ranges.push([start, end]);
    }
  }
  return inReadableOrder(classes, partitions);
}

function inReadableOrder(
  classes: Map<string, { ids: number[]; size: number; ranges: [number, number][] }>,
  partitions: readonly Partition[],
): CombinedClass[] {
  const shown = new Map<string, string[]>();
  for (const character of readable) {
    const code = character.charCodeAt(0);
    const key = partitions.map((partition) => classOf(partition, code)).join();
    const known = shown.get(key);
    if (known === undefined) shown.set(key, [character]);
    else known.push(character);
  }
  const unreadable = [...classes.keys()].filter((key) => !shown.has(key));
  return [...shown.keys(), ...unreadable].flatMap((key) => {
    const found = classes.get(key);
    if (found === undefined) return [];
    const first = shown.get(key) ?? [];
    return [{ ids: found.ids, size: found.size, characters: () => charactersOf(first, found.ranges) }];
  });
}

function* charactersOf(first: readonly string[], ranges: readonly [number, number][]): Iterable<string> {
  yield* first;
  for (const isPrintable of [true, false]) {
    for (const [start, end] of ranges) {
      const [from, to] = isPrintable
        ? [Math.max(start, firstPrintable), end]
        : [start, Math.min(end, firstPrintable)];
      for (let code = from; code < to; code += 1) {
        const character = String.fromCodePoint(code);
        if (!readable.includes(character)) yield character;
      }
    }
  }
}
