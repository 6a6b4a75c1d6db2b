import { Ajv, type ErrorObject } from 'ajv';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import {
  isObject,
  pointerTo,
  parentOf,
  tokensOf,
  valueAt,
  type Document,
} from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import { fingerprintOf, type Finding, type Span } from '../../analyzers/finding.ts';
import { fillPolicy } from './fill-policy.ts';
import { nearestName } from './nearest-name.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './schema.ts';

export type LoadedPolicy = { ok: true; policy: Policy } | { ok: false; problems: Finding[] };

/** A fault of a policy file at a JSON pointer; `onKey` puts the span on the key instead of the value. */
export interface PolicyFault {
  pointer: string;
  onKey: boolean;
  message: string;
}

/** What a fault of the policy file is filed under, beside the rules of the analyzers. */
export const readPolicyRule: RuleDescription = {
  id: 'config/read-policy',
  level: 'error',
  problem: 'The policy file cannot be used, so once it has landed no change could be checked.',
  remedy:
    'Correct the policy file; its JSON Schema (policies/policy-file/evenkeel.schema.json) helps an editor to.',
};

const supportedVersion = 1;
const validate = new Ajv({ allErrors: true, strict: false, verbose: true }).compile(policySchema);

/**
 * Reads a policy file. Every fault is reported at once, each with its place and, for a name that does not exist, the
 * nearest one that does. `path` is for messages; nothing is read from disk.
 */
export function loadPolicy(text: string, path: string): LoadedPolicy {
  const document = parseDocument(path.endsWith('.json') ? path : 'evenkeel.yml', text);
  if (!document.ok) {
    return {
      ok: false,
      problems: document.problems.map(({ message, span }) => finding(path, message, span)),
    };
  }
  const faults = [...document.duplicateKeys.map(({ message, span }) => finding(path, message, span))];
  const { value } = document;
  const newer = versionFault(value);
  if (newer !== null) return { ok: false, problems: [place(path, document, newer)] };
  if (!validate(value))
    faults.push(...readable(validate.errors ?? []).map((fault) => place(path, document, fault)));
  if (faults.length > 0) return { ok: false, problems: faults };
  const filled = fillPolicy(value, path);
  return filled.ok
    ? filled
    : { ok: false, problems: filled.faults.map((fault) => place(path, document, fault)) };
}

/** One line for a person: `evenkeel.yml:4:3: unknown key "path"; did you mean "paths"?` */
export function describeProblem(problem: Finding): string {
  const at = problem.span === undefined ? '' : `:${problem.span.start.line}:${problem.span.start.column}`;
  return `${problem.path}${at}: ${problem.message}`;
}

function versionFault(value: unknown): PolicyFault | null {
  if (!isObject(value)) {
    return {
      pointer: '',
      onKey: false,
      message: 'the policy must be a mapping that begins with `version: 1`',
    };
  }
  const { version } = Object.fromEntries(Object.entries(value));
  if (typeof version !== 'number' || version <= supportedVersion) return null;
  const message = `version ${version} is newer than this Evenkeel knows (${supportedVersion}); upgrade Evenkeel`;
  return { pointer: '/version', onKey: false, message };
}

/** ajv reports a failed `anyOf` once for itself and once for every branch; people need one of them. */
function readable(errors: readonly ErrorObject[]): PolicyFault[] {
  const alternatives = new Set(
    errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath),
  );
  return errors
    .filter((error) => error.keyword === 'anyOf' || !alternatives.has(error.instancePath))
    .filter((error) => error.keyword !== 'pattern' || error.propertyName === undefined)
    .map(toFault);
}

function toFault(error: ErrorObject): PolicyFault {
  const pointer = error.instancePath;
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const schema: unknown = error.parentSchema?.['properties'];
      const valid = isObject(schema) ? Object.keys(schema) : [];
      return {
        pointer: pointerTo(pointer, name),
        onKey: true,
        message: `unknown key ${quote(name)}; ${suggest(name, valid)}`,
      };
    }
    case 'required':
      return {
        pointer,
        onKey: true,
        message: `the key ${quote(String(params['missingProperty']))} is missing`,
      };
    case 'enum': {
      const valid = Array.isArray(params['allowedValues']) ? params['allowedValues'].map(String) : [];
      const written = String(error.data);
      return {
        pointer,
        onKey: false,
        message: `${quote(written)} is not a valid value; ${suggest(written, valid)}`,
      };
    }
    case 'const':
      return { pointer, onKey: false, message: `it must be ${JSON.stringify(params['allowedValue'])}` };
    case 'type':
      return {
        pointer,
        onKey: false,
        message: `it must be ${withArticle(String(params['type']))}, and is ${kindOf(error.data)}`,
      };
    case 'propertyNames': {
      const name = String(params['propertyName']);
      return {
        pointer: pointerTo(pointer, name),
        onKey: true,
        message: `${quote(name)} is no valid name: lower-case letters, digits, - and _, at most 40`,
      };
    }
    case 'pattern':
      return {
        pointer,
        onKey: false,
        message: `${quote(String(error.data))} is not of the right form. ${describe(error)}`,
      };
    case 'anyOf':
      return { pointer, onKey: false, message: `it must be a text or a list of texts. ${describe(error)}` };
    default:
      return { pointer, onKey: false, message: `it ${error.message ?? 'is not valid'}` };
  }
}

function describe(error: ErrorObject): string {
  const description: unknown = error.parentSchema?.['description'];
  return typeof description === 'string' ? description : '';
}

function suggest(name: string, valid: readonly string[]): string {
  const nearest = nearestName(name, valid);
  return nearest === null ? `valid are: ${valid.join(', ')}` : `did you mean ${quote(nearest)}?`;
}

function place(path: string, document: Document, fault: PolicyFault): Finding {
  const own = fault.onKey ? document.keySpanOf(fault.pointer) : undefined;
  const span = own ?? spanOrParents(document, fault.pointer);
  const where = tokensOf(fault.pointer).join('.');
  const isNamed =
    fault.onKey && valueAt(document.value, fault.pointer) !== undefined && !fault.message.includes('missing');
  const prefix = where === '' || isNamed ? '' : `${where}: `;
  return finding(path, `${prefix}${fault.message}`, span, fault.pointer);
}

function spanOrParents(document: Document, pointer: string): Span | undefined {
  for (let current = pointer; ; current = parentOf(current)) {
    const span = document.spanOf(current);
    if (span !== undefined || current === '') return span;
  }
}

function finding(path: string, message: string, span: Span | undefined, key = message): Finding {
  return {
    ruleId: readPolicyRule.id,
    level: readPolicyRule.level,
    message,
    remedy: readPolicyRule.remedy,
    path,
    fingerprint: fingerprintOf(readPolicyRule.id, path, key),
    ...(span === undefined ? {} : { span }),
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function withArticle(type: string): string {
  const names: Record<string, string> = {
    array: 'a list',
    object: 'a mapping',
    string: 'a text',
    integer: 'a whole number',
    boolean: 'true or false',
    'string,object': 'a text or a mapping',
  };
  return names[type] ?? `a ${type}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
