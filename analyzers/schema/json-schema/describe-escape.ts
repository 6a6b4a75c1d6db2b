import type { Escape } from '../../containment/escape.ts';
import { isObject, valueAt } from '../../document/document.ts';
import type { JsonSchemaRuleId } from './rules.ts';

/** `backward`: what was valid is refused now; `forward`: what is valid now was refused before. */
export type Course = 'backward' | 'forward';

/** The value of the escape's keyword on either side; undefined where it does not stand there. */
export interface KeywordValues {
  before: unknown;
  after: unknown;
}

export interface EscapeDescription {
  ruleId: JsonSchemaRuleId;
  message: string;
}

/** Whether the accepting side describes the property itself, or only lets it pass. */
export function describesProperty(accepting: unknown, { name = '', keyword }: Escape): boolean {
  const map = isObject(accepting) && isObject(accepting['properties']) ? accepting['properties'] : accepting;
  return keyword === 'properties' && isObject(map) && Object.hasOwn(map, name);
}

/** Puts an escape into words, under the rule that it breaks. */
export function describeEscape(
  escape: Escape,
  course: Course,
  values: KeywordValues,
  isDescribed: boolean,
): EscapeDescription {
  const ruleId = ruleOf(escape, course, values, isDescribed);
  const where = escape.place === '' ? '' : `${escape.place}: `;
  if (escape.outcome === 'unproven') {
    const what = escape.keyword === '' ? 'the change' : `the change of "${escape.keyword}"`;
    return {
      ruleId,
      message: `${where}${what} could not be proved harmless: ${escape.reason ?? 'it could not be decided'}`,
    };
  }
  const example =
    escape.witness === undefined ? '' : `; for example ${shorten(JSON.stringify(escape.witness), 120)}`;
  return { ruleId, message: `${where}${sentenceFor(escape, course, values, isDescribed)}${example}` };
}

function ruleOf(
  { keyword }: Escape,
  course: Course,
  { before, after }: KeywordValues,
  isDescribed: boolean,
): JsonSchemaRuleId {
  const rejecting = course === 'backward' ? after : before;
  const isClosing = /^(additional|unevaluated)Properties$/.test(keyword) && rejecting === false;
  if (course === 'forward') return isClosing ? 'json-schema/keep-closed' : 'json-schema/keep-provided';
  if (/^(required|dependentRequired|dependencies|dependentSchemas|minProperties)$/.test(keyword)) {
    return 'json-schema/keep-optional';
  }
  if (isClosing || keyword === 'propertyNames' || keyword === 'maxProperties')
    return 'json-schema/keep-property';
  if (keyword === 'properties') {
    return isDescribed ? 'json-schema/keep-property' : 'json-schema/describe-undeclared-property';
  }
  if (keyword === 'patternProperties' && before === undefined)
    return 'json-schema/describe-undeclared-property';
  return 'json-schema/keep-accepted-values';
}

const limits: Readonly<Record<string, string>> = {
  minimum: 'the least number',
  maximum: 'the greatest number',
  exclusiveMinimum: 'the number that values must exceed',
  exclusiveMaximum: 'the number that values must stay below',
  multipleOf: 'the number that values must be multiples of',
  minLength: 'the least length',
  maxLength: 'the greatest length',
  minItems: 'the least number of elements',
  maxItems: 'the greatest number of elements',
  minProperties: 'the least number of properties',
  maxProperties: 'the greatest number of properties',
  minContains: 'the least number of matching elements',
  maxContains: 'the greatest number of matching elements',
};

function sentenceFor(
  { keyword, name }: Escape,
  course: Course,
  { before, after }: KeywordValues,
  isDescribed: boolean,
): string {
  const quoted = JSON.stringify(name ?? '');
  const isBackward = course === 'backward';
  const [narrow, wide] = isBackward ? [after, before] : [before, after];
  const limit = Object.hasOwn(limits, keyword) ? limits[keyword] : undefined;
  if (limit !== undefined) return limitSentence(limit, before, after);
  switch (keyword) {
    case 'required':
      return isBackward ? `${quoted} is newly required` : `${quoted} is no longer promised to be there`;
    case 'dependentRequired':
    case 'dependencies':
    case 'dependentSchemas':
      return isBackward
        ? `the presence of ${quoted} newly asks for something else`
        : `the presence of ${quoted} no longer promises what it did`;
    case 'type':
      return isBackward
        ? `the type was ${typeWords(wide)} and is ${typeWords(narrow)} now`
        : `the type may now be ${typeWords(wide)} where it was ${typeWords(narrow)}`;
    case 'enum':
    case 'const':
      return valuesSentence(narrow, wide, isBackward);
    case 'properties':
      if (!isBackward) return `the property ${quoted} may now hold what it was promised not to`;
      return isDescribed
        ? `the property ${quoted} is no longer accepted`
        : `the property ${quoted} is newly described, and any value was accepted there`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return propertiesSentence(name, narrow, isBackward);
    case 'uniqueItems':
      return isBackward ? 'elements may no longer repeat' : 'elements may now repeat';
    case 'pattern':
      return `the pattern ${isBackward ? 'now refuses' : 'no longer rules out'} texts that it ${isBackward ? 'accepted' : 'did'}${patternWords(before, after)}`;
    case 'format':
      return `the format was ${formatWords(before)} and is ${formatWords(after)} now`;
    case 'anyOf':
    case 'oneOf':
      return isBackward
        ? `${keyword === 'anyOf' ? 'no branch' : 'not exactly one branch'} of "${keyword}" takes what was accepted`
        : `"${keyword}" now takes what it did not`;
    case 'then':
    case 'else':
      return isBackward
        ? `the condition now leads to a "${keyword}" that refuses what was accepted`
        : `the "${keyword}" of the condition no longer rules out what it did`;
    case 'contains':
      return isBackward
        ? 'a list now has to contain what it did not'
        : 'a list no longer has to contain what it did';
    case 'propertyNames':
      return isBackward
        ? 'property names that were accepted are refused'
        : 'property names that were ruled out are now possible';
    case 'additionalItems':
    case 'unevaluatedItems':
    case 'items':
    case 'prefixItems':
      return isBackward
        ? 'elements that were accepted are refused'
        : 'elements that were ruled out are now possible';
    case 'false schema':
    case '':
      return isBackward ? 'what was accepted is refused' : 'what was refused is now possible';
    default:
      return isBackward
        ? `"${keyword}" refuses what was accepted`
        : `"${keyword}" no longer rules out what it did`;
  }
}

function limitSentence(limit: string, before: unknown, after: unknown): string {
  const isLimit = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
  if (isLimit(before) && isLimit(after)) return `${limit} was ${String(before)} and is ${String(after)} now`;
  if (isLimit(after)) return `${limit} is now ${String(after)}`;
  return isLimit(before) ? `${limit}, ${String(before)}, is no longer kept to` : `${limit} is another one`;
}

function valuesSentence(narrow: unknown, wide: unknown, isBackward: boolean): string {
  const allowed = (narrow === undefined ? [] : listOf(narrow)).map((value) => JSON.stringify(value));
  const gone = (wide === undefined ? [] : listOf(wide))
    .map((value) => JSON.stringify(value))
    .filter((value) => !allowed.includes(value));
  const shown = gone.slice(0, 5).map((value) => shorten(value, 40));
  const more = gone.length > shown.length ? ` and ${gone.length - shown.length} more` : '';
  if (shown.length > 0) {
    const verb = gone.length === 1 ? 'is' : 'are';
    return `${shown.join(', ')}${more} ${verb} ${isBackward ? 'no longer among the accepted values' : 'now possible as well'}`;
  }
  if (allowed.length === 0) return isBackward ? 'fewer values are accepted' : 'more values are now possible';
  const few = allowed
    .slice(0, 5)
    .map((value) => shorten(value, 40))
    .join(', ');
  return isBackward
    ? `only ${few}${allowed.length > 5 ? ' and so on' : ''} ${allowed.length === 1 ? 'is' : 'are'} accepted now`
    : `values other than ${few}${allowed.length > 5 ? ' and so on' : ''} are now possible`;
}

function propertiesSentence(name: string | undefined, narrow: unknown, isBackward: boolean): string {
  const quoted = JSON.stringify(name ?? '');
  if (narrow === false) {
    if (name !== undefined) {
      return isBackward
        ? `the property ${quoted} is no longer accepted`
        : `the property ${quoted} is new, and consumers refuse it`;
    }
    return isBackward
      ? 'properties that are not described are no longer accepted'
      : 'properties that are not described are now possible';
  }
  return isBackward
    ? 'properties that are not described have to be of another form'
    : 'properties that are not described may now be of another form';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function typeWords(type: unknown): string {
  if (typeof type === 'string') return type;
  return Array.isArray(type) ? type.map(String).join(' or ') : 'any';
}

function patternWords(before: unknown, after: unknown): string {
  if (typeof before === 'string' && typeof after === 'string') {
    return ` (it was ${shorten(before, 60)} and is ${shorten(after, 60)} now)`;
  }
  const only = typeof after === 'string' ? after : before;
  return typeof only === 'string' ? ` (${shorten(only, 60)})` : '';
}

function formatWords(format: unknown): string {
  return typeof format === 'string' ? format : 'free';
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

/** The value where a keyword stands; undefined when the pointer leads to something else. */
export function keywordValue(root: unknown, pointer: string, keyword: string): unknown {
  return pointer.endsWith(`/${keyword}`) ? valueAt(root, pointer) : undefined;
}
