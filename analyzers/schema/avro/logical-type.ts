import { isObject } from '../../document/document.ts';

/** An annotation that says what the encoded value means. */
export interface LogicalType {
  name: string;
  /** Of a decimal. */
  precision?: number;
  scale?: number;
}

/** The types of the specification, and what each may annotate. Elsewhere it is ignored, as the specification demands. */
const bases: Readonly<Record<string, readonly string[]>> = {
  decimal: ['bytes', 'fixed'],
  'big-decimal': ['bytes'],
  uuid: ['string', 'fixed'],
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'timestamp-nanos': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  'local-timestamp-nanos': ['long'],
  duration: ['fixed'],
};

/** The logical type of a schema object, or undefined where there is none or where readers have to ignore it. */
export function readLogicalType(schema: unknown, base: string): LogicalType | undefined {
  if (!isObject(schema) || typeof schema['logicalType'] !== 'string') return undefined;
  const name = schema['logicalType'];
  const known = Object.hasOwn(bases, name) ? bases[name] : undefined;
  if (known === undefined) return { name };
  if (!known.includes(base)) return undefined;
  const size = schema['size'];
  if (name === 'uuid' && base === 'fixed' && size !== 16) return undefined;
  if (name === 'duration' && size !== 12) return undefined;
  if (name !== 'decimal') return { name };
  const { precision, scale = 0 } = schema;
  if (typeof precision !== 'number' || typeof scale !== 'number') return undefined;
  if (!Number.isInteger(precision) || !Number.isInteger(scale)) return undefined;
  if (precision < 1 || scale < 0 || scale > precision) return undefined;
  return { name, precision, scale };
}

/**
 * What becomes of a value that was written under one logical type and is read under another:
 * - `same`: it means what it meant;
 * - `annotation`: one side has no logical type. The encoded value is read as it is, but code sees another type;
 * - `meaning`: it is read as another value (milliseconds as microseconds), or, for decimals that differ in precision or
 *   scale, the schemas do not match (specification, "Decimal");
 * - `unknown`: at least one of the two is not in the specification.
 */
export function compareLogicalTypes(
  reader: LogicalType | undefined,
  writer: LogicalType | undefined,
): 'same' | 'annotation' | 'meaning' | 'unknown' {
  if (reader === undefined || writer === undefined) return reader === writer ? 'same' : 'annotation';
  if (reader.name === writer.name) {
    return reader.precision === writer.precision && reader.scale === writer.scale ? 'same' : 'meaning';
  }
  return Object.hasOwn(bases, reader.name) && Object.hasOwn(bases, writer.name) ? 'meaning' : 'unknown';
}

/** The logical type in words: `decimal(10, 2)`. */
export function describeLogicalType(logical: LogicalType | undefined): string {
  if (logical === undefined) return 'none';
  return logical.precision === undefined
    ? logical.name
    : `${logical.name}(${logical.precision}, ${logical.scale ?? 0})`;
}
