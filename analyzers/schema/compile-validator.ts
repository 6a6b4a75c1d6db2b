/**
 * Compiles JSON Schemas that a pull request may have written. Nothing is fetched: a `$ref` leads into the same
 * document or to another file of the same revision, or it is an error. Patterns run as they are written, so a hostile
 * `pattern` can take long; the caller bounds the time of a whole check.
 */
import { Ajv, type AnySchemaObject, type ErrorObject, type Options } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type core from 'ajv/dist/core.js';
import formats from 'ajv-formats';
import { textOf } from '../change.ts';
import { isObject } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';
import type { Tree } from '../scope.ts';

export type Dialect = '07' | '2019' | '2020';

export type Validator =
  { ok: true; errorsOf(value: unknown): readonly ErrorObject[] } | { ok: false; message: string };

const newerKeywords: Readonly<Record<string, Dialect>> = {
  prefixItems: '2020',
  $dynamicRef: '2020',
  unevaluatedProperties: '2019',
  unevaluatedItems: '2019',
  dependentRequired: '2019',
  dependentSchemas: '2019',
  minContains: '2019',
  maxContains: '2019',
};

/**
 * The dialect that `$schema` names, undefined for one that is not supported. Without `$schema` it is draft 07, unless
 * a keyword shows up that only a later draft gives a meaning to.
 */
export function dialectOf(schema: unknown): Dialect | undefined {
  const named = isObject(schema) ? schema['$schema'] : undefined;
  if (typeof named === 'string') {
    if (/json-schema\.org\/draft-0[67]\/schema/.test(named)) return '07';
    return named.includes('/draft/2020-12/')
      ? '2020'
      : named.includes('/draft/2019-09/')
        ? '2019'
        : undefined;
  }
  const found = new Set<Dialect>();
  const pending: unknown[] = [schema];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      const dialect = Object.hasOwn(newerKeywords, key) ? newerKeywords[key] : undefined;
      if (dialect !== undefined) found.add(dialect);
      pending.push(child);
    }
  }
  return found.has('2020') ? '2020' : found.has('2019') ? '2019' : '07';
}

/**
 * Compiles a schema for repeated use. `schemaPath` is where it stands in `tree`; relative references start there.
 * `coerces` turns text into the numbers and booleans that the schema asks for, for formats that know text only.
 */
export async function compileValidator(
  schema: unknown,
  schemaPath: string,
  tree: Tree,
  coerces = false,
): Promise<Validator> {
  if (typeof schema !== 'boolean' && !isObject(schema)) {
    return { ok: false, message: `${schemaPath} is not a JSON Schema: it must be an object` };
  }
  const dialect = dialectOf(schema);
  if (dialect === undefined) {
    return {
      ok: false,
      message: `${schemaPath} names a $schema other than draft 06, 07, 2019-09 or 2020-12`,
    };
  }
  try {
    // `false` has no place for an `$id`; `not: {}` says the same.
    const root: AnySchemaObject = isObject(schema) ? { ...schema } : schema ? {} : { not: {} };
    const validate = /"\$(ref|id|anchor|dynamic|recursive)/.test(JSON.stringify(root))
      ? await compileWithReferences(root, dialect, coerces, schemaPath, tree)
      : (await sharedAjv(dialect, coerces)).compile(root);
    return {
      ok: true,
      errorsOf: (value) =>
        validate(coerces ? structuredClone(value) : value) ? [] : (validate.errors ?? []),
    };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { ok: false, message: `${schemaPath} is not a usable JSON Schema: ${reason}` };
  }
}

const repositoryBase = 'repo:///';
const shared = new Map<string, Promise<core.default>>();

// Schemas that name nothing cannot get in each other's way, and an engine costs more than most schemas do.
function sharedAjv(dialect: Dialect, coerces: boolean): Promise<core.default> {
  const key = `${dialect} ${coerces}`;
  const ajv =
    shared.get(key) ?? createAjv(dialect, coerces, () => Promise.reject(new Error('nothing to load')));
  shared.set(key, ajv);
  return ajv;
}

async function compileWithReferences(
  root: AnySchemaObject,
  dialect: Dialect,
  coerces: boolean,
  schemaPath: string,
  tree: Tree,
) {
  const ajv = await createAjv(dialect, coerces, (uri) => readReferenced(uri, schemaPath, tree));
  return ajv.compileAsync({ $id: encodeURI(`${repositoryBase}${schemaPath}`), ...root });
}

async function createAjv(
  dialect: Dialect,
  coerceTypes: boolean,
  loadSchema: (uri: string) => Promise<AnySchemaObject>,
): Promise<core.default> {
  const options = { allErrors: true, strict: false, logger: false, coerceTypes, loadSchema } as const;
  const ajv = await newAjv(dialect, options);
  formats.default(ajv);
  return ajv;
}

async function newAjv(dialect: Dialect, options: Options): Promise<core.default> {
  if (dialect === '2020') return new Ajv2020(options);
  if (dialect === '2019') return new Ajv2019(options);
  const ajv = new Ajv(options);
  const draft06: unknown = (
    await import('ajv/dist/refs/json-schema-draft-06.json', { with: { type: 'json' } })
  ).default;
  if (isObject(draft06)) ajv.addMetaSchema({ ...draft06 });
  return ajv;
}

async function readReferenced(uri: string, from: string, tree: Tree): Promise<AnySchemaObject> {
  if (!uri.startsWith(repositoryBase)) {
    throw new Error(`it refers to ${uri}, which is not fetched; put that schema beside ${from}`);
  }
  const path = decodeURIComponent(uri.slice(repositoryBase.length).replace(/#.*$/, ''));
  const text = textOf(await tree.read(path));
  if (text === undefined) throw new Error(`it refers to ${path}, which is not a text file of this revision`);
  const document = parseDocument(path, text);
  if (!document.ok || !isObject(document.value))
    throw new Error(`it refers to ${path}, which does not parse`);
  return { ...document.value };
}
