import { parse } from 'yaml';

/** One request that a synthetic customer sends, and the answers that are in order. */
export interface Probe {
  /** `GET /orders/{id}`, as the document names it. */
  operation: string;
  method: 'GET' | 'HEAD';
  /** With its parameters filled in, beginning with a slash. */
  path: string;
  headers: Record<string, string>;
  /** Documented statuses; empty: anything below 500. */
  statuses: number[];
}

export type ProbePlan =
  | { ok: true; probes: Probe[]; skipped: { operation: string; reason: string }[] }
  | { ok: false; message: string };

type Node = Record<string, unknown>;

const safeMethods = ['get', 'head'] as const;
const unsafeMethods = ['post', 'put', 'patch', 'delete'] as const;

/**
 * Plans a probe for every operation of an OpenAPI 3 document that can be sent without changing anything. Parameters take
 * their example, then their default or first allowed value, then a value made from their type. Unsafe methods are listed
 * as skipped: sending them needs test data that somebody declared.
 */
export function planProbes(openapiText: string | null, paths: readonly string[]): ProbePlan {
  const probes: Probe[] = paths.map((path) => ({
    operation: `GET ${path}`,
    method: 'GET',
    path,
    headers: {},
    statuses: [],
  }));
  const skipped: { operation: string; reason: string }[] = [];
  if (openapiText === null) return { ok: true, probes, skipped };
  let document: unknown;
  try {
    document = parse(openapiText);
  } catch (error) {
    return {
      ok: false,
      message: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
  if (!isNode(document) || !isNode(document['paths']))
    return { ok: false, message: 'it has no `paths` object' };
  for (const [template, item] of Object.entries(document['paths'])) {
    if (!isNode(item)) continue;
    for (const method of safeMethods) {
      const operation = item[method];
      if (!isNode(operation)) continue;
      const parameters = [...listOf(item['parameters']), ...listOf(operation['parameters'])].map(
        (parameter) => resolve(document, parameter),
      );
      probes.push(planProbe(document, method === 'get' ? 'GET' : 'HEAD', template, parameters, operation));
    }
    for (const method of unsafeMethods) {
      if (!isNode(item[method])) continue;
      skipped.push({
        operation: `${method.toUpperCase()} ${template}`,
        reason: 'an unsafe method needs declared test data',
      });
    }
  }
  return { ok: true, probes, skipped };
}

function planProbe(
  document: Node,
  method: 'GET' | 'HEAD',
  template: string,
  parameters: Node[],
  operation: Node,
): Probe {
  let path = template;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const parameter of parameters) {
    const name = String(parameter['name']);
    const value = String(sampleOf(document, parameter));
    if (parameter['in'] === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (parameter['required'] !== true) continue;
    else if (parameter['in'] === 'query') query.set(name, value);
    else if (parameter['in'] === 'header') headers[name] = value;
  }
  const statuses = isNode(operation['responses'])
    ? Object.keys(operation['responses']).flatMap(statusesOf)
    : [];
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return { operation: `${method} ${template}`, method, path: `${path}${search}`, headers, statuses };
}

/** `2XX` stands for a hundred statuses, and `default` for anything below 500, which an empty list means too. */
function statusesOf(key: string): number[] {
  if (/^[1-4]XX$/i.test(key)) return Array.from({ length: 100 }, (_, index) => Number(key[0]) * 100 + index);
  if (/^[1-4]\d\d$/.test(key)) return [Number(key)];
  if (key === 'default') return Array.from({ length: 400 }, (_, index) => 100 + index);
  return [];
}

function sampleOf(document: Node, parameter: Node): unknown {
  if (parameter['example'] !== undefined) return parameter['example'];
  if (isNode(parameter['examples'])) {
    const first = Object.values(parameter['examples'])[0];
    if (isNode(first) && first['value'] !== undefined) return first['value'];
  }
  const schema = resolve(document, parameter['schema']);
  if (schema['example'] !== undefined) return schema['example'];
  if (schema['default'] !== undefined) return schema['default'];
  const allowed: unknown = Array.isArray(schema['enum']) ? schema['enum'][0] : undefined;
  if (allowed !== undefined) return allowed;
  if (schema['type'] === 'integer' || schema['type'] === 'number') return schema['minimum'] ?? 1;
  if (schema['type'] === 'boolean') return true;
  return 'example';
}

function resolve(document: Node, value: unknown): Node {
  let current = value;
  for (let hops = 0; hops < 20 && isNode(current); hops++) {
    const reference = current['$ref'];
    if (typeof reference !== 'string') return current;
    if (!reference.startsWith('#/')) return {};
    current = reference
      .slice(2)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((node, part) => (isNode(node) ? node[part] : undefined), document);
  }
  return isNode(current) ? current : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
