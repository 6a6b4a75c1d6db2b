import { childOf, rootPart, textValue } from '../../analyzers/schema/openapi/description.ts';
import type { Operation, Requirement } from '../../analyzers/schema/openapi/operation.ts';

/**
 * What an operation needs to know who asks, and no header says: an answer of 401 to a stranger proves nothing about the
 * operation. Null: nothing is missing. `headers`: names that are sent, in lower case.
 */
export function missingCredential(
  operation: Operation,
  headers: ReadonlySet<string>,
  parameters: ReadonlySet<string>,
): string | null {
  const alternatives = operation.security.map((one) => missingIn(operation, one, headers, parameters));
  return alternatives.includes(null) ? null : (alternatives[0] ?? null);
}

function missingIn(
  { part }: Operation,
  { schemes }: Requirement,
  headers: ReadonlySet<string>,
  parameters: ReadonlySet<string>,
): string | null {
  const components = childOf(rootPart(part.description), 'components');
  const known = components === undefined ? undefined : childOf(components, 'securitySchemes');
  for (const name of schemes.keys()) {
    const scheme = known === undefined ? undefined : childOf(known, name);
    if (scheme === undefined) return `its security scheme ${name} is not in the document`;
    const type = textValue(scheme.value, 'type') ?? '';
    const place = textValue(scheme.value, 'in') ?? '';
    const own = textValue(scheme.value, 'name') ?? '';
    if (type === 'mutualTLS') return `its security scheme ${name} asks for a client certificate`;
    if (type === 'apiKey' && place === 'query') {
      if (!parameters.has(own))
        return `it needs the parameter ${own} (${name}); declare it in \`probes.data\``;
      continue;
    }
    const header = type !== 'apiKey' ? 'authorization' : place === 'cookie' ? 'cookie' : own.toLowerCase();
    if (!headers.has(header))
      return `it needs the header ${header} (${name}); name its secret in \`probes.headers\``;
  }
  return null;
}
