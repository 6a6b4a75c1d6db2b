/** Parameters: nobody has to send more, or otherwise, than before. */
import { isObject, pointerTo } from '../../document/document.ts';
import { compareRest } from './compare-rest.ts';
import { compareSchemaUses } from './compare-schemas.ts';
import { report, type Comparison } from './comparison.ts';
import { compareDeprecation, sunsetOf, type RemovalTerms } from './compare-deprecation.ts';
import { followed, ownValue } from './description.ts';
import type { Operation, Parameter, SchemaUse } from './operation.ts';
import { compareNotes } from './schema-notes.ts';
import { builtSchema, ownValueKeywords } from './schema-use.ts';
import { requestOf, sampleOf } from './witness.ts';

const compared = [
  'name',
  'in',
  'required',
  'schema',
  'content',
  'style',
  'explode',
  'allowReserved',
  'allowEmptyValue',
  'deprecated',
  'collectionFormat',
  ...ownValueKeywords,
];

export function compareParameters(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  terms: RemovalTerms,
): void {
  const earlier = new Map(from.parameters.map((parameter) => [parameter.key, parameter]));
  const later = new Map(to.parameters.map((parameter) => [parameter.key, parameter]));
  for (const [key, parameter] of later) {
    const known = earlier.get(key);
    if (known === undefined) reportNew(comparison, from, to, parameter);
    else compareParameter(comparison, from, to, known, parameter);
  }
  for (const [key, parameter] of earlier) {
    if (!later.has(key)) reportRemoved(comparison, from, to, parameter, terms);
  }
}

function reportNew(comparison: Comparison, from: Operation, to: Operation, parameter: Parameter): void {
  if (!parameter.isRequired || parameter.place === 'path') return;
  report(comparison, {
    ruleId: 'openapi/keep-parameter-optional',
    where: `${to.label}, ${nameOf(parameter)}`,
    message: `the ${comparison.toName} version requires it, and the ${comparison.fromName} one does not know it`,
    what: `new:${parameter.key}`,
    from: from.part,
    to: parameter.part,
    proof: 'breaking',
    witness: requestOf(from),
  });
}

function reportRemoved(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  parameter: Parameter,
  terms: RemovalTerms,
): void {
  const where = `${from.label}, ${nameOf(parameter)}`;
  const places = { from: parameter.part, to: to.part };
  const moved = to.parameters.find(
    (other) =>
      other.name.toLowerCase() === parameter.name.toLowerCase() &&
      other.place !== parameter.place &&
      !from.parameters.some(({ key }) => key === other.key),
  );
  if (moved !== undefined) {
    report(comparison, {
      ruleId: 'openapi/keep-parameter-place',
      where,
      message: `the ${comparison.toName} version looks for it in the ${moved.place}, and not in the ${parameter.place}`,
      what: `moved:${moved.place}`,
      from: parameter.part,
      to: moved.part,
      proof: 'breaking',
      witness: requestOf(from, new Map([[parameter, sampleOf(parameter.schema)]])),
    });
    return;
  }
  if (parameter.place === 'path') return;
  const sunset = sunsetOf(parameter.part);
  const isOver = sunset !== undefined && terms.at !== undefined && sunset <= terms.at;
  report(comparison, {
    ruleId: 'openapi/keep-parameter',
    where,
    message: `the ${comparison.toName} version does not know it, and clients that send it are not heard${sunset === undefined ? '' : ` (its sunset is ${sunset})`}`,
    what: `removed:${parameter.key}`,
    ...places,
    level: isOver ? 'note' : 'warning',
  });
}

function compareParameter(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  earlier: Parameter,
  later: Parameter,
): void {
  const where = `${to.label}, ${nameOf(later)}`;
  const places = { from: earlier.part, to: later.part };
  const witness = (value: unknown) => requestOf(from, new Map([[earlier, value]]));
  if (later.isRequired && !earlier.isRequired) {
    report(comparison, {
      ruleId: 'openapi/keep-parameter-optional',
      where,
      message: `the ${comparison.toName} version requires it, and in the ${comparison.fromName} one it may be left out`,
      what: 'required',
      from: earlier.part,
      to: { uri: later.part.uri, pointer: pointerTo(later.part.pointer, 'required') },
      proof: 'breaking',
      witness: requestOf(from),
    });
  }
  const style = styleDifference(earlier, later);
  if (style !== undefined) {
    report(comparison, {
      ruleId: 'openapi/keep-parameter-style',
      where,
      message: `${style.message} in the ${comparison.fromName} version and otherwise in the ${comparison.toName} one`,
      what: `style:${formOf(earlier)}:${formOf(later)}`,
      ...places,
      proof: style.isCertain ? 'breaking' : 'unproven',
      level: style.isCertain ? 'error' : 'warning',
      ...(style.isCertain ? { witness: { ...witness(style.sample), writtenAs: formOf(earlier) } } : {}),
    });
  }
  for (const freedom of ['allowsReserved', 'allowsEmpty'] as const) {
    if (!earlier[freedom] || later[freedom]) continue;
    const isEmpty = freedom === 'allowsEmpty';
    report(comparison, {
      ruleId: 'openapi/keep-parameter-values',
      where,
      message: `${isEmpty ? 'an empty value' : 'a reserved character that is not encoded'} is allowed in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
      what: freedom,
      ...places,
      proof: 'breaking',
      witness: witness(isEmpty ? '' : 'a/b?c'),
    });
  }
  compareDefaults(comparison, where, from, earlier, later);
  compareDeprecation(comparison, where, earlier.part, later.part, requestOf(from));
  compareRest(comparison, where, earlier.part, later.part, compared);
  compareParameterSchemas(comparison, where, earlier, later, witness);
}

function compareParameterSchemas(
  comparison: Comparison,
  where: string,
  earlier: Parameter,
  later: Parameter,
  witnessOf: (value: unknown) => unknown,
): void {
  const one = earlier.schema ?? builtSchema(earlier.part, {}, () => earlier.part.pointer);
  const other = later.schema ?? builtSchema(later.part, {}, () => later.part.pointer);
  const isPlain = earlier.mediaType === undefined && later.mediaType === undefined;
  const written = isPlain ? asWritten(one, other) : undefined;
  const role = {
    view: 'request' as const,
    where,
    ruleId: 'openapi/keep-parameter-values' as const,
    witnessOf,
  };
  compareSchemaUses(comparison, written ?? one, other, role);
  if (written === undefined) compareNotes(comparison, one, other, role);
}

/** What is compared with a text is what a number or a boolean looks like in an address. */
function asWritten(from: SchemaUse, to: SchemaUse): SchemaUse | undefined {
  const [one, other] = [plainValue(from), plainValue(to)];
  if (one === undefined || other?.['type'] !== 'string' || from.source.root === undefined) return undefined;
  const { type } = one;
  const listed = Array.isArray(one['enum']) ? { enum: one['enum'].map(String) } : {};
  const shape =
    type === 'integer'
      ? { pattern: '^-?[0-9]+$' }
      : type === 'number'
        ? { pattern: '^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$' }
        : type === 'boolean'
          ? { enum: ['true', 'false'] }
          : undefined;
  if (shape === undefined) return undefined;
  const place = from.placeOf({ uri: from.source.uri ?? '', pointer: from.source.pointer });
  const ownUri = `${from.source.uri ?? ''}?written`;
  return {
    source: { ...from.source, root: { type: 'string', ...shape, ...listed }, pointer: '', uri: ownUri },
    value: { type: 'string', ...shape, ...listed },
    isWritten: false,
    placeOf: () => place,
  };
}

function plainValue({ source, value }: SchemaUse): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value['$ref'] !== 'string') return value;
  const documents = source.documents ?? new Map<string, unknown>();
  const description = {
    path: '',
    family: 'openapi-3' as const,
    dialect: source.dialect,
    root: {},
    documents,
    opened: new Map(),
    textLength: 0,
    unresolved: new Map(),
  };
  return followed({ description, uri: source.uri ?? '', pointer: source.pointer, value })?.value;
}

function compareDefaults(
  comparison: Comparison,
  where: string,
  operation: Operation,
  earlier: Parameter,
  later: Parameter,
): void {
  if (later.isRequired || earlier.isRequired) return;
  const [one, other] = [earlier, later].map(({ schema }) => {
    const value = schema && plainValue(schema);
    return value === undefined ? undefined : ownValue(value, 'default');
  });
  if (comparison.changed.isUnchanged(one, '', other, '')) return;
  const isNew = one === undefined;
  report(comparison, {
    ruleId: 'openapi/keep-parameter-default',
    where,
    message: isNew
      ? `the ${comparison.toName} version gives a default, and the ${comparison.fromName} one does not say what happens without it`
      : `a request without it means something else: the default of the ${comparison.toName} version is ${other === undefined ? 'not given' : 'another one'}`,
    what: `default:${JSON.stringify([one, other])}`.slice(0, 200),
    from: earlier.part,
    to: later.part,
    level: isNew ? 'warning' : 'error',
    ...(isNew
      ? { proof: 'unproven' as const }
      : { proof: 'breaking' as const, witness: requestOf(operation) }),
  });
}

function formOf({ style, isExploded, mediaType }: Parameter): string {
  return mediaType ?? `${style}${isExploded ? ', exploded' : ''}`;
}

interface StyleDifference {
  message: string;
  isCertain: boolean;
  sample: unknown;
}

function styleDifference(earlier: Parameter, later: Parameter): StyleDifference | undefined {
  if (earlier.mediaType !== later.mediaType) {
    return { message: `it is written as ${earlier.mediaType ?? 'plain text'}`, isCertain: true, sample: 'a' };
  }
  if (earlier.mediaType !== undefined || formOf(earlier) === formOf(later)) return undefined;
  const type = [earlier, later].map(({ schema }) =>
    schema === undefined ? undefined : plainValue(schema)?.['type'],
  );
  const message = `it is written in the style "${formOf(earlier)}"`;
  const isList = type.includes('array');
  if (isList || type.includes('object'))
    return { message, isCertain: true, sample: isList ? ['a', 'b'] : { a: 'b' } };
  const isScalar = type.every((name) => typeof name === 'string');
  // One plain value looks the same in all styles but those that put something before it.
  const hasMark = [earlier.style, later.style].some((style) => style === 'label' || style === 'matrix');
  if (hasMark && earlier.style !== later.style) return { message, isCertain: true, sample: 'a' };
  return isScalar ? undefined : { message, isCertain: false, sample: undefined };
}

export function nameOf({ place, name }: Parameter): string {
  return `${place} parameter ${JSON.stringify(name)}`;
}
