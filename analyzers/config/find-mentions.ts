import { wordsOf } from './key-names.ts';

/** Names asked about at once; more keys than that were not written by hand. */
const maxNames = 500;

/**
 * Which of these names occur in any text, as a whole identifier, property or string: `maxSize` also as `MAX_SIZE`,
 * `max-size`, `max_size`, `MaxSize` and `maxsize`. Names beyond the limit count as mentioned: nothing is said about them.
 */
export function findMentions(names: readonly string[], texts: readonly string[]): Set<string> {
  const found = new Set(names.slice(maxNames));
  const byWritten = new Map<string, string[]>();
  for (const name of new Set(names.slice(0, maxNames))) {
    // The last part of a dotted name is what a nested object would be read by.
    for (const written of [flat(name), flat(name.slice(name.lastIndexOf('.') + 1))]) {
      byWritten.set(written, [...(byWritten.get(written) ?? []), name]);
    }
  }
  if (byWritten.size === 0) return found;
  const distinct = [...new Set([...byWritten.values()].flat())];
  const spellings = distinct.flatMap((name) => [
    spelling(name),
    spelling(name.slice(name.lastIndexOf('.') + 1)),
  ]);
  // The longest first: `CACHE_TTL` is more than a `cache`.
  const parts = [...new Set(spellings)].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![A-Za-z0-9])(?:${parts.join('|')})(?![A-Za-z0-9])`, 'gi');
  const wanted = new Set([...byWritten.values()].flat());
  for (const text of texts) {
    if (found.size >= wanted.size) break;
    for (const [match] of text.matchAll(pattern)) {
      for (const run of runsOf(match)) {
        for (const name of byWritten.get(run) ?? []) found.add(name);
      }
    }
  }
  return found;
}

/** Matches every way to join the words of a name. */
function spelling(name: string): string {
  return wordsOf(name).join('[._-]?') || '(?!)';
}

/** An environment variable writes a path of keys as one name: `CACHE_TTL` mentions the cache, its ttl, and both. */
function runsOf(identifier: string): string[] {
  const words = /[a-z]/.test(identifier) ? [] : wordsOf(identifier).slice(0, 8);
  const runs = [flat(identifier)];
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= words.length; to++) runs.push(words.slice(from, to).join(''));
  }
  return runs;
}

function flat(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
