/**
 * WebSockets and other upgrades: bytes both ways, on one instance, for as long as both sides are there. They stay where
 * they are whatever happens to the shares, and count as one request that is in flight all the while.
 */
import { request as ask, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Choice } from './exchange.ts';
import { cookieOf, releaseHeader, type ReadHeaders } from './headers.ts';
import { pick, release, type Instance, type Version } from './instance-table.ts';

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  headers: ReadHeaders;
  choice: Choice;
  answerMs: number;
}

/** Tries the version's instances, then its stand-in's: an upgrade is a GET, and nothing has been said on it yet. */
export function openTunnel(upgrade: Upgrade): void {
  const { choice, socket } = upgrade;
  const tried: Instance[] = [];
  let isGone = false;
  socket.on('error', () => socket.destroy());
  socket.once('close', () => (isGone = true));
  const attempt = (version: Version, standIn: Version | undefined): void => {
    if (isGone) return;
    const instance = pick(version, tried, standIn === undefined);
    if (instance !== undefined && instance !== 'full') {
      tried.push(instance);
      tryAt(upgrade, version, instance, () => attempt(version, standIn));
    } else if (standIn !== undefined) attempt(standIn, undefined);
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
  };
  attempt(choice.version, choice.standIn);
}

function tryAt(upgrade: Upgrade, version: Version, instance: Instance, next: () => void): void {
  const { request, socket, headers, choice, answerMs } = upgrade;
  const upstream = ask({
    host: '127.0.0.1',
    port: instance.port,
    method: request.method,
    path: request.url,
    agent: false,
    timeout: answerMs,
    headers: [...headers.forwarded, 'connection', 'upgrade', 'upgrade', request.headers.upgrade ?? ''],
  });
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    socket.off('close', onGone);
    instance.tunnels.delete(upstream);
    release(version, instance);
  };
  const onGone = (): void => {
    upstream.destroy();
    over();
  };
  version.counts.requests++;
  version.counts.inFlight++;
  instance.counts.requests++;
  instance.counts.inFlight++;
  instance.tunnels.add(upstream);
  socket.once('close', onGone);
  upstream.once('timeout', () => upstream.destroy(new Error('no answer')));
  upstream.once('error', () => {
    if (isOver) return;
    version.counts.errors++;
    instance.counts.errors++;
    instance.isUp = false;
    over();
    next();
  });
  upstream.once('upgrade', (answer, connection, first) => {
    join(upgrade, connection, first, headOf(answer, version.release, choice.newUser));
    instance.tunnels.delete(upstream);
    instance.tunnels.add(connection);
    connection.once('close', () => {
      instance.tunnels.delete(connection);
      over();
    });
  });
  upstream.once('response', (answer) => {
    // Refused: the instance's own answer is the client's.
    socket.write(headOf(answer, version.release, choice.newUser));
    answer.once('close', over);
    answer.pipe(socket);
  });
  upstream.end();
}

function join({ socket, head }: Upgrade, connection: Socket, first: Buffer, answerHead: string): void {
  connection.setTimeout(0);
  connection.setNoDelay(true);
  connection.on('error', () => connection.destroy());
  connection.once('close', () => socket.destroy());
  socket.once('close', () => connection.destroy());
  socket.write(answerHead);
  if (first.length > 0) socket.write(first);
  if (head.length > 0) connection.write(head);
  connection.pipe(socket);
  socket.pipe(connection);
}

function headOf(answer: IncomingMessage, release: string, newUser: string | null): string {
  const isUpgraded = answer.statusCode === 101;
  const lines = [`HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (lower === releaseHeader) continue;
    // Node has taken the chunks apart already, so such an answer ends with its connection.
    if (!isUpgraded && (lower === 'transfer-encoding' || lower === 'connection')) continue;
    lines.push(`${name}: ${answer.rawHeaders[index + 1] ?? ''}`);
  }
  lines.push(`${releaseHeader}: ${release}`);
  if (!isUpgraded) lines.push('connection: close');
  if (newUser !== null) lines.push(`set-cookie: ${cookieOf(newUser)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
