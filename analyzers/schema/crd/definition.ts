import type { Document } from '../../document/document.ts';

/** Where something of a definition stands: a file's document, and a pointer within it. */
export interface DefinitionPlace {
  path: string;
  document: Document;
  documentIndex: number;
  pointer: string;
}

export interface DefinitionVersion {
  name: string;
  isServed: boolean;
  isStorage: boolean;
  /** The value of `openAPIV3Schema`; undefined where there is none, and anything goes. */
  schema: unknown;
  schemaPointer: string;
  subresources: Readonly<Record<string, unknown>>;
  subresourcesPointer: string;
  columns: readonly string[];
  columnsPointer: string;
  /** JSON paths of the fields that requests may select by. */
  selectable: readonly string[];
  selectablePointer: string;
  pointer: string;
}

/** One CustomResourceDefinition, read and with the API server's defaults filled in. */
export interface Definition {
  name: string;
  group: string;
  kind: string;
  plural: string;
  singular: string;
  listKind: string;
  shortNames: readonly string[];
  categories: readonly string[];
  scope: string;
  conversion: string;
  /** Fields that the schema lacks are kept: only in v1beta1, or asked for. */
  preservesUnknown: boolean;
  versions: readonly DefinitionVersion[];
  place: DefinitionPlace;
}
