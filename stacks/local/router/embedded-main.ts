/**
 * The embedded router as a process of its own, which outlives the tool that started it. Its settings come as a JSON
 * argument; it is steered over a Unix socket in its private directory, which is the authentication.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { socketPath } from '../socket-path.ts';
import { createEmbeddedProxy } from './embedded-proxy.ts';
import { formatPrometheus } from './prometheus-text.ts';
import { noShares, type RouterSettings, type RouterShares } from './router.ts';

// Our own parent's argument.
const settings = JSON.parse(process.argv[2] ?? '{}') as RouterSettings;
const file = (name: string): string => join(settings.directory, name);
const controlPath = socketPath(file('control.sock'));

mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
rmSync(file('start-error.json'), { force: true });

const proxy = createEmbeddedProxy(readShares());
const front = createServer((request, response) => proxy.handle(request, response));
front.on('upgrade', (request, socket, head) => proxy.handleUpgrade(request, socket, head));
front.keepAliveTimeout = 75_000;
front.requestTimeout = 0;

const metrics = createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
  response.end(formatPrometheus({ versions: proxy.counters() }, proxy.shares()));
});

const control = createServer((request, response) => {
  void answer(request).then(
    (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
    (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
  );
});

async function answer(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  switch (`${request.method ?? ''} ${request.url ?? ''}`) {
    case 'GET /identity':
      return {
        directory: settings.directory,
        publicPort: settings.publicPort,
        processId: process.pid,
        metricsPort: portOf(metrics),
      };
    case 'GET /shares':
      return proxy.shares();
    case 'PUT /shares':
      // Our own client's value, over a private socket.
      return keep(JSON.parse(body) as RouterShares);
    case 'PUT /share':
      return keep({ ...proxy.shares(), candidateBasisPoints: Number(body) });
    case 'GET /counters':
      return { versions: proxy.counters() };
    case 'POST /stop':
      setImmediate(stop);
      return {};
    default:
      throw new Error('no such command');
  }
}

/** Live first, on disk at once after: users do not wait for the disk, and a restart finds what was live. */
function keep(shares: RouterShares): RouterShares {
  proxy.setShares(shares);
  const temporary = file(`shares.${process.pid}.tmp`);
  writeFileSync(temporary, JSON.stringify(shares), { mode: 0o600 });
  renameSync(temporary, file('shares.json'));
  return proxy.shares();
}

function readShares(): RouterShares {
  try {
    // Written by `keep` only.
    return JSON.parse(readFileSync(file('shares.json'), 'utf8')) as RouterShares;
  } catch {
    return noShares;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

function stop(): void {
  for (const server of [front, metrics, control]) {
    server.close();
    server.closeIdleConnections();
  }
  rmSync(controlPath, { force: true });
  // Requests under way may end; a connection that stays open is cut.
  setTimeout(() => process.exit(0), 5000).unref();
}

function listen(server: Server, where: number | string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
}

process.on('SIGTERM', stop);
process.on('SIGINT', () => undefined);
try {
  await listen(front, settings.publicPort);
  await listen(metrics, 0);
  rmSync(controlPath, { force: true });
  await listen(control, controlPath);
  chmodSync(controlPath, 0o600);
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
  writeFileSync(
    file('start-error.json'),
    JSON.stringify({ code, message: error instanceof Error ? error.message : '' }),
  );
  process.exit(1);
}
