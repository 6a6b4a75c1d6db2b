/**
 * The embedded router's data path. What it promises, in the order of importance:
 *
 * - A request is sent to one version, chosen by its user's bucket, and stays inside it while an instance of it answers.
 * - A request that is safe to send twice (GET, HEAD, OPTIONS, or any with an Idempotency-Key) is sent again when an
 *   instance dies under it, at last to stable; any other only when nothing of it had been sent. Each such failure
 *   counts as an error of the version that failed.
 * - A pinned request never leaves its version.
 * - Changing shares touches no request under way.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Pool, type Dispatcher } from 'undici';
import { latencyBoundsMs, type ReleaseCounters, type RoutedVersion, type RouterShares } from './router.ts';

/** Bodies up to this size are kept to be sent again; a longer one passes through once. */
const maxReplayBytes = 64 * 1024;
const downMs = 500;
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
]);

interface Instance {
  port: number;
  pool: Pool;
  /** Passed over until this time (performance.now) after a failure, while others answer. */
  downUntilMs: number;
}

interface Version {
  release: string;
  instances: Instance[];
  next: number;
  counters: ReleaseCounters;
}

export interface EmbeddedProxy {
  handle(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  setShares(shares: RouterShares): void;
  shares(): RouterShares;
  counters(): Record<string, ReleaseCounters>;
}

export function createEmbeddedProxy(initial: RouterShares): EmbeddedProxy {
  const versions = new Map<string, Version>();
  let shares = initial;
  setShares(initial);

  function setShares(wanted: RouterShares): void {
    for (const routed of [wanted.stable, wanted.candidate]) if (routed !== null) update(routed);
    shares = wanted;
    for (const [release, version] of versions) {
      if (release !== wanted.stable?.release && release !== wanted.candidate?.release) retire(version, []);
    }
  }

  function update(routed: RoutedVersion): void {
    const version = versions.get(routed.release) ?? newVersion(routed.release);
    versions.set(routed.release, version);
    retire(version, routed.ports);
    for (const port of routed.ports) {
      if (version.instances.some((instance) => instance.port === port)) continue;
      const pool = new Pool(`http://127.0.0.1:${port}`, {
        connections: 128,
        pipelining: 1,
        connect: { timeout: 1000 },
      });
      version.instances.push({ port, pool, downUntilMs: 0 });
    }
  }

  /** Requests under way end first: `close` waits for them. */
  function retire(version: Version, keptPorts: number[]): void {
    for (const instance of version.instances)
      if (!keptPorts.includes(instance.port)) void instance.pool.close();
    version.instances = version.instances.filter((instance) => keptPorts.includes(instance.port));
  }

  function choose(request: IncomingMessage): {
    version: Version | undefined;
    isPinned: boolean;
    newUser: string | null;
  } {
    const stable = shares.stable === null ? undefined : versions.get(shares.stable.release);
    const candidate = shares.candidate === null ? undefined : versions.get(shares.candidate.release);
    const pin = request.headers['x-evenkeel-pin'];
    if (typeof pin === 'string' && pin !== '') {
      if (pin === shares.pins.candidate) return { version: candidate, isPinned: true, newUser: null };
      if (pin === shares.pins.stable) return { version: stable, isPinned: true, newUser: null };
    }
    const known = userOf(request);
    const user = known ?? randomUUID();
    const isCandidates = bucketOf(user) < shares.candidateBasisPoints;
    const version = isCandidates ? (candidate ?? stable) : stable;
    return { version, isPinned: false, newUser: known === null ? user : null };
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { version, isPinned, newUser } = choose(request);
    if (version === undefined) {
      request.resume();
      refuse(response, 'no version is routed');
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    void forward(request, response, version, isPinned, newUser, gone.signal).catch(() => response.destroy());
  }

  async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    chosen: Version,
    isPinned: boolean,
    newUser: string | null,
    gone: AbortSignal,
  ): Promise<void> {
    const mayReplay = isSafeToReplay(request);
    const body = hasBody(request) ? (mayReplay ? await bufferBody(request) : request) : null;
    const tried = new Set<Instance>();
    for (let version: Version | undefined = chosen; version !== undefined;) {
      const instance = pick(version, tried);
      if (instance === undefined) {
        // Every instance of this version failed. Only now, and never for a probe, does stable step in.
        const stable: Version | undefined =
          shares.stable === null ? undefined : versions.get(shares.stable.release);
        version = isPinned || version === stable ? undefined : stable;
        continue;
      }
      tried.add(instance);
      const outcome = await send(request, response, version, instance, body, newUser, gone);
      if (outcome === 'done' || gone.aborted) return;
      if (outcome === 'broken' && !mayReplay) break;
      if (body === request && request.readableDidRead) break;
    }
    refuse(response, 'no instance answered');
  }

  return {
    handle,
    handleUpgrade(request, socket, head) {
      const { version } = choose(request);
      const instance = version === undefined ? undefined : pick(version, new Set());
      if (version === undefined || instance === undefined) socket.destroy();
      else tunnel(request, socket, head, version, instance);
    },
    setShares,
    shares: () => shares,
    counters: () =>
      Object.fromEntries([...versions].map(([release, version]) => [release, version.counters])),
  };
}

/** `refused`: nothing was sent. `broken`: it was sent, and no answer came. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  version: Version,
  instance: Instance,
  body: Buffer | IncomingMessage | null,
  newUser: string | null,
  gone: AbortSignal,
): Promise<'done' | 'refused' | 'broken'> {
  const { counters } = version;
  counters.requests++;
  counters.inFlight++;
  const startedMs = performance.now();
  try {
    let answer: Dispatcher.ResponseData;
    try {
      answer = await instance.pool.request({
        path: request.url ?? '/',
        // Node's parser has accepted it; undici sends it as it is.
        method: request.method ?? 'GET',
        headers: requestHeaders(request),
        body,
        signal: gone,
        headersTimeout: 30_000,
        bodyTimeout: 0,
      });
    } catch (error) {
      if (gone.aborted) return 'done';
      counters.errors++;
      instance.downUntilMs = performance.now() + downMs;
      return isConnectFailure(error) ? 'refused' : 'broken';
    }
    observe(counters, performance.now() - startedMs);
    if (answer.statusCode >= 500) counters.errors++;
    response.writeHead(answer.statusCode, responseHeaders(answer.headers, version.release, newUser));
    await pump(answer.body, response);
    return 'done';
  } finally {
    counters.inFlight--;
  }
}

/** The head is out, so a body that breaks off can only break off for the client too. */
async function pump(body: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  try {
    for await (const chunk of body) {
      if (!response.write(chunk)) await flowing(response);
      if (response.destroyed) return;
    }
    response.end();
  } catch {
    response.destroy();
  }
}

function flowing(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
}

function pick(version: Version, tried: ReadonlySet<Instance>): Instance | undefined {
  const left = version.instances.filter((instance) => !tried.has(instance));
  const nowMs = performance.now();
  const up = left.filter((instance) => instance.downUntilMs <= nowMs);
  const choices = up.length > 0 ? up : left;
  return choices[version.next++ % Math.max(1, choices.length)];
}

function newVersion(release: string): Version {
  const latency = { boundsMs: latencyBoundsMs, counts: latencyBoundsMs.map(() => 0), answered: 0 };
  return { release, instances: [], next: 0, counters: { requests: 0, errors: 0, inFlight: 0, latency } };
}

function observe(counters: ReleaseCounters, elapsedMs: number): void {
  const counts = counters.latency.counts.map((count, index) =>
    elapsedMs <= (latencyBoundsMs[index] ?? 0) ? count + 1 : count,
  );
  counters.latency = { ...counters.latency, counts, answered: counters.latency.answered + 1 };
}

/** The user's key: a header that the service's own front sets, else our cookie; null for somebody new. */
function userOf(request: IncomingMessage): string | null {
  const header = request.headers['x-user'];
  if (typeof header === 'string' && header !== '') return header;
  return /(?:^|;\s*)evenkeel_uid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? null;
}

/** 0 to 9999; the same in every router, so that a change of router moves nobody. */
function bucketOf(user: string): number {
  return crc32(user) % 10_000;
}

function isSafeToReplay(request: IncomingMessage): boolean {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return true;
  const unknownLength = request.headers['transfer-encoding'] === undefined ? 0 : Number.NaN;
  const length = Number(request.headers['content-length'] ?? unknownLength);
  return request.headers['idempotency-key'] !== undefined && length <= maxReplayBytes;
}

function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

async function bufferBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function requestHeaders(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !hopByHop.has(name) && name !== 'x-evenkeel-pin' && name !== 'expect')
      headers[name] = value;
  }
  headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
  return headers;
}

function responseHeaders(
  received: Record<string, string | string[] | undefined>,
  release: string,
  newUser: string | null,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(received)) {
    if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
  }
  headers['x-evenkeel-release'] = release;
  if (newUser !== null) {
    const cookie = `evenkeel_uid=${newUser}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`;
    const others = headers['set-cookie'] ?? [];
    headers['set-cookie'] = [...(Array.isArray(others) ? others : [others]), cookie];
  }
  return headers;
}

function refuse(response: ServerResponse, reason: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(503, { 'content-type': 'text/plain' }).end(`${reason}\n`);
}

function isConnectFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ECONNREFUSED' || error.code === 'UND_ERR_CONNECT_TIMEOUT';
}

/** WebSockets and other upgrades: bytes both ways, on one instance, until either side ends. */
function tunnel(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  version: Version,
  instance: Instance,
): void {
  const { counters } = version;
  counters.requests++;
  counters.inFlight++;
  const upstream = connect(instance.port, '127.0.0.1');
  upstream.once('connect', () => {
    const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      lines.push(`${request.rawHeaders[index] ?? ''}: ${request.rawHeaders[index + 1] ?? ''}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  upstream.once('error', () => {
    counters.errors++;
    socket.destroy();
  });
  socket.once('error', () => upstream.destroy());
  upstream.once('close', () => {
    counters.inFlight--;
    socket.destroy();
  });
  socket.once('close', () => upstream.destroy());
}
