import { partitionOfCharacters } from './character-classes.ts';
import type { Machine } from './machine.ts';

/** The automaton of a finite set of words: a tree of their beginnings. State 0 is the root, 1 lies beside every word. */
export function wordMachine(words: Iterable<string>): Machine {
  const all = [...words].map((word) => Array.from(word, (character) => character.codePointAt(0) ?? 0));
  const { partition, classes } = partitionOfCharacters(all.flat());
  const nodes: { isWord: boolean; children: Map<number, number> }[] = [
    { isWord: false, children: new Map() },
    { isWord: false, children: new Map() },
  ];
  for (const word of all) {
    let node = nodes[0];
    for (const character of word) {
      const id = classes.get(character) ?? 0;
      let child = node?.children.get(id);
      if (child === undefined) {
        child = nodes.push({ isWord: false, children: new Map() }) - 1;
        node?.children.set(id, child);
      }
      node = nodes[child];
    }
    if (node !== undefined) node.isWord = true;
  }
  return {
    partition,
    start: 0,
    next: (state, characterClass) => nodes[state]?.children.get(characterClass) ?? 1,
    accepts: (state) => nodes[state]?.isWord === true,
    fate: (state) => (state === 1 ? 'rejects' : 'open'),
  };
}
