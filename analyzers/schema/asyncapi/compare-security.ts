/** Credentials: alternatives, each of one or more schemes. Whoever was let in before still is. */
import { isObject, pointerTo } from '../../document/document.ts';
import { report, type Comparison } from '../openapi/comparison.ts';
import {
  childOf,
  elementsOf,
  listValue,
  rootPart,
  textValue,
  type JsonObject,
  type Part,
} from '../openapi/description.ts';

/** Schemes that are wanted together, by what their credentials are, with the scopes that they need. */
type Requirement = ReadonlyMap<string, readonly string[]>;

export function compareSecurity(comparison: Comparison, where: string, from: Part, to: Part): void {
  const later = readRequirements(to);
  const refused = readRequirements(from).filter((held) => !later.some((wanted) => isEnough(held, wanted)));
  const [held] = refused;
  if (held === undefined) return;
  report(comparison, {
    ruleId: 'asyncapi/keep-security',
    where,
    message:
      held.size === 0
        ? `the ${comparison.toName} version wants credentials, and the ${comparison.fromName} one does not`
        : `whoever comes with ${shown(held)} is let in by the ${comparison.fromName} version, and the ${comparison.toName} one wants ${later.map(shown).join(' or ')}`,
    what: 'security',
    from: held.size === 0 ? from : { uri: from.uri, pointer: pointerTo(from.pointer, 'security') },
    to: { uri: to.uri, pointer: pointerTo(to.pointer, 'security') },
    proof: 'breaking',
    witness: { credentials: Object.fromEntries(held) },
  });
}

/** Nothing listed lets everyone in. */
function readRequirements(part: Part): Requirement[] {
  const list = listValue(part.value, 'security') ?? [];
  if (list.length === 0) return [new Map()];
  if (part.description.family === 'asyncapi-3') {
    // Each element is a scheme, or refers to one.
    return elementsOf(part, 'security').map(
      (scheme) => new Map([[credentialsOf(scheme), scopesOf(scheme.value)]]),
    );
  }
  const components = childOf(rootPart(part.description), 'components');
  const schemes = components && childOf(components, 'securitySchemes');
  return list.filter(isObject).map((requirement) => {
    const entries = Object.entries(requirement).map(([name, scopes]): [string, string[]] => {
      const scheme = schemes && childOf(schemes, name);
      const known = scheme === undefined ? `scheme ${name}` : credentialsOf(scheme, name);
      return [known, Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : []];
    });
    return new Map(entries);
  });
}

/** What a caller has to have: schemes of one kind are the same, but tokens of one authority are not those of another. */
function credentialsOf({ value, pointer }: Part, name = pointer.split('/').at(-1) ?? ''): string {
  const type = textValue(value, 'type') ?? '';
  const details = ['in', 'name', 'scheme'].flatMap((key) => textValue(value, key)?.toLowerCase() ?? []);
  const authority = type === 'oauth2' || type === 'openIdConnect' ? [name] : [];
  return [type, ...details, ...authority].join(' ');
}

function scopesOf(value: JsonObject): string[] {
  return (listValue(value, 'scopes') ?? []).filter((scope) => typeof scope === 'string');
}

function isEnough(held: Requirement, wanted: Requirement): boolean {
  return [...wanted].every(([name, scopes]) => {
    const own = held.get(name);
    return own !== undefined && scopes.every((scope) => own.includes(scope));
  });
}

function shown(requirement: Requirement): string {
  if (requirement.size === 0) return 'no credentials';
  return [...requirement]
    .map(([name, scopes]) => (scopes.length === 0 ? name : `${name} (${scopes.join(', ')})`))
    .join(' and ');
}
