import { Client } from 'undici';
import type { ProbeAnswer, ProbePhases, ProbeRequest } from '../../policies/probes/probe-request.ts';
import { connectMeasured, ProxyFault } from './connect-measured.ts';

export interface SendOptions {
  /** The base URL, without a slash at its end. */
  target: string;
  /** An HTTP proxy on the way; null: none. */
  proxy: string | null;
  timeoutSeconds: number;
  signal: AbortSignal;
}

/** More is not read of an answer. */
const maxBodyBytes = 1024 * 1024;

/**
 * Sends one request on a connection of its own, as a customer who comes for the first time: nothing is kept, repeated or
 * followed. Whatever goes wrong is an answer that says so; only an abortion through `signal` throws.
 */
export async function sendProbe(request: ProbeRequest, options: SendOptions): Promise<ProbeAnswer> {
  const started = performance.now();
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const signal = AbortSignal.any([options.signal, timeout]);
  const phases: ProbePhases = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 };
  let client: Client | null = null;
  try {
    const url = new URL(options.target);
    const { socket, ...times } = await connectMeasured(url, options.proxy, signal);
    Object.assign(phases, times);
    client = new Client(url.origin, {
      // Not at once: the client does not expect a connection before it has asked for one.
      connect: (_, done) => queueMicrotask(() => done(null, socket)),
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const sentAt = performance.now();
    const response = await client.request({
      // undici sends whatever method it is given; the policy's schema has let through only those that HTTP has.
      method: request.method,
      path: `${url.pathname.replace(/\/+$/, '')}${request.path}`,
      headers: { 'user-agent': 'evenkeel-probe', ...request.headers },
      body: request.body,
      signal,
    });
    phases.firstByteMs = performance.now() - sentAt;
    const { body, isCut } = await readStart(response.body);
    phases.totalMs = performance.now() - started;
    const type = response.headers['content-type'];
    const contentType = (Array.isArray(type) ? type[0] : type) ?? '';
    return { isAnswered: true, status: response.statusCode, contentType, body, isCut, phases };
  } catch (error) {
    if (options.signal.aborted) throw error;
    phases.totalMs = performance.now() - started;
    const message = timeout.aborted ? `did not answer within ${options.timeoutSeconds} s` : reasonOf(error);
    return { isAnswered: false, isLocationFault: error instanceof ProxyFault, message, phases };
  } finally {
    void client?.destroy().catch(() => undefined);
  }
}

async function readStart(body: AsyncIterable<unknown>): Promise<{ body: string; isCut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBodyBytes)
      return { body: Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8'), isCut: true };
  }
  return { body: Buffer.concat(chunks).toString('utf8'), isCut: false };
}

/** A code, never the server's words. */
function reasonOf(error: unknown): string {
  if (error instanceof ProxyFault) return `could not be asked: ${error.message}`;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'refused the connection',
    ECONNRESET: 'cut the connection',
    ENOTFOUND: 'has a name that is not known',
    EAI_AGAIN: 'has a name that could not be looked up',
    UND_ERR_SOCKET: 'cut the connection',
  };
  return (code === null ? undefined : known[code]) ?? `did not answer (${code ?? 'no reason given'})`;
}
