import type { LineIndex, Position, Span } from '../../finding.ts';

/** A half-open range of UTF-16 offsets. Positions are worked out only for what is reported. */
export interface Range {
  start: number;
  end: number;
}

export type Syntax = 'proto2' | 'proto3' | '2023' | '2024';

/**
 * One option with its path as it is written (`java_package`, `(my.option).part`, `features.enum_type`). `value` is
 * canonical: a decimal number, a decoded text, a name. The parts of a message value are options of their own.
 */
export interface ProtoOption {
  name: string;
  value: string;
  range: Range;
}

export interface NumberRange {
  first: number;
  last: number;
  range: Range;
}

export interface ReservedName {
  name: string;
  range: Range;
}

export interface ProtoField {
  name: string;
  number: number;
  label?: 'optional' | 'required' | 'repeated';
  /** As it is written: relative, or absolute with a dot in front. Of a map it is the value's type. */
  typeName: string;
  mapKey?: string;
  isGroup: boolean;
  oneof?: string;
  options: readonly ProtoOption[];
  range: Range;
  nameRange: Range;
  typeRange: Range;
  numberRange: Range;
}

export interface ProtoOneof {
  name: string;
  options: readonly ProtoOption[];
  nameRange: Range;
}

export interface ProtoExtension {
  extendee: string;
  field: ProtoField;
}

/** What a message, an enum and a service have in common. */
export interface ProtoDeclaration {
  name: string;
  options: ProtoOption[];
  range: Range;
  nameRange: Range;
}

export interface ProtoMessage extends ProtoDeclaration {
  fields: ProtoField[];
  oneofs: ProtoOneof[];
  messages: ProtoMessage[];
  enums: ProtoEnum[];
  extensions: ProtoExtension[];
  reservedRanges: NumberRange[];
  reservedNames: ReservedName[];
  extensionRanges: NumberRange[];
}

export interface ProtoEnumValue {
  name: string;
  number: number;
  range: Range;
  nameRange: Range;
}

export interface ProtoEnum extends ProtoDeclaration {
  values: ProtoEnumValue[];
  reservedRanges: NumberRange[];
  reservedNames: ReservedName[];
}

export interface ProtoRpc extends ProtoDeclaration {
  request: string;
  response: string;
  isClientStreaming: boolean;
  isServerStreaming: boolean;
}

export interface ProtoService extends ProtoDeclaration {
  rpcs: ProtoRpc[];
}

export interface ProtoImport {
  path: string;
  form: 'plain' | 'public' | 'weak' | 'option';
  range: Range;
}

/** One file that parsed. The same text at the same path gives the same object, so that equal files are seen at once. */
export interface ProtoFile {
  path: string;
  lines: LineIndex;
  syntax: Syntax;
  syntaxRange: Range;
  package: string;
  packageRange: Range;
  imports: ProtoImport[];
  options: ProtoOption[];
  messages: ProtoMessage[];
  enums: ProtoEnum[];
  services: ProtoService[];
  extensions: ProtoExtension[];
}

export interface ProtoProblem {
  message: string;
  position: Position;
  span: Span;
}

/** The value of the last option of that name, which is the one that counts. */
export function optionOf(options: readonly ProtoOption[], name: string): ProtoOption | undefined {
  return options.length === 0 ? undefined : options.findLast((option) => option.name === name);
}

/** The highest number that a field can have, and so the end of `to max` in messages. */
export const maxFieldNumber = 2 ** 29 - 1;
export const maxEnumNumber = 2 ** 31 - 1;
