/** From what ajv says about a document to what a person can act on: a place, what is wrong there, the nearest valid name. */
import type { ErrorObject } from 'ajv';
import {
  isObject,
  parentOf,
  pointerTo,
  tokensOf,
  valueAt,
  type Document,
} from '../../analyzers/document/document.ts';
import type { Span } from '../../analyzers/finding.ts';
import { isSecretName, redactText } from '../audit/redact.ts';
import { nearestName } from './nearest-name.ts';

/** A fault of a document at a JSON pointer; `onKey` puts the span on the key instead of the value. */
export interface PolicyFault {
  pointer: string;
  onKey: boolean;
  message: string;
}

/** ajv reports a failed `anyOf` once for itself and once for every branch; people need one of them. */
export function faultsOf(errors: readonly ErrorObject[]): PolicyFault[] {
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
        message: `${quoteUnlessSecret(pointer, String(error.data))} is not of the right form. ${describe(error)}`,
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

/** Where a fault stands in its document, and its message with the name of the place where the message alone lacks it. */
export function locateFault(
  document: Document,
  fault: PolicyFault,
): { message: string; span: Span | undefined } {
  const own = fault.onKey ? document.keySpanOf(fault.pointer) : undefined;
  const span = own ?? spanOrParents(document, fault.pointer);
  const where = tokensOf(fault.pointer).join('.');
  const isNamed =
    fault.onKey && valueAt(document.value, fault.pointer) !== undefined && !fault.message.includes('missing');
  const prefix = where === '' || isNamed ? '' : `${where}: `;
  return { message: `${prefix}${fault.message}`, span };
}

function spanOrParents(document: Document, pointer: string): Span | undefined {
  for (let current = pointer; ; current = parentOf(current)) {
    const span = document.spanOf(current);
    if (span !== undefined || current === '') return span;
  }
}

/** What stands where a reference to a secret belongs may be the secret itself. */
function quoteUnlessSecret(pointer: string, text: string): string {
  return isSecretName(tokensOf(pointer).at(-1) ?? '') ? 'it' : quote(redactText(text));
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
