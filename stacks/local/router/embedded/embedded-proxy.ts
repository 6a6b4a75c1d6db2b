/** The embedded router's data path: chooses a version for each request and hands it on. Changing shares touches no request under way. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  InstanceLimit,
  ReleaseCounters,
  RoutedInstance,
  RouterSettings,
  RouterShares,
} from '../router.ts';
import { Exchange, type Choice } from './exchange.ts';
import { readHeaders } from './headers.ts';
import { watchHealth } from './health-checks.ts';
import { cut, InstanceTable, type Instance, type KeptTable } from './instance-table.ts';
import { isUpgrade, openTunnel } from './tunnel.ts';
import { bucketOf, userOf } from './user-key.ts';

export interface EmbeddedProxy {
  handle(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  setShares(shares: RouterShares): void;
  shares(): RouterShares;
  versions(): Record<string, ReleaseCounters>;
  instances(): RoutedInstance[];
  /** False when no such instance is routed. */
  limit(limit: InstanceLimit): boolean;
  /** No new request to a release, or to the instance at a port. */
  close(who: string | number): void;
  underWay(who: string | number): number;
  /** Cuts what is under way there and says how much it was. */
  cut(who: string | number): number;
  kept(): KeptTable;
}

export function createEmbeddedProxy(settings: RouterSettings, kept: KeptTable): EmbeddedProxy {
  const table = new InstanceTable(kept, settings.answerSeconds * 1000);
  watchHealth(settings.healthPath, () => table.all());

  function choose(rawHeaders: readonly string[], pin: string | null): Choice | null {
    const { stable, candidate, shares } = table;
    if (pin !== null && pin !== '') {
      const pinned = pin === shares.pins.candidate ? candidate : pin === shares.pins.stable ? stable : null;
      if (pinned === undefined) return null;
      if (pinned !== null) return { version: pinned, standIn: undefined, isPinned: true, newUser: null };
    }
    const known = userOf(rawHeaders, settings.userKey);
    const user = known ?? randomUUID();
    const newUser = known === null ? user : null;
    const isCandidates = candidate !== undefined && bucketOf(user) < shares.candidateBasisPoints;
    const version = isCandidates ? candidate : stable;
    const standIn = isCandidates ? stable : undefined;
    return version === undefined ? null : { version, standIn, isPinned: false, newUser };
  }

  function instancesOf(who: string | number): Instance[] {
    return table
      .all()
      .filter((instance) => (typeof who === 'number' ? instance.port === who : instance.release === who));
  }

  return {
    handle(request, response) {
      const headers = readHeaders(request.rawHeaders, request.socket.remoteAddress ?? '');
      const choice = choose(request.rawHeaders, headers.pin);
      if (choice !== null) {
        new Exchange(request, response, headers, choice).begin();
        return;
      }
      request.resume();
      response.writeHead(503, { 'content-type': 'text/plain' }).end('that version is not routed\n');
    },
    handleUpgrade(request, socket, head) {
      if (!isUpgrade(request)) {
        // Only an older Node hands these over; it has left the body on the socket.
        socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
        return;
      }
      const headers = readHeaders(request.rawHeaders, request.socket.remoteAddress ?? '');
      const choice = choose(request.rawHeaders, headers.pin);
      if (choice === null) socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
      else openTunnel({ request, socket, head, headers, choice, answerMs: settings.answerSeconds * 1000 });
    },
    setShares: (shares) => table.setShares(shares),
    shares: () => table.shares,
    versions: () => table.versions(),
    instances: () => table.instances(),
    limit: (limit) => table.limit(limit),
    close(who) {
      for (const instance of instancesOf(who)) instance.weight = 0;
    },
    underWay: (who) => instancesOf(who).reduce((sum, { counts }) => sum + counts.inFlight, 0),
    cut: (who) => instancesOf(who).reduce((sum, instance) => sum + cut(instance), 0),
    kept: () => table.kept(),
  };
}
