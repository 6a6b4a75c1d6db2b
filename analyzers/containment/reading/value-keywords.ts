import { isApiDialect } from '../dialect-keywords.ts';
import type { KeywordReading } from './keyword-reading.ts';
import { always, canonicalJson, type Literal, type Statements, type ValueType } from '../statement.ts';

const types: Readonly<Record<string, readonly ValueType[]>> = {
  null: ['null'],
  boolean: ['boolean'],
  number: ['number'],
  integer: ['number'],
  string: ['string'],
  array: ['array'],
  object: ['object'],
  file: ['null', 'boolean', 'number', 'string', 'array', 'object'],
};

/** The keywords that stand for themselves: types, enumerations, limits, patterns, formats. */
export function readValueKeywords(reading: KeywordReading): void {
  const { schema, dialect, statements, has, add, senseless } = reading;
  const { among, intern } = statements;
  const isIntOrString = dialect === 'crd' && schema['x-kubernetes-int-or-string'] === true;
  const { type } = schema;
  const named = isIntOrString ? ['integer', 'string'] : Array.isArray(type) ? type : [type];
  if (isIntOrString || has('type')) {
    const list: unknown[] = isNullable(reading) ? [...(named as unknown[]), 'null'] : (named as unknown[]);
    add('type', typeLiteral(list, statements) ?? senseless('type'));
  }
  if (has('enum')) {
    const values: unknown = schema['enum'];
    add('enum', Array.isArray(values) ? among(values.map(canonicalJson)) : senseless('enum'));
  }
  if (has('const')) add('const', among([canonicalJson(schema['const'])]));
  for (const end of ['minimum', 'maximum'] as const) {
    const exclusive = end === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
    const limit = schema[end];
    const own = schema[exclusive];
    const bound = (value: number, isExclusive: boolean) =>
      intern({ op: `number-${end}`, limit: value, isExclusive });
    if (has(end)) add(end, typeof limit === 'number' ? bound(limit, own === true) : senseless(end));
    if (typeof own === 'number') add(exclusive, bound(own, true));
    else if (has(exclusive) && typeof own !== 'boolean') add(exclusive, senseless(exclusive));
  }
  if (has('multipleOf')) {
    const of = schema['multipleOf'];
    add(
      'multipleOf',
      typeof of === 'number' && of > 0 ? intern({ op: 'number-multiple', of }) : senseless('multipleOf'),
    );
  }
  const lengths = [
    ['minLength', 'string-minimum'],
    ['maxLength', 'string-maximum'],
    ['minItems', 'array-minimum'],
    ['maxItems', 'array-maximum'],
    ['minProperties', 'object-minimum'],
    ['maxProperties', 'object-maximum'],
  ] as const;
  for (const [keyword, op] of lengths) {
    const limit = schema[keyword];
    if (!has(keyword)) continue;
    if (typeof limit !== 'number') add(keyword, senseless(keyword));
    else if (!op.endsWith('minimum') || limit > 0) add(keyword, intern({ op, limit }));
  }
  if (has('pattern')) {
    const { pattern } = schema;
    add(
      'pattern',
      typeof pattern === 'string' ? intern({ op: 'string-pattern', pattern }) : senseless('pattern'),
    );
  }
  const { format } = schema;
  if (has('format') && typeof format === 'string') add('format', formatLiteral(format, statements));
  if (has('uniqueItems') && schema['uniqueItems'] === true)
    add('uniqueItems', intern({ op: 'array-unique' }));
  const isSet = dialect === 'crd' && schema['x-kubernetes-list-type'] === 'set';
  if (isSet) add('x-kubernetes-list-type', intern({ op: 'array-unique' }));
}

/** Whether `null` is allowed beside the type, in the words of OpenAPI 3.0, Swagger 2 or Kubernetes. */
export function isNullable({ schema, dialect }: KeywordReading): boolean {
  if (!isApiDialect(dialect)) return false;
  return schema['nullable'] === true || (dialect === 'swagger-2' && schema['x-nullable'] === true);
}

function typeLiteral(names: readonly unknown[], { type, all, intern }: Statements): Literal | undefined {
  const known = names.map((name) =>
    typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined,
  );
  if (known.length === 0 || known.includes(undefined)) return undefined;
  const literal = type(known.flatMap((list) => list ?? []));
  const isWhole = names.includes('integer') && !names.includes('number') && !names.includes('file');
  return isWhole ? all([literal, intern({ op: 'number-integer' })]) : literal;
}

function formatLiteral(format: string, { all, intern }: Statements): Literal {
  const wide = 2 ** 31;
  switch (format) {
    // What ajv-formats checks. That a number is one of 64 bits, or a float, is a promise about its precision.
    case 'int32':
      return all([
        intern({ op: 'number-integer' }),
        intern({ op: 'number-minimum', limit: -wide, isExclusive: false }),
        intern({ op: 'number-maximum', limit: wide - 1, isExclusive: false }),
      ]);
    case 'int64':
      return intern({ op: 'number-integer' });
    case 'float':
    case 'double':
    case 'password':
    case 'binary':
      return always;
    default:
      return intern({ op: 'string-format', format });
  }
}
