import type { ErrorObject } from 'ajv';
import { defineRule } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { pointerTo, type Document } from '../../document/document.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Report, Span } from '../../finding.ts';
import { compileValidator, type Validator } from '../../schema/compile-validator.ts';
import type { Tree } from '../../scope.ts';
import type { ConfigSubject } from '../document.ts';

/** More than these say nothing new about a file. */
const maxReportsPerFile = 20;

/** Every configuration file is valid to the schema of its own revision. */
export const matchSchema = defineRule<ConfigSubject>({
  id: 'config/match-schema',
  level: 'error',
  problem:
    'The service was promised values that this file does not hold, so it fails at start or misbehaves.',
  remedy: 'Correct the value, or change the schema in a way that the running versions can live with.',
  async check(subject, context) {
    const { schemaPath, document } = subject;
    if (schemaPath === undefined || document?.ok !== true) return [];
    const hasTextOnly = ['env', 'ini', 'properties'].includes(document.format);
    const validator = await validatorOf(context.after, schemaPath, hasTextOnly);
    if (!validator.ok) return [{ path: schemaPath, key: 'unusable', message: validator.message }];

    const reports: Report[] = [];
    for (const [index, value] of document.documents.entries()) {
      for (const error of withoutBranches(validator.errorsOf(value))) {
        reports.push(toReport(error, subject.path, schemaPath, document, index));
      }
    }
    if (reports.length <= maxReportsPerFile) return reports;
    const message = `${subject.path} has ${reports.length - maxReportsPerFile} more places that ${schemaPath} does not allow`;
    return [...reports.slice(0, maxReportsPerFile), { path: subject.path, key: 'more', message }];
  },
});

// One schema is compiled once per revision, however many files it governs.
const compiled = new WeakMap<Tree, Map<string, Promise<Validator>>>();

function validatorOf(tree: Tree, schemaPath: string, coerces: boolean): Promise<Validator> {
  const perTree = compiled.get(tree) ?? new Map<string, Promise<Validator>>();
  compiled.set(tree, perTree);
  const key = `${coerces} ${schemaPath}`;
  const known = perTree.get(key);
  if (known !== undefined) return known;
  const validator = readValidator(tree, schemaPath, coerces);
  perTree.set(key, validator);
  return validator;
}

async function readValidator(tree: Tree, schemaPath: string, coerces: boolean): Promise<Validator> {
  const version = await tree.read(schemaPath);
  if (version === undefined) {
    return {
      ok: false,
      message: `the policy names ${schemaPath} as a schema, and there is no such file in this revision`,
    };
  }
  const text = textOf(version);
  if (text === undefined) return { ok: false, message: `${schemaPath} is not text, so it is no schema` };
  const document = parseDocument(schemaPath, text);
  if (!document.ok) {
    const reason = document.problems[0]?.message ?? 'unknown';
    return { ok: false, message: `${schemaPath} does not parse as a schema: ${reason}` };
  }
  return compileValidator(document.value, schemaPath, tree, coerces);
}

// What the branches of an anyOf or oneOf say is summed up by the error of the keyword itself.
function withoutBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(
    ({ schemaPath, keyword }) => keyword !== 'if' && !/\/(anyOf|oneOf)\/\d/.test(schemaPath),
  );
}

function toReport(
  error: ErrorObject,
  path: string,
  schemaPath: string,
  document: Document,
  index: number,
): Report {
  const name = nameIn(error);
  const pointer = error.instancePath;
  const span = spanOf(document, error, pointer, index);
  return {
    path,
    key: [index, pointer, error.keyword, name ?? ''].join(':'),
    message: `${pointer === '' ? 'the document' : pointer} ${describe(error, name)} (${schemaPath})`,
    ...(span && { span }),
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
