/**
 * A CRD's schema as the API server applies it to objects. Fields that the schema lacks are pruned, so an object with
 * such a field cannot be there as it was sent: where the server prunes, the object is closed. What has a default is
 * filled in before anything is validated, so it need not be sent. Pruning and defaults go by the structure alone
 * (properties, items, additionalProperties), never by what stands in a choice.
 */
import { defineValue } from '../../document/places.ts';
import { entriesOf, isObject } from '../../document/document.ts';

type Node = Readonly<Record<string, unknown>>;

const maxNodes = 100_000;

export interface StoredSchemaOptions {
  /** Close objects where the server prunes. */
  prunes: boolean;
  /** `required` without what a default fills in. */
  fillsDefaults: boolean;
}

/** The schema with every pointer where it was; undefined where it is too large. */
export function storedSchemaOf(schema: unknown, options: StoredSchemaOptions): unknown {
  const budget = { left: maxNodes };
  const stored = convert(schema, { ...options, isResource: true }, budget);
  return budget.left < 0 ? undefined : stored;
}

interface Convert extends StoredSchemaOptions {
  /** The value has apiVersion, kind and metadata of its own, which the server looks after. */
  isResource: boolean;
}

function convert(schema: unknown, options: Convert, budget: { left: number }): unknown {
  budget.left -= 1;
  if (!isObject(schema) || budget.left < 0) return schema;
  const inner = (value: unknown) => {
    const isResource = isObject(value) && value['x-kubernetes-embedded-resource'] === true;
    return convert(value, { ...options, isResource }, budget);
  };
  const converted: Record<string, unknown> = { ...schema };
  // What is only for people would make the same look different.
  Reflect.deleteProperty(converted, 'description');
  const { properties, items, additionalProperties, required } = schema;
  const described: Record<string, unknown> = {};
  for (const [name, value] of entriesOf(properties)) defineValue(described, name, inner(value));
  if (options.isResource) describeResource(described);
  if (isObject(properties) || (options.isResource && isObjectSchema(schema))) {
    converted['properties'] = described;
  }
  if (isObject(items)) converted['items'] = inner(items);
  if (isObject(additionalProperties)) converted['additionalProperties'] = inner(additionalProperties);
  if (options.fillsDefaults && Array.isArray(required)) {
    converted['required'] = required.filter((name) => !hasDefault(properties, name));
  }
  if (options.prunes && additionalProperties === undefined && isPruned(schema)) {
    converted['additionalProperties'] = false;
  }
  return converted;
}

function describeResource(described: Record<string, unknown>): void {
  for (const name of ['apiVersion', 'kind']) described[name] ??= { type: 'string' };
  const { metadata } = described;
  const own = isObject(metadata) ? metadata : {};
  // The server's own schema governs metadata; a definition may only restrict the name there.
  const open: Record<string, unknown> = { type: 'object', ...own };
  Reflect.deleteProperty(open, 'additionalProperties');
  described['metadata'] = { ...open, 'x-kubernetes-preserve-unknown-fields': true };
}

function isPruned(schema: Node): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] !== true && isObjectSchema(schema);
}

function isObjectSchema({ type, properties }: Node): boolean {
  return type === 'object' || (type === undefined && isObject(properties));
}

function hasDefault(properties: unknown, name: unknown): boolean {
  if (!isObject(properties) || typeof name !== 'string' || !Object.hasOwn(properties, name)) return false;
  const property = properties[name];
  return isObject(property) && property['default'] !== undefined;
}
