/**
 * Compares requests, answers and webhooks with GitHub's description of them. Each schema is compiled when it is first
 * needed: a test that uses ten operations does not wait for seventy.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { isObject, member, type JsonObject } from '../json.ts';
import type { OperationId, WebhookId } from './operations.ts';
import { describedByGitHub, type Operation, type Slice } from './slice.ts';

const isSlice = new Ajv().compile<Slice>({
  type: 'object',
  required: ['operations', 'webhooks', 'api', 'hooks'],
  properties: {
    operations: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'method', 'path', 'parameters', 'isBodyRequired', 'responses'],
      },
    },
  },
});

const slice = ((): Slice => {
  const described = describedByGitHub();
  if (!isSlice(described))
    throw new Error('the slice of GitHub’s description has another shape; remove its cache');
  return described;
})();

export const operations: readonly Operation[] = slice.operations;

const options = { strict: false, allErrors: true, validateFormats: true, logger: false } as const;
const ajv = withDescription(new Ajv(options));
/** Paths and queries are text; what is a number in the description is read from it. */
const readingAjv = withDescription(new Ajv({ ...options, coerceTypes: true }));

function withDescription(instance: Ajv): Ajv {
  addFormats.default(instance);
  instance.addSchema({ $id: 'api', schemas: slice.api.schemas });
  instance.addSchema({ $id: 'hooks', schemas: slice.hooks.schemas });
  return instance;
}

const compiled = new Map<string, ValidateFunction>();

function validatorOf(key: string, schema: unknown, instance = ajv): ValidateFunction {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const validate = instance.compile(isObject(schema) ? schema : {});
  compiled.set(key, validate);
  return validate;
}

function breaksIn(validate: ValidateFunction, value: unknown, what: string): string[] {
  const isRight: unknown = validate(value);
  if (isRight === true) return [];
  const errors = validate.errors ?? [];
  return errors.slice(0, 5).map((error) => {
    const extra = error.keyword === 'enum' ? ` ${JSON.stringify(error.params['allowedValues'])}` : '';
    return `${what}${error.instancePath} ${error.message ?? 'is wrong'}${extra}`;
  });
}

export interface ReadRequest {
  path: JsonObject;
  query: JsonObject;
  body: JsonObject;
  /** What is wrong with it, as sentences; empty when nothing is. */
  breaks: string[];
  /** Which limits of the description it goes over. GitHub refuses that like any other rule, so it is no break. */
  overLimits: string[];
}

const limits = new Set(['maxItems', 'maxLength', 'maximum', 'minLength', 'minItems', 'minimum']);

/** Reads a request as its operation describes it. A parameter or a member of the body that is not described is wrong. */
export function readRequest(
  operation: Operation,
  path: Record<string, string>,
  query: URLSearchParams,
  body: unknown,
): ReadRequest {
  const breaks: string[] = [];
  const overLimits: string[] = [];
  const read = (place: 'path' | 'query', given: JsonObject): JsonObject => {
    const described = operation.parameters.filter((parameter) => parameter.in === place);
    for (const name of Object.keys(given)) {
      if (!described.some((parameter) => parameter.name === name))
        breaks.push(`the ${place} parameter ${name} is not described`);
    }
    const schema = {
      type: 'object',
      required: described.filter(({ isRequired }) => isRequired).map(({ name }) => name),
      properties: Object.fromEntries(described.map((parameter) => [parameter.name, parameter.schema])),
    };
    const values = { ...given };
    breaks.push(
      ...breaksIn(validatorOf(`${operation.id} ${place}`, schema, readingAjv), values, `${place} `),
    );
    return values;
  };
  const values = { path: read('path', path), query: read('query', Object.fromEntries(query)) };
  if (operation.body === null || operation.body === undefined) {
    if (body !== undefined) breaks.push('a body is not described');
  } else if (body !== undefined || operation.isBodyRequired) {
    const broken = breaksIn(validatorOf(`${operation.id} body`, operation.body), body ?? null, 'body ');
    const isWithin = validatorOf(`${operation.id} body, without limits`, withoutLimits(operation.body));
    if (broken.length > 0 && isWithin(body ?? null)) overLimits.push(...broken);
    else breaks.push(...broken);
    const properties = member(operation.body, 'properties');
    if (isObject(properties) && isObject(body)) {
      const unknown = Object.keys(body).filter((name) => !(name in properties));
      breaks.push(...unknown.map((name) => `the body's member ${name} is not described`));
    }
  }
  return { ...values, body: isObject(body) ? body : {}, breaks, overLimits };
}

function withoutLimits(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutLimits);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(limits.has(key) && typeof value === 'number'))
      .map(([key, value]) => [key, withoutLimits(value)]),
  );
}

/** What GitHub answers anywhere, described or not. */
const errorStatuses = new Set([400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 502, 503]);
const basicError = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } };

/** What is wrong with an answer to an operation, as sentences. */
export function breaksOfAnswer(id: OperationId, status: number, body: unknown): string[] {
  const operation = operations.find((one) => one.id === id);
  if (operation === undefined) return [`${id} is no operation in use`];
  const schema = operation.responses[String(status)];
  if ((schema === null && status < 400) || status === 304)
    return body === undefined ? [] : [`${status} has no body`];
  // An error always says why, also where the description leaves out its words.
  if (schema !== undefined && schema !== null)
    return breaksIn(validatorOf(`${id} ${status}`, schema), body, `${id} ${status} `);
  if (!errorStatuses.has(status)) return [`${id} never answers ${status}`];
  return breaksIn(validatorOf('error', basicError), body, `${id} ${status} `);
}

/** What is wrong with a webhook's payload, as sentences. */
export function breaksOfWebhook(id: WebhookId, payload: unknown): string[] {
  return breaksIn(validatorOf(`webhook ${id}`, slice.webhooks[id]), payload, `${id} `);
}
