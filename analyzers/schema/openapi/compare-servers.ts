/** Addresses: a client that knows one of them still reaches the service. */
import { report, type Comparison } from './comparison.ts';
import { rootPart, type Description, type Place } from './description.ts';
import type { Operation, Server } from './operation.ts';
import { readServers } from './read-operations.ts';
import { readSwaggerServers } from './read-swagger.ts';

export function serversOf(description: Description): Server[] | undefined {
  const root = rootPart(description);
  return description.family === 'swagger-2' ? readSwaggerServers(root) : readServers(root);
}

export function compareOperationServers(comparison: Comparison, from: Operation, to: Operation): void {
  if (from.servers === undefined && to.servers === undefined) return;
  const earlier = from.servers ?? serversOf(comparison.from);
  const later = to.servers ?? serversOf(comparison.to);
  compareAddresses(comparison, to.label, earlier, later, { from: from.part, to: to.part });
}

export function compareServers(comparison: Comparison): void {
  const places = { from: rootPart(comparison.from), to: rootPart(comparison.to) };
  compareAddresses(comparison, 'servers', serversOf(comparison.from), serversOf(comparison.to), places);
}

function compareAddresses(
  comparison: Comparison,
  where: string,
  earlier: readonly Server[] | undefined,
  later: readonly Server[] | undefined,
  places: { from: Place; to: Place },
): void {
  // Without a list the address is that of the description itself, which is not known here.
  const isUnknown = earlier === undefined || later === undefined;
  if (isUnknown && (earlier?.every(isRoot) ?? later?.every(isRoot) ?? true)) return;
  if (earlier === undefined) return;
  for (const server of earlier) {
    if (later?.some((other) => isSameAddress(server.url, other.url)) === true) continue;
    const shown = JSON.stringify(withoutUser(server.url));
    report(comparison, {
      ruleId: 'openapi/keep-server',
      where,
      message: isUnknown
        ? `the address ${shown} is not listed in the ${comparison.toName} version, which lists none`
        : `the address ${shown} is listed in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
      what: `server:${withoutUser(server.url)}`,
      from: server.place,
      to: later?.[0]?.place ?? places.to,
      ...(isUnknown
        ? { level: 'warning' as const, proof: 'unproven' as const }
        : { proof: 'breaking' as const, witness: { server: withoutUser(server.url) } }),
    });
  }
}

function isRoot({ url }: Server): boolean {
  return url === '';
}

/** Host names know no case, and an address that leaves the scheme open is that of any. */
function isSameAddress(one: string, other: string): boolean {
  const [first, second] = [partsOf(one), partsOf(other)];
  const isSameScheme = first.scheme === second.scheme || first.scheme === '' || second.scheme === '';
  return isSameScheme && first.host === second.host && first.path === second.path;
}

function partsOf(url: string): { scheme: string; host: string; path: string } {
  const found = /^(?:([a-z][a-z0-9+.-]*):)?\/\/([^/]*)(.*)$/i.exec(url);
  if (found === null) return { scheme: '', host: '', path: url };
  const [, scheme = '', host = '', path = ''] = found;
  const port = { https: ':443', http: ':80' }[scheme.toLowerCase()] ?? '';
  const plain = host.toLowerCase();
  return {
    scheme: scheme.toLowerCase(),
    host: port !== '' && plain.endsWith(port) ? plain.slice(0, -port.length) : plain,
    path,
  };
}

/** The path of the addresses where they all have the same one. */
export function basePathOf(description: Description): string {
  const paths = new Set((serversOf(description) ?? []).map(({ url }) => partsOf(url).path));
  const [path] = paths;
  return paths.size === 1 && path !== undefined ? path : '';
}

export function isBaseMovedOnly(one: Description, other: Description): boolean {
  const hosts = (description: Description) =>
    (serversOf(description) ?? [])
      .map(({ url }) => partsOf(url))
      .map(({ scheme, host }) => `${scheme}://${host}`);
  const [earlier, later] = [hosts(one), hosts(other)];
  return earlier.every((host) => later.some((current) => current === host));
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
