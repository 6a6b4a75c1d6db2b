import type { ErrorObject } from 'ajv';
import type { Validator } from '../containment/judging/validator.ts';
import { pointerTo, type Document } from '../document/document.ts';
import type { Report, Span } from '../finding.ts';

/** One thing that a schema does not allow. */
export interface Fault {
  error: ErrorObject;
  index: number;
  /** Names the place by structure, and what is wrong with it. */
  key: string;
}

/** Everything in a document that a schema does not allow. */
export function faultsOf(validator: Extract<Validator, { ok: true }>, document: Document): Fault[] {
  return document.documents.flatMap((value, index) =>
    withoutBranches(validator.errorsOf(value)).map((error) => ({
      error,
      index,
      key: [index, error.instancePath, error.keyword, nameIn(error) ?? ''].join(':'),
    })),
  );
}

// What the branches of an anyOf or oneOf say is summed up by the error of the keyword itself.
function withoutBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(
    ({ schemaPath, keyword }) => keyword !== 'if' && !/\/(anyOf|oneOf)\/\d/.test(schemaPath),
  );
}

/** A fault at its place, in words that say what the schema wants. */
export function toReport(
  { error, index, key }: Fault,
  path: string,
  schemaPath: string,
  document: Document,
): Report {
  const pointer = error.instancePath;
  const span = spanOf(document, error, pointer, index);
  return {
    path,
    key,
    message: `${pointer === '' ? 'the document' : pointer} ${describe(error, nameIn(error))} (${schemaPath})`,
    ...(span && { span }),
    // The validator's word for what it could not judge within its bounds, such as a pattern that may run for years.
    ...(error.keyword === 'judged' ? { proof: 'unproven' as const } : {}),
  };
}

function spanOf(document: Document, error: ErrorObject, pointer: string, index: number): Span | undefined {
  const name = nameIn(error);
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'propertyNames':
      return document.keySpanOf(pointerTo(pointer, name ?? ''), index) ?? document.spanOf(pointer, index);
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return document.keySpanOf(pointer, index) ?? document.spanOf(pointer, index);
    default:
      return document.spanOf(pointer, index);
  }
}

const nameParameters = ['additionalProperty', 'unevaluatedProperty', 'propertyName', 'missingProperty'];

/** The property that the error is about, where it is not the one that its path leads to. */
function nameIn(error: ErrorObject): string | undefined {
  const params: Readonly<Record<string, unknown>> = error.params;
  const found = nameParameters.map((parameter) => params[parameter]).find((name) => typeof name === 'string');
  return typeof found === 'string' ? found : undefined;
}

/** Says what the schema wants; never what the value is, for it may be a secret. */
function describe(error: ErrorObject, name: string | undefined): string {
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `must not have the key ${JSON.stringify(name)}`;
    case 'required':
      return `must have the key ${JSON.stringify(name)}`;
    case 'enum':
      return `must be one of ${JSON.stringify(params['allowedValues'])}`;
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    default:
      return error.message ?? `violates ${error.keyword}`;
  }
}
