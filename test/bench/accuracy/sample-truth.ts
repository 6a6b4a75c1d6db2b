/**
 * The truth about a pair, as far as samples go: ajv's word on documents that the engine had no part in. A document that
 * the one schema takes and the other refuses settles the matter; none found proves nothing.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import draft04 from 'ajv-draft-04';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type core from 'ajv/dist/core.js';
import formats from 'ajv-formats';
import { validatorOf } from '../../../analyzers/containment/judging/validator.ts';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import { seedRandom } from '../judge/seeded-random.ts';
import type { SchemaPair } from './draw-pair.ts';
import { isDrawn, pick } from './draw.ts';
import type { SchemaObject } from './random-schema.ts';
import { isSchemaObject } from './schema-nodes.ts';
import { changedValue, randomValue } from './random-value.ts';

export type Judge = (value: unknown) => boolean;

const samplesPerPair = 80;

/** A document that `before` takes and `after` refuses, if one of the samples is that. */
export function sampleEscape(
  pair: SchemaPair,
  takes: readonly [Judge, Judge],
  seed: number,
  count = samplesPerPair,
): { value: unknown } | undefined {
  const random = seedRandom(seed, 'accuracy values', pair.number);
  const { before, after } = pair;
  const constants = [...constantsIn(before), ...constantsIn(after)];
  for (let index = 0; index < count; index++) {
    const document = isDrawn(random, 0.7) ? before : after;
    const draw = { random, document, constants };
    let value = randomValue(draw, document, 0);
    for (let changes = pick(random, [0, 0, 1, 1, 2]); changes > 0; changes--)
      value = changedValue(draw, value);
    if (takes[0](value) && !takes[1](value)) return { value };
  }
  return undefined;
}

/** Plain ajv for the drafts of JSON Schema, which shares no line with the engine; ours for what ajv does not know. */
export function judgeOf(document: SchemaObject, dialect: Dialect): Judge | undefined {
  if (dialect === 'openapi-3.0') {
    const validator = validatorOf({ root: document, pointer: '', dialect });
    return validator.ok ? (value) => validator.accepts(value) : undefined;
  }
  let validate: ValidateFunction;
  try {
    const ajv = plainAjv(dialect);
    validate = ajv.compile(document);
    ajv.removeSchema(document);
  } catch {
    return undefined;
  }
  return (value) => validate(value);
}

const engines = new Map<Dialect, { ajv: core.default; uses: number }>();
const maxUses = 200;

function plainAjv(dialect: Dialect): core.default {
  const known = engines.get(dialect);
  if (known !== undefined && known.uses++ < maxUses) return known.ajv;
  const options = { strict: false, logger: false, validateSchema: false } as const;
  const ajv =
    dialect === 'draft-04'
      ? new draft04.default(options)
      : dialect === '2019-09'
        ? new Ajv2019(options)
        : dialect === '2020-12'
          ? new Ajv2020(options)
          : new Ajv(options);
  formats.default(ajv, { keywords: false });
  // Draft 06 has no conditions, draft 04 none of these.
  const unknown =
    dialect === 'draft-04' ? ['if', 'then', 'else', 'contains', 'propertyNames'] : ['if', 'then', 'else'];
  if (dialect === 'draft-04' || dialect === 'draft-06')
    for (const keyword of unknown) ajv.removeKeyword(keyword);
  engines.set(dialect, { ajv, uses: 1 });
  return ajv;
}

function constantsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(constantsIn);
  if (!isSchemaObject(value)) return [];
  return Object.entries(value).flatMap(([keyword, part]) => {
    if (keyword === 'const') return [part];
    if (keyword === 'enum' && Array.isArray(part)) return part as unknown[];
    return constantsIn(part);
  });
}
