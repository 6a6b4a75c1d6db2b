import { entriesOf, isObject, pointerTo } from '../../document/document.ts';

/** One place of the structure that a structural schema describes. */
export interface StructureNode {
  /** Where in an object: names, with `*` for every element or every other key. */
  place: string;
  /** Where in the schema. */
  pointer: string;
  /** The way to it; undefined for an element, and `key` for any other key. */
  steps: readonly (string | undefined)[];
  schema: Readonly<Record<string, unknown>>;
}

const maxNodes = 50_000;

/** The structure of a schema by place: properties, items and additionalProperties, never what stands in a choice. */
export function structureOf(schema: unknown): Map<string, StructureNode> {
  const nodes = new Map<string, StructureNode>();
  const pending: { value: unknown; place: string; pointer: string; steps: (string | undefined)[] }[] = [
    { value: schema, place: '', pointer: '', steps: [] },
  ];
  for (let next = pending.pop(); next !== undefined && nodes.size < maxNodes; next = pending.pop()) {
    const { value, place, pointer, steps } = next;
    if (!isObject(value)) continue;
    nodes.set(place, { place, pointer, steps, schema: value });
    for (const [name, property] of entriesOf(value['properties'])) {
      pending.push({
        value: property,
        place: pointerTo(place, name),
        pointer: pointerTo(`${pointer}/properties`, name),
        steps: [...steps, name],
      });
    }
    for (const [keyword, step] of [
      ['items', undefined],
      ['additionalProperties', 'key'],
    ] as const) {
      const inner = value[keyword];
      const at = `${place}/*`;
      pending.push({ value: inner, place: at, pointer: `${pointer}/${keyword}`, steps: [...steps, step] });
    }
  }
  return nodes;
}
