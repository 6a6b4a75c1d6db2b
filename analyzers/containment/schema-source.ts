/** What the keywords of a schema mean. OpenAPI 3.1 and AsyncAPI 3 are `2020-12` and `draft-07`. */
export type Dialect =
  'draft-04' | 'draft-06' | 'draft-07' | '2019-09' | '2020-12' | 'swagger-2' | 'openapi-3.0' | 'crd';

/** A schema where it stands. Nothing is fetched: a reference leads into `root`, into `documents`, or is undecidable. */
export interface SchemaSource {
  /** The whole parsed document that the schema is a part of. */
  root: unknown;
  /** RFC 6901 pointer to the schema in it. */
  pointer: string;
  /** Used where no `$schema` says otherwise. */
  dialect: Dialect;
  /** The path or URI of the document, against which relative references are resolved. */
  uri?: string;
  /** Other documents by path or URI. */
  documents?: ReadonlyMap<string, unknown>;
}

/** Where a keyword stands: the document's path or URI (that of the source itself where it has none) and a pointer. */
export interface SchemaPlace {
  uri: string;
  pointer: string;
}

/** One text for one place, to tell places apart. */
export function keyOfPlace({ uri, pointer }: SchemaPlace): string {
  return `${uri}#${pointer}`;
}
