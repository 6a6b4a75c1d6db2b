/** Traits: what a message or an operation says by reference to a list of partial descriptions. */
import { pointerTo } from '../../document/document.ts';
import { childOf, elementsOf, ownValue, type JsonObject, type Part } from '../openapi/description.ts';
import type { SchemaUse } from '../openapi/operation.ts';
import { builtSchema, schemaAt } from '../openapi/schema-use.ts';

/**
 * What speaks for a part, the strongest first. In AsyncAPI 2 a trait is merged over what it is applied to; in AsyncAPI 3
 * it only fills in what that leaves open. A later trait is stronger than an earlier one in both.
 */
export function layersOf(part: Part): readonly Part[] {
  const traits = elementsOf(part, 'traits').toReversed();
  return part.description.family === 'asyncapi-3' ? [part, ...traits] : [...traits, part];
}

/** The part under a key, from the strongest layer that has it. */
export function layeredChild(part: Part, key: string): Part | undefined {
  const layer = layersOf(part).find(({ value }) => ownValue(value, key) !== undefined);
  return layer && childOf(layer, key);
}

/** Everything that a part and its traits say, at the place of the part. */
export function withTraits(part: Part): Part {
  const layers = layersOf(part);
  if (layers.length === 1 && ownValue(part.value, 'traits') === undefined) return part;
  const value: JsonObject = Object.fromEntries(
    layers.toReversed().flatMap((layer) => Object.entries(layer.value)),
  );
  return { ...part, value: Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'traits')) };
}

/** A schema that a part and its traits give together: what all of them say holds. */
export function layeredSchema(part: Part, key: string): SchemaUse | undefined {
  const holders = layersOf(part).filter(({ value }) => ownValue(value, key) !== undefined);
  const [only, ...others] = holders;
  if (only === undefined) return undefined;
  if (others.length === 0) return schemaAt(only, key);
  const allOf = holders.map(({ uri, pointer }) => ({
    $ref: referenceTo(part, uri, pointerTo(pointer, key)),
  }));
  return builtSchema(part, { allOf }, () => pointerTo(part.pointer, key));
}

// Relative to the folder of the part's own file, as every reference is.
function referenceTo(part: Part, uri: string, pointer: string): string {
  const folders = part.uri.split('/').slice(0, -1);
  const path = [...folders.map(() => '..'), ...uri.split('/')].map(encodeURIComponent).join('/');
  return `${path}#${pointer.split('/').map(encodeURIComponent).join('/')}`;
}
