import { pointerTo } from '../../document/document.ts';
import { ownValue, type Part, type Place } from './description.ts';
import type { SchemaUse } from './operation.ts';

/** What a parameter or header of Swagger 2 says itself about its value, without a schema. */
export const ownValueKeywords: readonly string[] = [
  'type',
  'format',
  'items',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'enum',
  'multipleOf',
];

/** The schema under a key of a part, where it stands. */
export function schemaAt(parent: Part, key: string): SchemaUse | undefined {
  const value = ownValue(parent.value, key);
  if (value === undefined) return undefined;
  return writtenSchema(parent, pointerTo(parent.pointer, key), value);
}

export function writtenSchema(parent: Part, pointer: string, value: unknown): SchemaUse {
  const { description, uri } = parent;
  return {
    source: {
      root: description.documents.get(uri),
      pointer,
      dialect: description.dialect,
      uri,
      documents: description.documents,
    },
    value,
    isWritten: true,
    placeOf: (place) => ({ uri: place.uri === '' ? uri : place.uri, pointer: place.pointer }),
  };
}

/** A schema that stands nowhere as such; `placeOf` tells from where in the description a keyword of it comes. */
export function builtSchema(parent: Part, value: unknown, placeOf: (pointer: string) => string): SchemaUse {
  const { description, uri } = parent;
  const ownUri = `${uri}?built`;
  return {
    source: {
      root: value,
      pointer: '',
      dialect: description.dialect,
      uri: ownUri,
      documents: description.documents,
    },
    value,
    isWritten: false,
    placeOf: (place): Place =>
      place.uri === ownUri || place.uri === ''
        ? { uri, pointer: placeOf(place.pointer) }
        : { uri: place.uri, pointer: place.pointer },
  };
}
