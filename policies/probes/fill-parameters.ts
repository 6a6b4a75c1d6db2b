/** Puts values into the places of an operation's parameters: declared ones, then examples, then made ones. */
import { sample } from 'openapi-sampler';
import { validatorOf } from '../../analyzers/containment/judging/validator.ts';
import { isObject } from '../../analyzers/document/document.ts';
import { childrenOf, childOf, ownValue } from '../../analyzers/schema/openapi/description.ts';
import type { Operation, Parameter } from '../../analyzers/schema/openapi/operation.ts';

export type FilledParameters =
  | { ok: true; path: string; headers: Record<string, string>; unused: string[] }
  | { ok: false; message: string };

/** Optional parameters are left out unless `declared` has them; `unused` are declared names that the operation lacks. */
export function fillParameters(
  operation: Operation,
  declared: Readonly<Record<string, string>>,
): FilledParameters {
  let path = operation.template;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const parameter of operation.parameters) {
    const own = Object.hasOwn(declared, parameter.name) ? declared[parameter.name] : undefined;
    if (own === undefined && !parameter.isRequired) continue;
    const texts = own === undefined ? textsOf(parameter) : [own];
    if (texts === null)
      return {
        ok: false,
        message: `no value for its parameter ${parameter.name} could be made; declare one in \`probes.data\``,
      };
    const [first = ''] = texts;
    if (parameter.place === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(first));
    else if (parameter.place === 'query') for (const text of texts) query.append(parameter.name, text);
    else if (parameter.place === 'header') headers[parameter.name.toLowerCase()] = first;
    else cookies.push(`${parameter.name}=${encodeURIComponent(first)}`);
  }
  const [hole] = /\{[^{}]*\}/.exec(path) ?? [];
  if (hole !== undefined)
    return { ok: false, message: `its path has ${hole}, and the document has no such parameter` };
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  const known = new Set(operation.parameters.map(({ name }) => name));
  const unused = Object.keys(declared).filter((name) => !known.has(name));
  return { ok: true, path: query.size > 0 ? `${path}?${query.toString()}` : path, headers, unused };
}

/** The texts that stand for a parameter's value; null where no value that its schema takes could be found. */
function textsOf(parameter: Parameter): string[] | null {
  const written = exampleOf(parameter);
  const value = written.length > 0 ? written[0] : generated(parameter);
  if (value === undefined || value === null) return null;
  if (parameter.mediaType !== undefined) return [JSON.stringify(value)];
  if (Array.isArray(value)) {
    const texts = value.map(textOf);
    return parameter.place === 'query' && parameter.isExploded ? texts : [texts.join(',')];
  }
  return isObject(value) ? null : [textOf(value)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function exampleOf({ part }: Parameter): unknown[] {
  const own = ownValue(part.value, 'example');
  if (own !== undefined) return [own];
  return childrenOf(childOf(part, 'examples')).flatMap(([, example]) => {
    const value = ownValue(example.value, 'value');
    return value === undefined ? [] : [value];
  });
}

/** A value from the schema, and only one that it takes: what a service refuses says nothing about it. */
function generated({ schema }: Parameter): unknown {
  if (schema === undefined) return 'example';
  const { value, source } = schema;
  if (!isObject(value)) return value === false ? undefined : 'example';
  let made: unknown;
  try {
    const document = isObject(source.root) ? source.root : {};
    made = sample(value, { skipNonRequired: true, quiet: true }, document);
  } catch {
    return undefined;
  }
  const validator = validatorOf(source, { view: 'request' });
  return validator.ok && validator.rejects(made) ? undefined : made;
}
