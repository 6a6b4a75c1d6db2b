import { parentOf, type Document } from '../../document/document.ts';
import type { Span } from '../../finding.ts';
import type { LogicalType } from './logical-type.ts';

/** One file of schemas, as far as spans need it. */
export interface AvroFile {
  path: string;
  document: Document;
}

/** Where something is written: a file and an RFC 6901 pointer into it. */
export interface AvroPlace {
  file: AvroFile;
  pointer: string;
}

export const primitiveNames = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const;
export type PrimitiveName = (typeof primitiveNames)[number];

export interface AvroField {
  name: string;
  aliases: readonly string[];
  type: AvroType;
  /** Present also for a default of `null`. */
  fallback?: { value: unknown; place: AvroPlace };
  place: AvroPlace;
}

interface Placed {
  place: AvroPlace;
}

interface Named extends Placed {
  /** With its namespace: `com.example.Order`. */
  fullName: string;
  /** Full names, too. */
  aliases: readonly string[];
}

export type PrimitiveType = Placed & { kind: 'primitive'; name: PrimitiveName; logical?: LogicalType };
export type RecordType = Named & { kind: 'record'; fields: readonly AvroField[] };
export type EnumType = Named & { kind: 'enum'; symbols: readonly string[]; fallback?: string };
export type FixedType = Named & { kind: 'fixed'; size: number; logical?: LogicalType };
export type ArrayType = Placed & { kind: 'array'; items: AvroType };
export type MapType = Placed & { kind: 'map'; values: AvroType };
export type UnionType = Placed & { kind: 'union'; branches: readonly AvroType[] };
/** A name in the place of a schema. What it leads to is known when everything has been read. */
export type ReferenceType = Placed & { kind: 'reference'; target: () => NamedType };

export type NamedType = RecordType | EnumType | FixedType;
export type ResolvedType = PrimitiveType | NamedType | ArrayType | MapType | UnionType;
export type AvroType = ResolvedType | ReferenceType;

/** The schema itself, where a name stands for it. */
export function targetOf(type: AvroType): ResolvedType {
  return type.kind === 'reference' ? type.target() : type;
}

/** The last part of a full name. Records, enums and fixed match by it (specification, "Schema Resolution"). */
export function simpleNameOf(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}

/** What people call it in a message, and what the JSON encoding calls a union's branch. */
export function nameOf(type: AvroType): string {
  const target = targetOf(type);
  switch (target.kind) {
    case 'primitive':
      return target.name;
    case 'record':
    case 'enum':
    case 'fixed':
      return target.fullName;
    default:
      return target.kind;
  }
}

/** The span of a place, or of what is around it where the place itself is missing from the text. */
export function spanOfPlace({ file, pointer }: AvroPlace): Span | undefined {
  for (let at = pointer; at !== ''; at = parentOf(at)) {
    const span = file.document.spanOf(at);
    if (span !== undefined) return span;
  }
  return file.document.spanOf('');
}
