/** Security: alternatives of schemes that are wanted together. Whoever was let in before still is. */
import { isObject, pointerTo } from '../../document/document.ts';
import { report, type Comparison } from './comparison.ts';
import {
  childOf,
  ownValue,
  rootPart,
  textValue,
  type Description,
  type JsonObject,
  type Part,
} from './description.ts';
import type { Operation, Requirement } from './operation.ts';
import { requestOf } from './witness.ts';

export function compareSecurity(comparison: Comparison, from: Operation, to: Operation): void {
  const open: Requirement = { schemes: new Map() };
  const earlier = from.security.length === 0 ? [open] : from.security;
  const later = to.security.length === 0 ? [open] : to.security;
  const refused = earlier.filter((held) => !later.some((wanted) => isEnough(comparison, held, wanted)));
  for (const held of refused) {
    report(comparison, {
      ruleId: 'openapi/keep-security',
      where: isOwn(from, to) ? to.label : 'security',
      message: `a caller with ${nameOf(held)} is let in by the ${comparison.fromName} version, and the ${comparison.toName} one wants ${later.map(nameOf).join(' or ')}`,
      what: `security:${nameOf(held)}:${later.map(nameOf).join('|')}`,
      from: from.securityPlace,
      to: to.securityPlace,
      proof: 'breaking',
      witness: { ...requestOf(from), credentials: credentialsOf(held) },
    });
  }
  const isWider = later.some((wanted) => !earlier.some((held) => isEnough(turned(comparison), wanted, held)));
  if (refused.length > 0 || !isWider) return;
  report(comparison, {
    ruleId: 'openapi/question-security',
    where: isOwn(from, to) ? to.label : 'security',
    message: `the ${comparison.toName} version lets in callers whom the ${comparison.fromName} one did not`,
    what: `wider:${later.map(nameOf).join('|')}`,
    from: from.securityPlace,
    to: to.securityPlace,
    level: 'note',
  });
}

function turned(comparison: Comparison): Comparison {
  return { ...comparison, from: comparison.to, to: comparison.from };
}

function isOwn(from: Operation, to: Operation): boolean {
  return from.securityPlace.pointer !== '/security' || to.securityPlace.pointer !== '/security';
}

function isEnough(comparison: Comparison, held: Requirement, wanted: Requirement): boolean {
  for (const [name, scopes] of wanted.schemes) {
    const own = [...held.schemes].some(([heldName, heldScopes]) => {
      const isSame = isSameScheme(
        schemeOf(comparison.from, heldName),
        schemeOf(comparison.to, name),
        heldName === name,
      );
      return isSame && scopes.every((scope) => heldScopes.includes(scope));
    });
    if (!own) return false;
  }
  return true;
}

function schemesOf(description: Description): Part | undefined {
  const root = rootPart(description);
  if (description.family === 'swagger-2') return childOf(root, 'securityDefinitions');
  const components = childOf(root, 'components');
  return components && childOf(components, 'securitySchemes');
}

function schemeOf(description: Description, name: string): Part | undefined {
  const schemes = schemesOf(description);
  return schemes && childOf(schemes, name);
}

/** Whether the same credentials serve both. A scheme that is not described is known by its name alone. */
function isSameScheme(one: Part | undefined, other: Part | undefined, isNamesake: boolean): boolean {
  if (one === undefined || other === undefined) return isNamesake && one === other;
  const [earlier, later] = [kindOf(one.value), kindOf(other.value)];
  if (earlier.kind !== later.kind) return false;
  // Tokens of one authority are no tokens of another, so these go by their names as well.
  if (earlier.flows === undefined || later.flows === undefined) return isNamesake || !earlier.hasAuthority;
  const [known, current] = [earlier.flows, later.flows];
  return isNamesake && [...known].every((flow) => current.has(flow));
}

interface SchemeKind {
  kind: string;
  flows?: ReadonlySet<string>;
  hasAuthority: boolean;
}

function kindOf(value: JsonObject): SchemeKind {
  const type = textValue(value, 'type') ?? '';
  const text = (key: string) => (textValue(value, key) ?? '').toLowerCase();
  if (type === 'basic') return { kind: 'http basic', hasAuthority: false };
  if (type === 'http') return { kind: `http ${text('scheme')}`, hasAuthority: false };
  if (type === 'apiKey') {
    const name = textValue(value, 'name') ?? '';
    const shown = text('in') === 'header' ? name.toLowerCase() : name;
    return { kind: `apiKey ${text('in')} ${shown}`, hasAuthority: false };
  }
  if (type !== 'oauth2') return { kind: type, hasAuthority: true };
  return { kind: 'oauth2', flows: new Set(flowsOf(value).keys()), hasAuthority: true };
}

const flowNames: Readonly<Record<string, string>> = {
  application: 'clientCredentials',
  accessCode: 'authorizationCode',
};

/** The flows by OpenAPI 3's names. */
function flowsOf(value: JsonObject): Map<string, JsonObject> {
  const flow = textValue(value, 'flow');
  if (flow !== undefined)
    return new Map([[Object.hasOwn(flowNames, flow) ? (flowNames[flow] ?? flow) : flow, value]]);
  const flows = ownValue(value, 'flows');
  const found = new Map<string, JsonObject>();
  for (const [name, one] of Object.entries(isObject(flows) ? flows : {}))
    if (isObject(one)) found.set(name, one);
  return found;
}

/** Schemes whose credentials come from another address, or whose scopes are no longer given out. */
export function compareSchemes(comparison: Comparison): void {
  const [from, to] = [schemesOf(comparison.from), schemesOf(comparison.to)];
  if (from === undefined || to === undefined) return;
  for (const name of Object.keys(from.value)) {
    const [one, other] = [childOf(from, name), childOf(to, name)];
    if (one === undefined || other === undefined) continue;
    for (const difference of addressDifferences(one.value, other.value)) {
      report(comparison, {
        ruleId: 'openapi/question-security',
        where: `security scheme ${JSON.stringify(name)}`,
        message: `${difference} is not the same in both versions, and clients ask for credentials where they did before`,
        what: `scheme:${difference}`,
        from: { uri: from.uri, pointer: pointerTo(from.pointer, name) },
        to: { uri: to.uri, pointer: pointerTo(to.pointer, name) },
      });
    }
  }
}

function addressDifferences(one: JsonObject, other: JsonObject): string[] {
  const found: string[] = [];
  if (textValue(one, 'openIdConnectUrl') !== textValue(other, 'openIdConnectUrl'))
    found.push('"openIdConnectUrl"');
  const later = flowsOf(other);
  for (const [name, flow] of flowsOf(one)) {
    const current = later.get(name);
    if (current === undefined) continue;
    for (const key of ['authorizationUrl', 'tokenUrl', 'refreshUrl']) {
      if (textValue(flow, key) !== textValue(current, key)) found.push(`"${key}" of the flow ${name}`);
    }
    const [scopes, currentScopes] = [ownValue(flow, 'scopes'), ownValue(current, 'scopes')];
    if (!isObject(scopes) || !isObject(currentScopes)) continue;
    for (const scope of Object.keys(scopes)) {
      if (!Object.hasOwn(currentScopes, scope))
        found.push(`the scope ${JSON.stringify(scope)} of the flow ${name}`);
    }
  }
  return found;
}

function nameOf({ schemes }: Requirement): string {
  if (schemes.size === 0) return 'no credentials';
  return [...schemes]
    .map(([name, scopes]) => (scopes.length === 0 ? name : `${name} (${scopes.join(', ')})`))
    .join(' and ');
}

function credentialsOf({ schemes }: Requirement): unknown {
  return Object.fromEntries(schemes);
}
