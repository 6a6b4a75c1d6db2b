/**
 * A small server that sends probes for somebody else, from where it stands.
 *
 * Trust boundary: whoever may ask can make this machine send requests. So nobody is heard without a client certificate of
 * the agent's own authority; requests go only to hosts and ports that were allowed when it was started, over a fresh
 * connection, without redirects; size, time and number are limited; and nothing of a question is written down.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { sendProbe } from '../send-probe.ts';
import { isQuestion, maxQuestionBytes } from './agent-messages.ts';

export interface AgentOptions {
  host: string;
  port: number;
  /** PEM: the agent's own, and the authority that signs those who may ask. */
  cert: string;
  key: string;
  ca: string;
  /** `host:port` that probes may be sent to. */
  allowed: ReadonlySet<string>;
}

export interface RunningAgent {
  port: number;
  close(): Promise<void>;
}

const maxAtOnce = 32;
const questionSeconds = 10;

/** Resolves when the agent listens; rejects when its certificate or its address cannot be used. */
export async function serveAgent(options: AgentOptions): Promise<RunningAgent> {
  const { cert, key, ca, allowed } = options;
  const stopping = new AbortController();
  let running = 0;
  const server = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    (request, response) => {
      if (running >= maxAtOnce) {
        refuse(response, 429, 'too-many-at-once');
        return;
      }
      running++;
      answer(request, response, allowed, stopping.signal)
        // The one who asked is gone, or the agent stops: there is nobody to tell.
        .catch(() => response.destroy())
        .finally(() => running--);
    },
  );
  server.requestTimeout = questionSeconds * 1000;
  server.maxConnections = 4 * maxAtOnce;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        stopping.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: ReadonlySet<string>,
  stopping: AbortSignal,
): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/probe') {
    refuse(response, 404, 'not-found');
    return;
  }
  const text = await readQuestion(request);
  if (text === null) {
    refuse(response, 413, 'too-long');
    return;
  }
  const question = parse(text);
  if (!isQuestion(question)) {
    refuse(response, 400, 'not-a-question');
    return;
  }
  const { target, timeoutSeconds } = question;
  if (!URL.canParse(target) || !allowed.has(placeOf(target))) {
    refuse(response, 403, 'not-allowed');
    return;
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const signal = AbortSignal.any([stopping, left.signal]);
  const result = await sendProbe(question.request, { target, proxy: null, timeoutSeconds, signal });
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
}

function refuse(response: ServerResponse, status: number, refused: string): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ refused }));
}

async function readQuestion(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxQuestionBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `host:port` of a URL, with the port that its scheme implies. */
function placeOf(target: string): string {
  const { hostname, port, protocol } = new URL(target);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}
