/**
 * The part of GitHub's OpenAPI descriptions that is in use, cut out once and kept: the whole has 13 MB. The cache's name
 * holds the packages' versions and a digest of what was asked for and of this file, so that it is never stale.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, listOf, member, textOf, type JsonObject } from '../json.ts';
import { operationIds, webhookIds } from './operations.ts';

export interface Parameter {
  name: string;
  in: string;
  isRequired: boolean;
  schema: unknown;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** Null when a body is not described. */
  body: unknown;
  isBodyRequired: boolean;
  /** By status; null when the answer has no JSON. */
  responses: JsonObject;
}

export interface Slice {
  operations: Operation[];
  /** Schemas by webhook. */
  webhooks: JsonObject;
  api: { schemas: JsonObject };
  hooks: { schemas: JsonObject };
}

const root = join(import.meta.dirname, '../../../..');
const packages = join(root, 'node_modules/@octokit');
const version = (name: string): string =>
  textOf(member(readJson(join(packages, name, 'package.json')), 'version'));

/** The descriptions of the operations and webhooks in use, with every schema that these refer to. */
export function describedByGitHub(): unknown {
  const wanted = [operationIds, webhookIds, readFileSync(import.meta.filename, 'utf8')];
  const digest = createHash('sha256').update(JSON.stringify(wanted)).digest('hex').slice(0, 12);
  const directory = join(root, 'node_modules/.cache/evenkeel');
  const name = `github-${version('openapi')}-${version('openapi-webhooks')}-${digest}.json`;
  const path = join(directory, name);
  if (existsSync(path)) return readJson(path);
  const slice = cutOut();
  mkdirSync(directory, { recursive: true });
  // Several test processes may do this at the same moment; each renames a whole file into place.
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(slice));
  renameSync(temporary, path);
  return slice;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function cutOut(): Slice {
  const api = readJson(join(packages, 'openapi/generated/api.github.com.json'));
  const hooks = readJson(join(packages, 'openapi-webhooks/generated/api.github.com.json'));
  const operations = operationsOf(api);
  const webhooks = Object.fromEntries(
    webhookIds.map((id) => {
      const content = member(hooks, 'webhooks', id, 'post', 'requestBody', 'content', 'application/json');
      const schema = member(content, 'schema');
      if (!isObject(schema)) throw new Error(`GitHub describes no webhook ${id}`);
      return [id, toJsonSchema(schema, 'hooks')];
    }),
  );
  return {
    operations,
    webhooks,
    api: { schemas: referredFrom(operations, api, 'api') },
    hooks: { schemas: referredFrom(webhooks, hooks, 'hooks') },
  };
}

function operationsOf(api: unknown): Operation[] {
  const wanted = new Set<string>(operationIds);
  const found: Operation[] = [];
  for (const [path, methods] of Object.entries(asObject(member(api, 'paths')))) {
    for (const [method, operation] of Object.entries(asObject(methods))) {
      const id = textOf(member(operation, 'operationId'));
      if (wanted.delete(id)) found.push(operationOf(id, method.toUpperCase(), path, operation, api));
    }
  }
  if (wanted.size > 0) throw new Error(`GitHub describes no operation ${[...wanted].join(', ')}`);
  return found;
}

function operationOf(id: string, method: string, path: string, operation: unknown, api: unknown): Operation {
  const resolved = (value: unknown): unknown => {
    const reference = textOf(member(value, '$ref'));
    return reference === '' ? value : member(api, ...reference.slice(2).split('/'));
  };
  const parameters = listOf(member(operation, 'parameters')).map(resolved);
  const body = member(operation, 'requestBody');
  return {
    id,
    method,
    path,
    parameters: parameters.map((parameter) => ({
      name: textOf(member(parameter, 'name')),
      in: textOf(member(parameter, 'in')),
      isRequired: member(parameter, 'required') === true,
      schema: toJsonSchema(member(parameter, 'schema'), 'api'),
    })),
    body: jsonSchemaIn(body),
    isBodyRequired: member(body, 'required') === true,
    responses: Object.fromEntries(
      Object.entries(asObject(member(operation, 'responses'))).map(([status, response]) => [
        status,
        jsonSchemaIn(resolved(response)),
      ]),
    ),
  };
}

function jsonSchemaIn(described: unknown): unknown {
  const schema = member(described, 'content', 'application/json', 'schema');
  return schema === undefined ? null : toJsonSchema(schema, 'api');
}

/** All schemas that these refer to, directly or through others. */
function referredFrom(from: unknown, description: unknown, home: string): JsonObject {
  const schemas: JsonObject = {};
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    if (!isObject(value)) return;
    const reference = textOf(value['$ref']);
    if (reference !== '') {
      const name = reference.split('/').at(-1) ?? '';
      if (schemas[name] === undefined) {
        schemas[name] = toJsonSchema(member(description, 'components', 'schemas', name), home);
        collect(schemas[name]);
      }
    }
    Object.values(value).forEach(collect);
  };
  collect(from);
  return schemas;
}

const prose = new Set([
  'description',
  'example',
  'examples',
  'externalDocs',
  'deprecated',
  'default',
  'title',
]);

/**
 * A schema of OpenAPI 3.0 as JSON Schema: `nullable` as a type, references into `home`, no prose. Exactly one of several
 * becomes any of them, since GitHub's alternatives overlap: a whole user is also a public one.
 */
function toJsonSchema(schema: unknown, home: string): unknown {
  if (Array.isArray(schema)) return schema.map((one) => toJsonSchema(one, home));
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (prose.has(key) || key.startsWith('x-') || key === 'nullable') continue;
    // An address that may be missing is the empty text, which is the default that the description gives.
    if (key === 'format' && schema['default'] === '') continue;
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(asObject(value)).map(([name, one]) => [name, toJsonSchema(one, home)]),
      );
    } else if (key === '$ref') {
      result[key] = `${home}#/schemas/${textOf(value).split('/').at(-1) ?? ''}`;
    } else if (key === 'enum' || key === 'required') {
      result[key] = value;
    } else {
      result[key === 'oneOf' ? 'anyOf' : key] = toJsonSchema(value, home);
    }
  }
  return schema['nullable'] === true ? orNull(result) : result;
}

function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (typeof type !== 'string') return { anyOf: [{ type: 'null' }, schema] };
  const values = schema['enum'];
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...listOf(values), null] } : {}),
  };
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
