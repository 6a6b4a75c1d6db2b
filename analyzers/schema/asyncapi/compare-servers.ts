/** Servers: whoever connects to one of them still reaches the service there, and finds its channels. */
import { report, type Comparison } from '../openapi/comparison.ts';
import { compareRest } from '../openapi/compare-rest.ts';
import {
  childOf,
  childrenOf,
  elementsOf,
  listValue,
  rootPart,
  textValue,
  type Part,
} from '../openapi/description.ts';
import { compareSecurity } from './compare-security.ts';

const compared = ['url', 'host', 'pathname', 'protocol', 'security', 'variables', 'title'];

export function compareServers(comparison: Comparison, from: Part, to: Part): void {
  const later = childrenOf(childOf(to, 'servers'));
  for (const [name, server] of childrenOf(childOf(from, 'servers'))) {
    const counterpart = later.find(([, other]) => addressOf(other) === addressOf(server));
    const where = `server ${JSON.stringify(name)}`;
    if (counterpart === undefined) {
      const place = later.find(([other]) => other === name)?.[1] ?? { ...to, pointer: '/servers' };
      report(comparison, {
        ruleId: 'asyncapi/keep-server',
        where,
        message: `its address and protocol are listed in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
        what: `server:${name}`,
        from: server,
        to: place,
        proof: 'breaking',
        witness: { server: name, protocol: textValue(server.value, 'protocol') },
      });
      continue;
    }
    compareSecurity(comparison, where, server, counterpart[1]);
    compareRest(comparison, where, server, counterpart[1], compared, 'asyncapi/compare-keyword');
  }
}

/** The servers at which a channel is found. One that is gone altogether has been reported as such. */
export function compareChannelServers(comparison: Comparison, where: string, from: Part, to: Part): void {
  const addresses = (servers: readonly Part[]) => new Set(servers.map(addressOf));
  const later = addresses(serversOfChannel(to));
  const known = addresses(allServers(to));
  for (const server of serversOfChannel(from)) {
    const address = addressOf(server);
    if (later.has(address) || !known.has(address)) continue;
    const name = server.pointer.split('/').at(-1) ?? '';
    report(comparison, {
      ruleId: 'asyncapi/keep-server',
      where,
      message: `it is found at the server ${JSON.stringify(name)} in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
      what: `server:${name}`,
      from,
      to,
      proof: 'breaking',
      witness: { channel: where, server: name },
    });
  }
}

function allServers({ description }: Part): Part[] {
  return childrenOf(childOf(rootPart(description), 'servers')).map(([, server]) => server);
}

// A channel that names no servers is found at all of them.
function serversOfChannel(channel: Part): Part[] {
  const list = listValue(channel.value, 'servers') ?? [];
  if (list.length === 0) return allServers(channel);
  if (channel.description.family === 'asyncapi-3') return elementsOf(channel, 'servers');
  const servers = childOf(rootPart(channel.description), 'servers');
  return list.flatMap((name) =>
    servers === undefined || typeof name !== 'string' ? [] : (childOf(servers, name) ?? []),
  );
}

function addressOf({ value }: Part): string {
  const parts = ['protocol', 'url', 'host', 'pathname'].map((key) => textValue(value, key) ?? '');
  return parts.join(' ').toLowerCase().replace(/\/+$/, '');
}
