/**
 * The judge of witnesses: ajv, asked whether a schema takes a value. It shares nothing with the comparison but the
 * reading of references, so that what both say agrees for a reason.
 *
 * Trust boundary: the schemas are what a pull request wrote. Nothing is fetched; size, depth and the time of patterns
 * are bounded, and what goes beyond a bound is neither accepted nor rejected.
 */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import draft04 from 'ajv-draft-04';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type core from 'ajv/dist/core.js';
import formats from 'ajv-formats';
import { bundleSchema, dialectOfSource, unresolvedKeyword, type BundledSchema } from './bundle-schema.ts';
import { isMultipleOf } from '../numbers/is-multiple-of.ts';
import { isDraft07, isDraft2020 } from './is-schema.generated.ts';
import type { View } from './optional-names.ts';
import { mayRunLong } from './pattern-cost.ts';
import type { Dialect, SchemaSource } from '../schema-source.ts';
import { addWholeDocuments } from './whole-documents.ts';

export interface ValidatorOptions {
  /** In a request nobody has to send what is `readOnly`, in a response nobody gets what is `writeOnly`. */
  view?: View;
  /** Turns text into the numbers and booleans that the schema asks for, for formats that know text only. */
  coerces?: boolean;
  /** Looks at the schema itself as well: every keyword has a value that its dialect allows. */
  checksSchema?: boolean;
}

export type Validator =
  | {
      ok: true;
      /** True only where the value was judged and taken. */
      accepts(value: unknown): boolean;
      /** True only where the value was judged and refused: not the opposite of `accepts` where time ran out. */
      rejects(value: unknown): boolean;
      /** Why the value is refused; one error without a place where it could not be judged. */
      errorsOf(value: unknown): readonly ErrorObject[];
    }
  /** `message` is the end of a sentence about the schema: "it refers to …, which is not fetched". */
  | ({ ok: false } & UnusableSchema);

/** `place`: where in the documents it is not what its dialect allows, as `uri#pointer`. */
interface UnusableSchema {
  message: string;
  place?: string;
}

/** A validator of the schema at `source`; compiled once, at the first value for each of its questions. */
export function validatorOf(source: SchemaSource, options: ValidatorOptions = {}): Validator {
  const compile = compilerOf(source, options);
  const first = compile(false);
  if (typeof first !== 'function') return { ok: false, ...first };
  let detailed: ValidateFunction | undefined;
  const copyOf = (value: unknown) => (options.coerces === true ? structuredClone(value) : value);
  const judge = (value: unknown): boolean | undefined => {
    try {
      return first(copyOf(value));
    } catch {
      return undefined;
    }
  };
  return {
    ok: true,
    accepts: (value) => judge(value) === true,
    rejects: (value) => judge(value) === false,
    errorsOf: (value) => {
      try {
        if (detailed === undefined) {
          const compiled = compile(true);
          detailed = typeof compiled === 'function' ? compiled : first;
        }
        return detailed(copyOf(value)) ? [] : [...(detailed.errors ?? [])];
      } catch {
        return [unjudged];
      }
    },
  };
}

const unjudged: ErrorObject = {
  keyword: 'judged',
  instancePath: '',
  schemaPath: '',
  params: {},
  message: 'could not be judged within the limits of time and depth',
};

type Compile = (allErrors: boolean) => ValidateFunction | UnusableSchema;

function compilerOf(source: SchemaSource, options: ValidatorOptions): Compile {
  const { coerces = false, checksSchema = false } = options;
  let bundled: BundledSchema | undefined;
  let tolerant: BundledSchema | undefined;
  return (allErrors) => {
    bundled ??= bundleSchema(source, options.view);
    if (bundled.ok) return compileBundle(bundled, allErrors, options);
    const dialect = dialectOfSource(source);
    if (dialect === undefined) return { message: bundled.message };
    let reason = bundled.message;
    if (bundled.needsWhole) {
      try {
        const ajv = createAjv(dialect, allErrors, coerces);
        return ajv.compile({ $ref: addWholeDocuments(ajv, source, dialect) });
      } catch (error) {
        reason = wholeReason(error, bundled.message);
      }
    }
    // Whoever validates files wants every reference followed; a witness may well do without some.
    if (checksSchema) return { message: reason };
    tolerant ??= bundleSchema(source, options.view, true);
    return tolerant.ok ? compileBundle(tolerant, allErrors, options) : { message: reason };
  };
}

function compileBundle(
  bundled: Extract<BundledSchema, { ok: true }>,
  allErrors: boolean,
  options: ValidatorOptions,
): ValidateFunction | UnusableSchema {
  const { schema, dialect, origins } = bundled;
  const { coerces = false, checksSchema = false } = options;
  const ajv = sharedAjv(dialect, allErrors, coerces);
  try {
    if (checksSchema && !isPlainlyValid(schema, dialect) && ajv.validateSchema(schema) !== true) {
      return firstError(ajv.errors, origins);
    }
    return ajv.compile(schema);
  } catch (error) {
    // Where it may stop at the first error, ajv nests the code of each property in that of the one before.
    if (error instanceof RangeError && !allErrors) return compileBundle(bundled, true, options);
    return { message: reasonOf(error) };
  } finally {
    ajv.removeSchema(schema);
  }
}

/** What ajv says about a reference is about addresses that it was given; the schema's own words are better. */
function wholeReason(error: unknown, message: string): string {
  const reason = reasonOf(error);
  return reason.includes("can't resolve reference") && message.startsWith('it refers to') ? message : reason;
}

function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return 'it refers to itself without end, or is nested too deep';
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `it is no usable schema: ${reason.slice(0, 200)}`;
}

function firstError(
  errors: readonly ErrorObject[] | null | undefined,
  origins: readonly string[],
): UnusableSchema {
  const [error] = errors ?? [];
  if (error === undefined) return { message: 'it is no valid schema' };
  const place = error.instancePath.replace(/^\/(?:definitions|\$defs)\/d(\d+)/, (_, index: string) =>
    (origins[Number(index)] ?? '#').replace(/ .*$/, ''),
  );
  const pointer = place.slice(place.indexOf('#') + 1);
  const message = `it is no valid schema: ${pointer === '' ? 'it' : pointer} ${error.message ?? 'is not allowed'}`;
  return { message, place };
}

const shared = new Map<string, { ajv: core.default; uses: number }>();
// ajv keeps the enums and patterns of whatever it compiled, so an engine is given up now and then.
const maxUses = 300;

/** Schemas that name nothing cannot get in each other's way, and an engine costs more than most schemas do. */
function sharedAjv(dialect: Dialect, allErrors: boolean, coerces: boolean): core.default {
  const key = `${dialect} ${allErrors} ${coerces}`;
  const known = shared.get(key);
  if (known !== undefined && known.uses < maxUses) {
    known.uses += 1;
    return known.ajv;
  }
  const ajv = createAjv(dialect, allErrors, coerces);
  shared.set(key, { ajv, uses: 1 });
  return ajv;
}

function createAjv(dialect: Dialect, allErrors: boolean, coerceTypes: boolean): core.default {
  const ajv = newAjv(dialect, {
    allErrors,
    coerceTypes,
    strict: false,
    logger: false,
    ownProperties: true,
    validateSchema: false,
    inlineRefs: 30,
    code: { regExp: boundedRegExp, optimize: false },
  });
  formats.default(ajv, { keywords: false });
  ajv.addKeyword({
    keyword: unresolvedKeyword,
    errors: false,
    validate: () => {
      throw new Error('a reference could not be followed');
    },
  });
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    errors: false,
    validate: (divisor: number, value: number) => isMultipleOf(value, divisor),
    error: { message: ({ schema }) => `must be multiple of ${String(schema)}` },
  });
  return ajv;
}

function newAjv(dialect: Dialect, options: Options): core.default {
  switch (dialect) {
    case 'draft-04':
      return new draft04.default(options);
    case '2019-09':
      return new Ajv2019(options);
    case '2020-12':
      return new Ajv2020(options);
    default:
      return new Ajv(options);
  }
}

/** Whether a schema is valid to its engine's meta-schema, without compiling that; false where the engine has to say. */
function isPlainlyValid(schema: unknown, dialect: Dialect): boolean {
  switch (dialect) {
    case 'draft-04':
    case '2019-09':
      return false;
    case '2020-12':
      return isDraft2020(schema);
    default:
      return isDraft07(schema);
  }
}

/** A pattern that gives up on texts for which it may take too long. Without `u` where it is no pattern with it. */
const boundedRegExp = Object.assign(
  (pattern: string, flags: string) => {
    const expression = compilePattern(pattern, flags);
    return {
      test: (text: string) => {
        if (mayRunLong(pattern, text.length)) throw new Error('the pattern may take too long');
        return expression.test(text);
      },
      // ajv tells patterns apart by this.
      toString: () => String(expression),
    };
  },
  { code: 'boundedRegExp' },
);

function compilePattern(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern, flags.replace('u', ''));
  }
}
