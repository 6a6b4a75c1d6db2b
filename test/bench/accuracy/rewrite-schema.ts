import { isDeepStrictEqual } from 'node:util';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import type { Random } from '../judge/seeded-random.ts';
import { isDrawn, pick, shuffled } from './draw.ts';
import { definitionsKeyword, type Schema, type SchemaObject } from './random-schema.ts';
import { isSchemaObject, schemaNodes } from './schema-nodes.ts';

interface Rewriting {
  random: Random;
  dialect: Dialect;
  document: SchemaObject;
  /** Annotations of parts reach their neighbours, so that what hides them changes the meaning. */
  hasUnevaluated: boolean;
}

type Rewrite = (schema: SchemaObject, rewriting: Rewriting) => Schema | undefined;

/** A copy of a document that says the same in other words, and the names of the rewrites that were done. */
export function rewriteSchema(
  document: SchemaObject,
  dialect: Dialect,
  random: Random,
): { document: SchemaObject; rewrites: string[] } {
  const copy = structuredClone(document);
  const hasUnevaluated = JSON.stringify(copy).includes('"unevaluated');
  const rewriting: Rewriting = { random, dialect, document: copy, hasUnevaluated };
  const rewrites: string[] = [];
  for (let attempt = 0; attempt < 12 && rewrites.length < 3; attempt++) {
    const nodes = schemaNodes(copy, dialect).filter(({ schema }) => isSchemaObject(schema));
    if (nodes.length === 0) break;
    const node = pick(random, nodes);
    const [name, rewrite] = pick(random, Object.entries(rewritesByName));
    if (!isSchemaObject(node.schema)) continue;
    const rewritten = rewrite(node.schema, rewriting);
    if (rewritten === undefined || isDeepStrictEqual(rewritten, node.schema)) continue;
    node.replace(rewritten);
    rewrites.push(name);
  }
  return { document: copy, rewrites };
}

const rewritesByName: Readonly<Record<string, Rewrite>> = {
  'wrap in allOf': (schema) => ({ allOf: [schema] }),
  'wrap in anyOf': (schema) => ({ anyOf: [schema] }),
  'wrap in oneOf': (schema) => ({ oneOf: [schema] }),
  'negate twice': (schema, { hasUnevaluated }) => (hasUnevaluated ? undefined : { not: { not: schema } }),
  'move to a definition': (schema, { document, dialect }) => {
    if ('$ref' in document) return undefined;
    const keyword = definitionsKeyword(dialect);
    const definitions = isSchemaObject(document[keyword]) ? document[keyword] : (document[keyword] = {});
    const map = definitions;
    const name = `moved${Object.keys(map).length}`;
    map[name] = structuredClone(schema);
    return { $ref: `#/${keyword}/${name}` };
  },
  'inline a reference': ({ $ref, ...rest }, { document, dialect }) => {
    const prefix = `#/${definitionsKeyword(dialect)}/`;
    if (typeof $ref !== 'string' || !$ref.startsWith(prefix) || Object.keys(rest).length > 0)
      return undefined;
    const definitions = document[definitionsKeyword(dialect)];
    const target = isSchemaObject(definitions) ? definitions[$ref.slice(prefix.length)] : undefined;
    return typeof target === 'boolean' || isSchemaObject(target) ? structuredClone(target) : undefined;
  },
  'reorder lists': (schema, { random }) => {
    const copy = { ...schema };
    for (const keyword of ['allOf', 'anyOf', 'oneOf', 'enum', 'required', 'type']) {
      const list = copy[keyword];
      if (Array.isArray(list)) copy[keyword] = shuffled(random, list as unknown[]);
    }
    return copy;
  },
  'constant as enum': ({ const: constant, ...rest }) =>
    constant === undefined || 'enum' in rest ? undefined : { ...rest, enum: [constant] },
  'enum as constants': ({ enum: values, ...rest }, { random, dialect }) => {
    const choice = isDrawn(random, 0.5) ? 'anyOf' : 'oneOf';
    if (!Array.isArray(values) || choice in rest || dialect === 'draft-04' || dialect === 'openapi-3.0')
      return undefined;
    return { ...rest, [choice]: values.map((value: unknown) => ({ const: value })) };
  },
  'enum as single enums': ({ enum: values, ...rest }) =>
    !Array.isArray(values) || 'anyOf' in rest
      ? undefined
      : { ...rest, anyOf: values.map((value: unknown) => ({ enum: [value] })) },
  'types as a choice': ({ type, ...rest }) =>
    !Array.isArray(type) || 'anyOf' in rest
      ? undefined
      : { ...rest, anyOf: type.map((one: unknown) => ({ type: one })) },
  'condition as a choice': (schema, { hasUnevaluated }) => {
    const { if: condition, then = {}, else: otherwise = {}, ...rest } = schema;
    if (condition === undefined || 'anyOf' in rest || hasUnevaluated) return undefined;
    return { ...rest, anyOf: [{ allOf: [condition, then] }, { allOf: [{ not: condition }, otherwise] }] };
  },
  'choice as a condition': (schema, { dialect, hasUnevaluated }) => {
    const { anyOf, ...rest } = schema;
    const isKnown = ['draft-07', '2019-09', '2020-12'].includes(dialect);
    if (!Array.isArray(anyOf) || anyOf.length !== 2 || !isKnown || 'if' in rest || hasUnevaluated)
      return undefined;
    if ('then' in rest || 'else' in rest) return undefined;
    return { ...rest, if: { not: anyOf[0] as unknown }, then: anyOf[1] as unknown };
  },
  'limits that limit nothing': (schema) => ({
    minLength: 0,
    minItems: 0,
    minProperties: 0,
    uniqueItems: false,
    ...schema,
  }),
  annotations: (schema) =>
    '$ref' in schema ? undefined : { ...schema, title: 'same', description: 'Says the same.' },
  'whole limits': (schema, { dialect }) => {
    const { type, minimum } = schema;
    if (type !== 'integer' || typeof minimum !== 'number' || 'exclusiveMinimum' in schema) return undefined;
    if (dialect === 'draft-04' || dialect === 'openapi-3.0')
      return { ...schema, minimum: Math.ceil(minimum) - 1, exclusiveMinimum: true };
    const rest = Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'minimum'));
    return { ...rest, exclusiveMinimum: Math.ceil(minimum) - 1 };
  },
  'nullable as a type': ({ nullable, ...schema }, { dialect }) => {
    if (
      nullable !== true ||
      dialect !== 'openapi-3.0' ||
      typeof schema['type'] !== 'string' ||
      'enum' in schema
    )
      return undefined;
    return { anyOf: [schema, { type: schema['type'], nullable: true, enum: [null] }] };
  },
  'needs as a choice': (schema) => {
    const { dependentRequired, ...rest } = schema;
    const entries = isSchemaObject(dependentRequired) ? Object.entries(dependentRequired) : [];
    if (entries.length !== 1 || 'anyOf' in rest || schema['type'] !== 'object') return undefined;
    const [[name, needed] = ['', []]] = entries;
    return { ...rest, anyOf: [{ not: { required: [name] } }, { required: needed }] };
  },
};
