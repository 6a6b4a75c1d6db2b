import { keywordsOf } from '../../../analyzers/containment/dialect-keywords.ts';
import type { Dialect } from '../../../analyzers/containment/schema-source.ts';
import type { Schema, SchemaObject } from './random-schema.ts';

/** A schema inside of a document, and the way to put another one there. */
export interface SchemaNode {
  schema: Schema;
  /** The keyword that it stands under. */
  under: string;
  depth: number;
  replace(schema: Schema): void;
}

/** All schemas of a document, the document itself excluded; definitions included. */
export function schemaNodes(document: SchemaObject, dialect: Dialect): SchemaNode[] {
  const found: SchemaNode[] = [];
  const { shapes } = keywordsOf(dialect);
  const visit = (schema: unknown, depth: number) => {
    if (!isSchemaObject(schema)) return;
    for (const [keyword, part] of Object.entries(schema)) {
      const isDefinitions = keyword === '$defs' || keyword === 'definitions';
      const shape = isDefinitions ? 'map' : Object.hasOwn(shapes, keyword) ? shapes[keyword] : undefined;
      if (shape === undefined) continue;
      if (shape.startsWith('map') || Array.isArray(part)) {
        if (typeof part !== 'object' || part === null) continue;
        const parent = part as Record<string, unknown>;
        for (const [name, one] of Object.entries(parent)) {
          if (!isSchema(one)) continue;
          found.push({ schema: one, under: keyword, depth, replace: (other) => (parent[name] = other) });
          visit(one, depth + 1);
        }
      } else if (isSchema(part)) {
        found.push({ schema: part, under: keyword, depth, replace: (other) => (schema[keyword] = other) });
        visit(part, depth + 1);
      }
    }
  };
  visit(document, 1);
  return found;
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || isSchemaObject(value);
}
