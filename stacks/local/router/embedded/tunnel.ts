/**
 * WebSockets and other upgrades: bytes both ways, on one instance, for as long as both sides are there. They stay where
 * they are whatever happens to the shares, and count as one request that is in flight all the while.
 */
import { request as ask, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { observe } from './counts.ts';
import { lastTryMs, roomMs, type Choice } from './exchange.ts';
import { cookieOf, releaseHeader, type ReadHeaders } from './headers.ts';
import { awaitRoom, isUp, pick, release, type Instance, type Version } from './instance-table.ts';

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  headers: ReadHeaders;
  choice: Choice;
  answerMs: number;
}

/** The version that is asked now: one request of its, and at most one error. */
interface Stay {
  version: Version;
  standIn: Version | undefined;
  isCounted: boolean;
  hasFailed: boolean;
}

/**
 * Whether a request that asks for an upgrade gets one. With a body, or by another method than GET, it may not be sent
 * twice as a tunnel's is; and HTTP/2 is offered by clients that are content with HTTP/1. These are requests like any.
 */
export function isUpgrade({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return method === 'GET' && !hasBody && !/\bh2c\b/i.test(headers.upgrade ?? '');
}

/** Tries the version's instances, then its stand-in's: nothing has been said on it yet. */
export function openTunnel(upgrade: Upgrade): void {
  const { choice, socket } = upgrade;
  const tried: Instance[] = [];
  const triedOnce = new Set<Instance>();
  const roomEndsMs = performance.now() + roomMs;
  let isGone = false;
  let stopWaiting = (): void => undefined;
  const tryAgain = (stay: Stay, instance: Instance, isRefused: boolean): void => {
    // It may have died at this very moment; the next connection shows.
    if (isRefused || triedOnce.has(instance)) {
      tried.push(instance);
      next(stay);
      return;
    }
    triedOnce.add(instance);
    setTimeout(() => send(stay, instance), lastTryMs);
  };
  const send = (stay: Stay, instance: Instance): void => {
    if (!isGone) tryAt(upgrade, stay, instance, (isRefused) => tryAgain(stay, instance, isRefused));
  };
  const giveUp = (stay: Stay): void => {
    fail(upgrade, stay);
    socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
  };
  const next = (stay: Stay): void => {
    if (isGone) return;
    const { version, standIn } = stay;
    const instance = pick(version, tried, standIn === undefined);
    if (instance === 'full') {
      const patienceMs = roomEndsMs - performance.now();
      stopWaiting = awaitRoom(
        version,
        patienceMs,
        () => next(stay),
        () => giveUp(stay),
      );
    } else if (instance !== undefined) send(stay, instance);
    else if (standIn !== undefined && !version.instances.some(isUp)) {
      fail(upgrade, stay);
      next({ version: standIn, standIn: undefined, isCounted: false, hasFailed: false });
    } else giveUp(stay);
  };
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    isGone = true;
    stopWaiting();
  });
  next({ ...choice, isCounted: false, hasFailed: false });
}

function count({ choice }: Upgrade, stay: Stay): void {
  if (!stay.isCounted && !choice.isPinned) stay.version.counts.requests++;
  stay.isCounted = true;
}

function fail(upgrade: Upgrade, stay: Stay): void {
  count(upgrade, stay);
  if (!stay.hasFailed && !upgrade.choice.isPinned) stay.version.counts.errors++;
  stay.hasFailed = true;
}

function tryAt(upgrade: Upgrade, stay: Stay, instance: Instance, again: (isRefused: boolean) => void): void {
  const { request, socket, headers, choice, answerMs } = upgrade;
  const { version } = stay;
  const beganMs = performance.now();
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
  let hasAnswered = false;
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
  const answered = (): void => {
    hasAnswered = true;
    const elapsedMs = performance.now() - beganMs;
    observe(instance.counts, elapsedMs);
    if (!choice.isPinned) observe(version.counts, elapsedMs);
  };
  const failed = (): void => {
    fail(upgrade, stay);
    instance.counts.errors++;
  };
  count(upgrade, stay);
  version.counts.inFlight++;
  instance.counts.requests++;
  instance.counts.inFlight++;
  instance.tunnels.add(upstream);
  socket.once('close', onGone);
  upstream.once('timeout', () => upstream.destroy(new Error('no answer')));
  upstream.on('error', (error) => {
    if (isOver || hasAnswered) return;
    failed();
    over();
    const isRefused = 'code' in error && error.code === 'ECONNREFUSED';
    if (isRefused) instance.isUp = false;
    again(isRefused);
  });
  upstream.once('upgrade', (answer, connection, first) => {
    answered();
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
    answered();
    if ((answer.statusCode ?? 502) >= 500) failed();
    socket.write(headOf(answer, version.release, choice.newUser));
    answer.once('close', () => {
      over();
      // What breaks off here breaks off there.
      if (!answer.complete) socket.destroy();
    });
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
