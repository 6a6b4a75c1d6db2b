/** One connection to a server, directly or through an HTTP proxy, with the time of each part of the way. */
import { lookup, type LookupOptions } from 'node:dns';
import { connect as connectPlain, Socket, type LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client } from 'undici';

export interface MeasuredConnection {
  socket: Socket | TLSSocket;
  dnsMs: number | null;
  connectMs: number;
  tlsMs: number | null;
}

/** The proxy itself could not be used: what is behind it has nothing to do with that. */
export class ProxyFault extends Error {}

/** `proxy`: an HTTP proxy that opens tunnels (CONNECT). Rejects when there is no connection, or when `signal` is aborted. */
export async function connectMeasured(
  url: URL,
  proxy: string | null,
  signal: AbortSignal,
): Promise<MeasuredConnection> {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port === '' ? (isTls ? 443 : 80) : url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const started = performance.now();
  const way =
    proxy === null
      ? await openPlain(host, port, signal)
      : await openTunnel(url.hostname, port, proxy, signal);
  const connectMs = performance.now() - started - (way.dnsMs ?? 0);
  if (!isTls) return { ...way, connectMs, tlsMs: null };
  const tlsStarted = performance.now();
  const servername = /^[\d.]+$|:/.test(host) ? undefined : host;
  const socket = connectTls({ socket: way.socket, ...(servername !== undefined && { servername }), host });
  try {
    await opened(socket, 'secureConnect', signal);
  } catch (error) {
    way.socket.destroy();
    throw error;
  }
  return { socket, dnsMs: way.dnsMs, connectMs, tlsMs: performance.now() - tlsStarted };
}

async function openPlain(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<{ socket: Socket; dnsMs: number | null }> {
  let dnsMs: number | null = null;
  const measuredLookup: LookupFunction = (name: string, options: LookupOptions, done) => {
    const started = performance.now();
    lookup(name, options, (error, address, family) => {
      dnsMs = performance.now() - started;
      done(error, address, family);
    });
  };
  const socket = connectPlain({ host, port, lookup: measuredLookup });
  await opened(socket, 'connect', signal);
  return { socket, dnsMs };
}

async function openTunnel(
  host: string,
  port: number,
  proxy: string,
  signal: AbortSignal,
): Promise<{ socket: Socket; dnsMs: null }> {
  const client = new Client(proxy);
  try {
    const { statusCode, socket } = await client.connect({ path: `${host}:${port}`, signal });
    if (statusCode >= 200 && statusCode < 300 && socket instanceof Socket) return { socket, dnsMs: null };
    socket.destroy();
    // A gateway says by these that it could not reach what is behind it.
    if ([502, 503, 504].includes(statusCode)) throw new Error(`the proxy could not reach it (${statusCode})`);
    throw new ProxyFault(`the proxy answered ${statusCode} instead of opening a tunnel`);
  } catch (error) {
    if (signal.aborted || error instanceof ProxyFault) throw error;
    if (error instanceof Error && error.message.startsWith('the proxy could not')) throw error;
    throw new ProxyFault('the proxy cannot be reached');
  } finally {
    void client.destroy().catch(() => undefined);
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const end = (): void => signal.removeEventListener('abort', giveUp);
    socket.once(event, () => {
      end();
      resolve();
    });
    socket.on('error', (error) => {
      end();
      reject(error);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}
