/**
 * Two versions of an OpenAPI 3 description. What clients send may be widened, what they receive may be narrowed; an
 * operation, a media type or an answer that goes away breaks them. Whatever differs and is neither compared here nor
 * an annotation is named and stays `unproven`.
 */
import { entriesOf, isObject, pointerTo, tokensOf, valueAt } from '../document/document.ts';

import { compareSchemas, type ComparedSchema } from './compare-schemas.ts';
import { compileValidator } from './compile-validator.ts';
import { describeDifference, type PointedReport } from './describe-difference.ts';
import { canonical, expandSchema, type ExpandedSchema, type SchemaObject } from './expand-schema.ts';

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const annotations = [
  'summary',
  'description',
  'tags',
  'operationId',
  'externalDocs',
  'deprecated',
  'example',
  'examples',
];

/** A part of a description: its value with a reference followed, and where it stands. */
interface Part {
  root: unknown;
  pointer: string;
  value: SchemaObject;
}

/** Everything that the newer description takes from clients of the older one. Both are parsed, unknown values. */
export async function compareOpenApi(before: unknown, after: unknown): Promise<PointedReport[]> {
  for (const root of [before, after]) {
    const version = valueAt(root, '/openapi');
    if (typeof version !== 'string' || !version.startsWith('3.')) {
      return [unproven('openapi', 'this is not OpenAPI 3, so it was not compared', '', '')];
    }
  }
  const reports = compareRest(
    rootPart(before),
    rootPart(after),
    ['info', 'tags', 'paths', 'components', 'openapi'],
    '',
  );
  const schemes = '/components/securitySchemes';
  if (canonical(valueAt(before, schemes)) !== canonical(valueAt(after, schemes))) {
    reports.push(unproven('securitySchemes', 'the security schemes differ', schemes, schemes));
  }
  const later = pathsOf(after);
  for (const [template, path] of pathsOf(before)) {
    const name = tokensOf(path.pointer).at(-1) ?? template;
    const counterpart = later.get(template);
    if (counterpart === undefined) {
      reports.push(breaking(`path:${name}`, `the path ${name} is removed`, path.pointer, '/paths'));
    } else reports.push(...(await comparePaths(name, path, counterpart)));
  }
  return reports;
}

async function comparePaths(name: string, before: Part, after: Part): Promise<PointedReport[]> {
  const reports = compareRest(before, after, [...methods, 'parameters'], `${name}: `);
  for (const method of methods) {
    const operation = childOf(before, method);
    if (operation === undefined) continue;
    const where = `${method.toUpperCase()} ${name}`;
    const counterpart = childOf(after, method);
    if (counterpart === undefined) {
      reports.push(breaking(where, `the operation ${where} is removed`, operation.pointer, after.pointer));
      continue;
    }
    reports.push(
      ...compareRest(operation, counterpart, ['parameters', 'requestBody', 'responses'], `${where}: `),
      ...(await compareParameters(where, [before, operation], [after, counterpart])),
      ...(await compareRequest(where, operation, counterpart)),
      ...(await compareResponses(where, operation, counterpart)),
    );
  }
  return reports;
}

async function compareParameters(
  where: string,
  before: readonly [Part, Part],
  after: readonly [Part, Part],
): Promise<PointedReport[]> {
  const reports: PointedReport[] = [];
  const [earlier, later] = [parametersOf(...before), parametersOf(...after)];
  for (const [key, parameter] of later) {
    const known = earlier.get(key);
    const isRequired = parameter.value['required'] === true;
    if (isRequired && known?.value['required'] !== true) {
      const pointer = known === undefined ? parameter.pointer : pointerTo(parameter.pointer, 'required');
      const message = `${where}: the ${nameOf(parameter)} is newly required`;
      reports.push(
        required(`${where}:${key}:required`, message, known?.pointer ?? before[1].pointer, pointer),
      );
    }
    if (known === undefined) continue;
    reports.push(
      ...compareRest(
        known,
        parameter,
        ['name', 'in', 'required', 'schema'],
        `${where}, ${nameOf(parameter)}: `,
      ),
      ...(await compareSchemasAt(known, parameter, 'consumed', `${where}, ${nameOf(parameter)}: `)),
    );
  }
  for (const [key, parameter] of earlier) {
    if (later.has(key)) continue;
    const message = `${where}: the ${nameOf(parameter)} is removed, and whether clients rely on it is not known`;
    reports.push(unproven(`${where}:${key}:removed`, message, parameter.pointer, after[1].pointer));
  }
  return reports;
}

async function compareRequest(where: string, before: Part, after: Part): Promise<PointedReport[]> {
  const [earlier, later] = [childOf(before, 'requestBody'), childOf(after, 'requestBody')];
  if (later === undefined) {
    if (earlier === undefined) return [];
    const message = `${where}: the request body is removed, and whether clients rely on it is not known`;
    return [unproven(`${where}:requestBody`, message, earlier.pointer, after.pointer)];
  }
  const reports: PointedReport[] = [];
  if (later.value['required'] === true && earlier?.value['required'] !== true) {
    const pointer = pointerTo(later.pointer, 'required');
    const message = `${where}: a request body is newly required`;
    reports.push(
      required(`${where}:requestBody:required`, message, earlier?.pointer ?? before.pointer, pointer),
    );
  }
  if (earlier === undefined) return reports;
  reports.push(
    ...compareRest(earlier, later, ['required', 'content'], `${where}, request: `),
    ...(await compareContent(`${where}, request`, earlier, later, 'consumed')),
  );
  return reports;
}

async function compareResponses(where: string, before: Part, after: Part): Promise<PointedReport[]> {
  const reports: PointedReport[] = [];
  const [earlier, later] = [childOf(before, 'responses'), childOf(after, 'responses')];
  for (const [status] of entriesOf(earlier?.value)) {
    if (earlier === undefined || status.startsWith('x-')) continue;
    const answer = childOf(earlier, status);
    const counterpart = later && childOf(later, status);
    if (answer === undefined) continue;
    if (counterpart === undefined) {
      const pointers = [answer.pointer, later?.pointer ?? after.pointer] as const;
      const message = `${where}: the response ${status} is removed`;
      // Clients wait for success; an error that no longer happens hurts only those who act on it.
      const report = /^(2|default)/.test(status) ? breaking : unproven;
      reports.push(report(`${where}:${status}`, message, ...pointers));
      continue;
    }
    const place = `${where}, response ${status}`;
    reports.push(
      ...compareRest(answer, counterpart, ['content'], `${place}: `),
      ...(await compareContent(place, answer, counterpart, 'produced')),
    );
  }
  for (const [status] of entriesOf(later?.value)) {
    if (later === undefined || status.startsWith('x-') || (earlier && childOf(earlier, status))) continue;
    const message = `${where}: the response ${status} is new, and whether clients expect it is not known`;
    reports.push(
      unproven(`${where}:${status}:new`, message, before.pointer, pointerTo(later.pointer, status)),
    );
  }
  return reports;
}

async function compareContent(
  where: string,
  before: Part,
  after: Part,
  direction: 'consumed' | 'produced',
): Promise<PointedReport[]> {
  const reports: PointedReport[] = [];
  const [earlier, later] = [childOf(before, 'content'), childOf(after, 'content')];
  for (const [type] of entriesOf(earlier?.value)) {
    const media = earlier && childOf(earlier, type);
    const counterpart = later && childOf(later, type);
    if (media === undefined) continue;
    if (counterpart === undefined) {
      const message = `${where}: the media type ${type} is removed`;
      reports.push(breaking(`${where}:${type}`, message, media.pointer, later?.pointer ?? after.pointer));
      continue;
    }
    reports.push(
      ...compareRest(media, counterpart, ['schema'], `${where} (${type}): `),
      ...(await compareSchemasAt(media, counterpart, direction, `${where} (${type}): `)),
    );
  }
  return reports;
}

async function compareSchemasAt(
  before: Part,
  after: Part,
  direction: 'consumed' | 'produced',
  where: string,
): Promise<PointedReport[]> {
  const [one, other] = [before, after].map(({ root, pointer }) =>
    expandSchema(root, pointerTo(pointer, 'schema')),
  );
  if (one === undefined || other === undefined) {
    const message = `${where}the schema is too large to be compared`;
    return [unproven(`${where}size`, message, before.pointer, after.pointer)];
  }
  // Most schemas of a description are as they were, and those are not compiled.
  if (canonical(one.schema) === canonical(other.schema)) return [];
  const differences = await compareSchemas(await compile(one), await compile(other), direction);
  return differences.map((difference) => describeDifference(difference, where));
}

async function compile(expanded: ExpandedSchema): Promise<ComparedSchema> {
  // A reference that is left leads out of the schema or around in a circle: nothing can be confirmed.
  if (canonical(expanded.schema).includes('"$ref"')) return { expanded, errorsOf: undefined };
  const nowhere = { read: () => Promise.resolve(undefined), list: () => Promise.resolve([]) };
  const validator = await compileValidator(expanded.schema, 'schema', nowhere);
  return { expanded, errorsOf: validator.ok ? validator.errorsOf : undefined };
}

/** Differences outside the keywords that are compared on their own. */
function compareRest(before: Part, after: Part, compared: readonly string[], where: string): PointedReport[] {
  const keywords = new Set([...Object.keys(before.value), ...Object.keys(after.value)]);
  const reports: PointedReport[] = [];
  for (const keyword of keywords) {
    if (compared.includes(keyword) || annotations.includes(keyword) || keyword.startsWith('x-')) continue;
    if (canonical(before.value[keyword]) === canonical(after.value[keyword])) continue;
    const message = `${where}a change of "${keyword}" could not be proved compatible`;
    const pointers = [pointerTo(before.pointer, keyword), pointerTo(after.pointer, keyword)] as const;
    reports.push(unproven(`${where}${keyword}`, message, ...pointers));
  }
  return reports;
}

function rootPart(root: unknown): Part {
  return { root, pointer: '', value: isObject(root) ? root : {} };
}

/** The part under a key, with a local reference followed. */
function childOf(parent: Part, key: string): Part | undefined {
  let pointer = pointerTo(parent.pointer, key);
  let value = valueAt(parent.root, pointer);
  for (let hops = 0; hops < 20 && isObject(value) && typeof value['$ref'] === 'string'; hops++) {
    if (!value['$ref'].startsWith('#/')) break;
    pointer = value['$ref'].slice(1);
    value = valueAt(parent.root, pointer);
  }
  return isObject(value) ? { root: parent.root, pointer, value } : undefined;
}

/** By the path's template: what a parameter is called makes no difference to a client. */
function pathsOf(root: unknown): Map<string, Part> {
  const paths = childOf(rootPart(root), 'paths');
  const found = new Map<string, Part>();
  for (const [name] of entriesOf(paths?.value)) {
    const part = paths && childOf(paths, name);
    if (part !== undefined && name.startsWith('/')) found.set(name.replaceAll(/\{[^}]*\}/g, '{}'), part);
  }
  return found;
}

/** By place and name; an operation's own parameter comes before the path's. A path's parameters go by their position. */
function parametersOf(path: Part, operation: Part): Map<string, Part> {
  const found = new Map<string, Part>();
  const template = tokensOf(path.pointer).at(-1) ?? '';
  for (const holder of [path, operation]) {
    const list: unknown = holder.value['parameters'];
    const parent = { ...holder, pointer: pointerTo(holder.pointer, 'parameters') };
    for (const index of Array.isArray(list) ? list.keys() : []) {
      const parameter = childOf(parent, String(index));
      if (parameter === undefined) continue;
      const [place, name] = [String(parameter.value['in']), String(parameter.value['name'])];
      found.set(place === 'path' ? `path:${template.indexOf(`{${name}}`)}` : `${place}:${name}`, parameter);
    }
  }
  return found;
}

function nameOf({ value }: Part): string {
  return `${String(value['in'])} parameter ${JSON.stringify(value['name'])}`;
}

function breaking(key: string, message: string, beforePointer: string, afterPointer: string): PointedReport {
  return {
    rule: 'keep-compatible',
    key,
    level: 'error',
    proof: 'breaking',
    message,
    beforePointer,
    afterPointer,
  };
}

function required(key: string, message: string, beforePointer: string, afterPointer: string): PointedReport {
  return { ...breaking(key, message, beforePointer, afterPointer), rule: 'keep-required-field' };
}

function unproven(key: string, message: string, beforePointer: string, afterPointer: string): PointedReport {
  return { ...breaking(key, message, beforePointer, afterPointer), level: 'warning', proof: 'unproven' };
}
