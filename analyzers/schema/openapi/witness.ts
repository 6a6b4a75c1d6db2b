/** Concrete requests and responses, as small as the description lets them be. */
import { isObject } from '../../document/document.ts';
import { followed, type Part } from './description.ts';
import type { Operation, Parameter, SchemaUse } from './operation.ts';

export interface RequestWitness {
  method: string;
  path: string;
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  cookies?: Record<string, unknown>;
  body?: unknown;
}

/** A request with all that is required but the body; `given` stands for what a parameter would hold otherwise. */
export function requestOf(
  operation: Operation,
  given: ReadonlyMap<Parameter, unknown> = new Map(),
  body?: unknown,
): RequestWitness {
  const sent = operation.parameters.filter((parameter) => parameter.isRequired || given.has(parameter));
  const valueOf = (parameter: Parameter) =>
    given.has(parameter) ? given.get(parameter) : sampleOf(parameter.schema);
  const of = (place: Parameter['place']) => {
    const entries = sent
      .filter((parameter) => parameter.place === place)
      .map((one) => [one.name, valueOf(one)] as const);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  const inPath = of('path') ?? {};
  const path = operation.template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) =>
    Object.hasOwn(inPath, name) ? encodeURIComponent(textOf(inPath[name])) : 'x',
  );
  const [query, headers, cookies] = [of('query'), of('header'), of('cookie')];
  return {
    method: operation.method,
    path,
    ...(query && { query }),
    ...(headers && { headers }),
    ...(cookies && { cookies }),
    ...(body === undefined ? {} : { body }),
  };
}

/** A request without a word about parameters: of an operation that is not there at all. */
export function plainRequest(method: string, template: string): RequestWitness {
  return { method: method.toUpperCase(), path: template.replaceAll(/\{[^{}]*\}/g, 'x') };
}

export function statusOf(status: string): number {
  if (/^[1-5]xx$/i.test(status)) return Number(status[0]) * 100;
  return /^\d{3}$/.test(status) ? Number(status) : 500;
}

/** A simple value of a schema of text or number; `x` where it would take more than a look at the keywords. */
export function sampleOf(schema: SchemaUse | undefined): unknown {
  if (schema === undefined || !isObject(schema.value)) return 'x';
  const value = typeof schema.value['$ref'] === 'string' ? (partOf(schema)?.value ?? {}) : schema.value;
  if (value['const'] !== undefined) return value['const'];
  if (Array.isArray(value['enum']) && value['enum'].length > 0) return value['enum'][0];
  if (value['default'] !== undefined) return value['default'];
  if (value['type'] === 'integer' || value['type'] === 'number') {
    return typeof value['minimum'] === 'number' ? Math.ceil(value['minimum']) : 1;
  }
  if (value['type'] === 'boolean') return true;
  if (value['type'] === 'array') return [];
  const samples: Readonly<Record<string, string>> = {
    uuid: '00000000-0000-4000-8000-000000000000',
    date: '2020-01-01',
    'date-time': '2020-01-01T00:00:00Z',
  };
  const format = typeof value['format'] === 'string' ? value['format'] : '';
  const text = Object.hasOwn(samples, format) ? (samples[format] ?? 'x') : 'x';
  return text.padEnd(typeof value['minLength'] === 'number' ? Math.min(value['minLength'], 1000) : 0, 'x');
}

function partOf({ source, value }: SchemaUse): Part | undefined {
  if (!isObject(value) || source.documents === undefined) return undefined;
  const description = {
    path: source.uri ?? '',
    family: 'openapi-3' as const,
    dialect: source.dialect,
    root: {},
    documents: source.documents,
    opened: new Map(),
    textLength: 0,
    unresolved: new Map(),
  };
  return followed({ description, uri: source.uri ?? '', pointer: source.pointer, value });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? 'x');
}
