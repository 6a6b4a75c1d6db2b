import { canonicalJson } from './statement.ts';
import type { Validator } from './judging/validator.ts';

/** Documents that are at the edge of many schemas. */
const edges: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  0.5,
  '',
  'a',
  [],
  [[]],
  [0],
  ['a'],
  {},
  { a: 0 },
];

/**
 * A second look at a proof: a document that ajv takes under the one schema and refuses under the other, in spite of it.
 * There is none unless the proof, or ajv, is wrong about a keyword; either way a person should know.
 */
export function refutingSample(
  samples: readonly unknown[],
  accepting: Validator,
  rejecting: Validator,
): { document: unknown } | undefined {
  if (!accepting.ok || !rejecting.ok) return undefined;
  const tried = new Set<string>();
  for (const sample of [...edges, ...samples.flatMap(withBeginnings)]) {
    const text = canonicalJson(sample);
    if (tried.has(text)) continue;
    tried.add(text);
    if (accepting.accepts(sample) && rejecting.rejects(sample)) return { document: sample };
  }
  return undefined;
}

/** A list, and what it is without its last elements: validators differ over tuples that are not filled. */
function withBeginnings(sample: unknown): unknown[] {
  if (!Array.isArray(sample)) return [sample];
  const list: readonly unknown[] = sample;
  return [list, ...Array.from({ length: Math.min(list.length, 5) }, (_, end) => list.slice(0, end))];
}
