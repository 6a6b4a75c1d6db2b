import type { Dialect } from './schema-source.ts';

/** How a keyword holds other schemas; `names`: lists of property names beside schemas. */
export type SchemaShape = 'schema' | 'list' | 'map' | 'schema-or-list' | 'map-or-names';

type Shapes = Readonly<Record<string, SchemaShape>>;

const draft04: Shapes = {
  not: 'schema',
  additionalItems: 'schema',
  additionalProperties: 'schema',
  items: 'schema-or-list',
  allOf: 'list',
  anyOf: 'list',
  oneOf: 'list',
  properties: 'map',
  patternProperties: 'map',
  dependencies: 'map-or-names',
};
const draft06: Shapes = { ...draft04, contains: 'schema', propertyNames: 'schema' };
const draft07: Shapes = { ...draft06, if: 'schema', then: 'schema', else: 'schema' };
const draft2019: Shapes = {
  ...draft07,
  unevaluatedItems: 'schema',
  unevaluatedProperties: 'schema',
  dependentSchemas: 'map',
};
const draft2020: Shapes = {
  ...Object.fromEntries(Object.entries(draft2019).filter(([keyword]) => keyword !== 'additionalItems')),
  items: 'schema',
  prefixItems: 'list',
};

const assertions04 = [
  ...['type', 'enum', 'format'],
  ...['multipleOf', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'],
  ...['minLength', 'maxLength', 'pattern'],
  ...['minItems', 'maxItems', 'uniqueItems'],
  ...['minProperties', 'maxProperties', 'required'],
];
const assertions06 = [...assertions04, 'const'];
const assertions2019 = [...assertions06, 'dependentRequired', 'minContains', 'maxContains'];

interface DialectKeywords {
  /** Keywords that hold schemas. */
  shapes: Shapes;
  /** Keywords that say something on their own. */
  assertions: ReadonlySet<string>;
}

// OpenAPI 3.0, Swagger 2 and CRDs are read as draft 07 once their peculiarities are spelled out: people use
// `patternProperties` and the like there, and the tools heed them.
const perDialect: Readonly<Record<Dialect, DialectKeywords>> = {
  'draft-04': { shapes: draft04, assertions: new Set(assertions04) },
  'draft-06': { shapes: draft06, assertions: new Set(assertions06) },
  'draft-07': { shapes: draft07, assertions: new Set(assertions06) },
  '2019-09': { shapes: draft2019, assertions: new Set(assertions2019) },
  '2020-12': { shapes: draft2020, assertions: new Set(assertions2019) },
  'swagger-2': { shapes: draft07, assertions: new Set(assertions06) },
  'openapi-3.0': { shapes: draft07, assertions: new Set(assertions06) },
  crd: { shapes: draft07, assertions: new Set(assertions06) },
};

/** The keywords that mean something in a dialect; all others are annotations. */
export function keywordsOf(dialect: Dialect): DialectKeywords {
  return perDialect[dialect];
}

/** Dialects in which nothing stands beside a `$ref`, and which ajv has no vocabulary for. */
export function isApiDialect(dialect: Dialect): dialect is 'swagger-2' | 'openapi-3.0' | 'crd' {
  return dialect === 'swagger-2' || dialect === 'openapi-3.0' || dialect === 'crd';
}

/** Drafts whose letter has a `$ref` stand alone: whatever else is there means nothing. */
export function ignoresSiblings(dialect: Dialect): boolean {
  return dialect === 'draft-04' || dialect === 'draft-06' || dialect === 'draft-07';
}
