import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import type { Random } from '../judge/seeded-random.ts';
import { isDrawn, pick } from './draw.ts';
import {
  arrayKeywords,
  definitionsKeyword,
  names,
  numberKeywords,
  objectKeywords,
  randomSchema,
  textKeywords,
  type Draw,
  type SchemaObject,
} from './random-schema.ts';
import { isSchemaObject, schemaNodes } from './schema-nodes.ts';

/** A copy of a document with one change at a random place, of the kind that people make. */
export function mutateSchema(document: SchemaObject, dialect: Dialect, random: Random): SchemaObject {
  const copy = structuredClone(document);
  const definitions = copy[definitionsKeyword(dialect)];
  const draw: Draw = {
    random,
    dialect,
    definitions: isSchemaObject(definitions) ? Object.keys(definitions) : [],
  };
  const nodes = schemaNodes(copy, dialect);
  const node = isDrawn(random, 0.35) || nodes.length === 0 ? undefined : pick(random, nodes);
  const target = node?.schema ?? copy;
  if (!isSchemaObject(target) || (isDrawn(random, 0.1) && node !== undefined)) {
    node?.replace(randomSchema(draw, Math.min(node.depth, 3), 'nothing'));
    return copy;
  }
  pick(random, [
    nudgeNumber,
    nudgeNumber,
    changeList,
    changeList,
    dropKeyword,
    addKeyword,
    renameProperty,
    changeProperties,
    changeType,
  ])(target, draw);
  return copy;
}

type Mutation = (schema: SchemaObject, draw: Draw) => void;

const nudgeNumber: Mutation = (schema, { random }) => {
  const numeric = Object.keys(schema).filter((keyword) => typeof schema[keyword] === 'number');
  if (numeric.length === 0) return;
  const keyword = pick(random, numeric);
  const nudged = Number(schema[keyword]) + pick(random, [-1, 1, 2]);
  const isCount = /^(min|max)[A-Z]/.test(keyword);
  schema[keyword] =
    keyword === 'multipleOf' ? pick(random, [1, 2, 4, 0.5, 3]) : isCount ? Math.max(0, nudged) : nudged;
};

const changeList: Mutation = (schema, { random }) => {
  const lists = ['required', 'enum', 'type', 'anyOf', 'oneOf', 'allOf'].filter((keyword) =>
    Array.isArray(schema[keyword]),
  );
  if (lists.length === 0) return;
  const keyword = pick(random, lists);
  const list = schema[keyword] as unknown[];
  if (list.length > 1 && isDrawn(random, 0.5)) list.splice(Math.floor(random() * list.length), 1);
  else if (keyword === 'required') schema[keyword] = [...new Set([...list, pick(random, names)])];
  else if (keyword === 'enum' && !list.includes('bb')) list.push('bb');
};

const dropKeyword: Mutation = (schema, { random }) => {
  const keywords = Object.keys(schema).filter((keyword) => !/^\$|^definitions$/.test(keyword));
  if (keywords.length > 0) Reflect.deleteProperty(schema, pick(random, keywords));
};

const addKeyword: Mutation = (schema, draw) => {
  const { random } = draw;
  const groups = [
    textKeywords,
    numberKeywords,
    (one: Draw) => arrayKeywords(one, 3),
    (one: Draw) => objectKeywords(one, 3),
  ];
  const types: Record<string, number> = { string: 0, integer: 1, number: 1, array: 2, object: 3 };
  const group = typeof schema['type'] === 'string' ? types[schema['type']] : undefined;
  const added = (groups[group ?? Math.floor(random() * groups.length)] ?? textKeywords)(draw);
  const keyword = Object.keys(added)[0];
  if (keyword === undefined || keyword in schema) return;
  if (keyword === 'minContains' || keyword === 'maxContains' || keyword === 'additionalItems') return;
  schema[keyword] = added[keyword];
};

const renameProperty: Mutation = (schema, { random }) => {
  const { properties } = schema;
  if (!isSchemaObject(properties) || Object.keys(properties).length === 0) return;
  const name = pick(random, Object.keys(properties));
  const other = pick(random, [...names, 'renamed']);
  if (other in properties) return;
  properties[other] = properties[name];
  Reflect.deleteProperty(properties, name);
  if (Array.isArray(schema['required']) && isDrawn(random, 0.7)) {
    schema['required'] = [...new Set(schema['required'].map((one) => (one === name ? other : String(one))))];
  }
};

const changeProperties: Mutation = (schema, draw) => {
  const { random } = draw;
  if (schema['type'] !== 'object') return;
  const properties = isSchemaObject(schema['properties'])
    ? schema['properties']
    : (schema['properties'] = {});
  const map = properties;
  const name = pick(random, names);
  if (name in map) Reflect.deleteProperty(map, name);
  else map[name] = randomSchema(draw, 3, 'nothing');
  if (isDrawn(random, 0.2)) schema['additionalProperties'] = isDrawn(random, 0.5);
};

const changeType: Mutation = (schema, { random, dialect }) => {
  const { type } = schema;
  if (typeof type !== 'string') return;
  if (type === 'integer' || type === 'number') schema['type'] = type === 'integer' ? 'number' : 'integer';
  else if (dialect !== 'openapi-3.0') {
    schema['type'] = isDrawn(random, 0.6)
      ? [...new Set([type, pick(random, ['null', 'string', 'boolean'])])]
      : pick(random, ['string', 'boolean', 'object']);
  }
};
