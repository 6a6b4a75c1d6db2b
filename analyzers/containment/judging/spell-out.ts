import type { Dialect } from '../schema-source.ts';

type Converted = Record<string, unknown>;

/**
 * What OpenAPI 3.0, Swagger 2 and Kubernetes say in words of their own, in those of JSON Schema. `schema` is as it is
 * written, `converted` is what its plain keywords became.
 *
 * `nullable` allows `null` as a type, and beside a choice or a composition that names no type, `null` instead of it. An
 * `enum` without `null` still excludes it (OpenAPI 3.0.3).
 */
export function spellOut(
  schema: Readonly<Record<string, unknown>>,
  converted: Converted,
  dialect: Dialect,
): Converted {
  const spelled: Converted = { ...converted };
  for (const [limit, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const flag = spelled[exclusive];
    if (typeof flag !== 'boolean') continue;
    if (flag && typeof spelled[limit] === 'number') {
      spelled[exclusive] = spelled[limit];
      Reflect.deleteProperty(spelled, limit);
    } else Reflect.deleteProperty(spelled, exclusive);
  }
  if (spelled['type'] === 'file') Reflect.deleteProperty(spelled, 'type');
  if (dialect === 'crd') spellOutKubernetes(schema, spelled);

  const isNullable =
    schema['nullable'] === true || (dialect === 'swagger-2' && schema['x-nullable'] === true);
  if (!isNullable) return spelled;
  const { type } = spelled;
  if (typeof type === 'string') return { ...spelled, type: [...new Set([type, 'null'])] };
  if (Array.isArray(type)) return { ...spelled, type: [...new Set([...(type as unknown[]), 'null'])] };
  const isComposed = ['allOf', 'anyOf', 'oneOf'].some((keyword) => Object.hasOwn(spelled, keyword));
  return isComposed ? { anyOf: [{ type: 'null' }, spelled] } : spelled;
}

function spellOutKubernetes(schema: Readonly<Record<string, unknown>>, spelled: Converted): void {
  const also: unknown[] = [];
  if (schema['x-kubernetes-int-or-string'] === true) {
    Reflect.deleteProperty(spelled, 'type');
    also.push({ type: ['integer', 'string', ...(schema['nullable'] === true ? ['null'] : [])] });
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    also.push({
      required: ['apiVersion', 'kind', 'metadata'],
      properties: {
        apiVersion: { type: 'string', minLength: 1 },
        kind: { type: 'string', minLength: 1 },
        metadata: { type: 'object' },
      },
    });
  }
  if (schema['x-kubernetes-list-type'] === 'set') spelled['uniqueItems'] = true;
  if (also.length > 0) {
    const composed: unknown[] = Array.isArray(spelled['allOf']) ? [...(spelled['allOf'] as unknown[])] : [];
    spelled['allOf'] = [...composed, ...also];
  }
}
