import { isDeepStrictEqual } from 'node:util';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import { seedRandom } from '../judge/seeded-random.ts';
import { drawWhole, isDrawn, pick } from './draw.ts';
import { mutateSchema } from './mutate-schema.ts';
import { randomDocument, type SchemaObject } from './random-schema.ts';
import { rewriteSchema } from './rewrite-schema.ts';

export interface SchemaPair {
  number: number;
  dialect: Dialect;
  before: SchemaObject;
  after: SchemaObject;
  /** `rewritten`: both say the same, so that no direction may have an escape. */
  origin: 'mutated' | 'independent' | 'rewritten';
  rewrites: readonly string[];
}

const dialects: readonly Dialect[] = [
  'draft-04',
  'draft-06',
  'draft-07',
  '2019-09',
  '2020-12',
  '2020-12',
  'openapi-3.0',
];

/** The pair of that number: the same in every run with the same seed. */
export function drawPair(seed: number, number: number): SchemaPair {
  const random = seedRandom(seed, 'accuracy pair', number);
  const dialect = pick(random, dialects);
  const before = randomDocument(random, dialect);
  const share = random();
  if (share < 0.1) {
    return {
      number,
      dialect,
      before,
      after: randomDocument(random, dialect),
      origin: 'independent',
      rewrites: [],
    };
  }
  const { document, rewrites } =
    share < 0.4 ? rewriteSchema(before, dialect, random) : { document: before, rewrites: [] };
  if (share < 0.3) return { number, dialect, before, after: document, origin: 'rewritten', rewrites };
  let after = document;
  for (let left = drawWhole(random, 1, 2), tries = 0; left > 0 && tries < 12; tries++) {
    const mutated = mutateSchema(after, dialect, random);
    if (!isDeepStrictEqual(mutated, after)) left -= 1;
    after = mutated;
  }
  const isSwapped = isDrawn(random, 0.5);
  const [one, other] = isSwapped ? [after, before] : [before, after];
  return { number, dialect, before: one, after: other, origin: 'mutated', rewrites };
}
