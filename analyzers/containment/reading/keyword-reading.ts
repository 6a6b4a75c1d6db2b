/** One schema while its keywords are read: what they stand in, and where what they demand goes. */
import { pointerTo } from '../../document/document.ts';
import { keywordsOf, type SchemaShape } from '../dialect-keywords.ts';
import type { SchemaDocuments } from './schema-documents.ts';
import { keyOfPlace, type Dialect, type SchemaPlace } from '../schema-source.ts';
import { always, type Literal, type Statements } from '../statement.ts';

/** From a value to a part of it: the value itself, a property, an element, or any of the other keys. */
export type Step =
  { to: 'self' } | { to: 'property'; name: string } | { to: 'element'; index?: number } | { to: 'others' };

/** What one keyword of a schema demands. */
export interface Assertion {
  keyword: string;
  /** The property that it is about. */
  name?: string;
  place: SchemaPlace;
  literal: Literal;
  /** The schema inside, for the keywords that demand the same of a part of the value as it does. */
  inner?: { place: SchemaPlace; step: Step; wrap(inner: Literal): Literal };
}

export type SchemaObject = Readonly<Record<string, unknown>>;

export interface KeywordReading {
  schema: SchemaObject;
  place: SchemaPlace;
  dialect: Dialect;
  shapes: Readonly<Record<string, SchemaShape>>;
  documents: SchemaDocuments;
  statements: Statements;
  view: 'request' | 'response' | undefined;
  /**
   * Whether ajv is followed where it leaves the letter: it does not come to `contains` where a tuple is not filled,
   * takes every element to be evaluated where there is a `contains`, and heeds what stands beside a `$ref` in every draft.
   */
  readsAsAjv: boolean;
  /** Called where the two readings differ, with what the letter says: "to the letter …". */
  onDifference(letter: string): void;
  /** The accepting side under `undeclared: absent`. */
  declares: boolean;
  found: Assertion[];
  /** Whether the schema has the keyword, and its dialect knows it. */
  has(keyword: string): boolean;
  at(keyword: string): SchemaPlace;
  within(keyword: string, name: string | number): SchemaPlace;
  add(keyword: string, literal: Literal, more?: Partial<Assertion>): void;
  /** The statement of a schema inside; `isInPlace`: one more demand on the same value. */
  read(place: SchemaPlace, isInPlace: boolean): Literal;
  opaque(about: string, reason: string): Literal;
  /** Stands for a keyword whose value its dialect does not allow. */
  senseless(keyword: string): Literal;
}

export type ReadingSurroundings = Pick<
  KeywordReading,
  'documents' | 'statements' | 'view' | 'readsAsAjv' | 'onDifference' | 'declares' | 'read'
>;

export function startReading(
  schema: SchemaObject,
  place: SchemaPlace,
  surroundings: ReadingSurroundings,
): KeywordReading {
  const { documents, statements } = surroundings;
  const dialect = documents.dialectOf(place);
  const { shapes, assertions } = keywordsOf(dialect);
  const found: Assertion[] = [];
  const at = (keyword: string): SchemaPlace => ({
    uri: place.uri,
    pointer: pointerTo(place.pointer, keyword),
  });
  const opaque = (about: string, reason: string) => statements.intern({ op: 'opaque', about, reason });
  return {
    ...surroundings,
    schema,
    place,
    dialect,
    shapes,
    found,
    at,
    opaque,
    has: (keyword) =>
      Object.hasOwn(schema, keyword) && (assertions.has(keyword) || Object.hasOwn(shapes, keyword)),
    within: (keyword, name) => ({ uri: place.uri, pointer: pointerTo(at(keyword).pointer, name) }),
    add: (keyword, literal, more = {}) => {
      if (literal !== always) found.push({ keyword, place: at(keyword), literal, ...more });
    },
    senseless: (keyword) => {
      return opaque(keyOfPlace(at(keyword)), `the value of ${keyword} makes no sense`);
    },
  };
}
