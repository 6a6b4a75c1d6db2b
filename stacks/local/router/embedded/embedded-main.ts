/**
 * The embedded router as a process of its own, which outlives the tool that started it. Its settings come as a JSON
 * argument; it is steered over a Unix socket in its private directory, which is the authentication.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { socketPath } from '../../socket-path.ts';
import { noShares, type InstanceLimit, type RouterSettings, type RouterShares } from '../router.ts';
import { writeWhole } from '../write-whole.ts';
import { createEmbeddedProxy } from './embedded-proxy.ts';
import { maxHeaderBytes, type KeptTable } from './instance-table.ts';
import { isUpgrade } from './tunnel.ts';

// Our own parent's argument.
const settings = JSON.parse(process.argv[2] ?? '{}') as RouterSettings;
const file = (name: string): string => join(settings.directory, name);
const controlPath = socketPath(file('control.sock'));

mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
rmSync(file('start-error.json'), { force: true });

const proxy = createEmbeddedProxy(settings, readKept());
const front = createServer(
  // A head must come soon; a body may take its time, and so may whoever keeps a connection for later.
  {
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: 75_000,
    requestTimeout: 0,
    headersTimeout: 10_000,
    shouldUpgradeCallback: isUpgrade,
  },
  (request, response) => proxy.handle(request, response),
);
front.on('upgrade', (request, socket, head) => proxy.handleUpgrade(request, socket, head));

const control = createServer((request, response) => {
  void answer(request).then(
    (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
    (error: unknown) => response.writeHead(400).end(error instanceof Error ? error.message : String(error)),
  );
});

async function answer(request: IncomingMessage): Promise<unknown> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  // Our own client's values, over a private socket.
  switch (`${request.method ?? ''} ${request.url ?? ''}`) {
    case 'GET /identity':
      return { directory: settings.directory, publicPort: settings.publicPort, processId: process.pid };
    case 'GET /shares':
      return proxy.shares();
    case 'PUT /shares':
      return keepShares(JSON.parse(body) as RouterShares);
    case 'PUT /share':
      return keepShares({ ...proxy.shares(), candidateBasisPoints: Number(body) });
    case 'GET /counters':
      // What was told once is never taken back by a restart.
      keep();
      return { versions: proxy.versions() };
    case 'GET /instances':
      keep();
      return proxy.instances();
    case 'PUT /limit':
      return setLimit(JSON.parse(body) as InstanceLimit);
    case 'PUT /close':
      proxy.close(JSON.parse(body) as string | number);
      keep();
      return {};
    case 'PUT /under-way':
      return proxy.underWay(JSON.parse(body) as string | number);
    case 'PUT /cut':
      return proxy.cut(JSON.parse(body) as string | number);
    case 'POST /stop':
      // Whoever asked may take the directory away as soon as it is told that this was heard.
      keep();
      setImmediate(stop);
      return {};
    default:
      throw new Error('no such command');
  }
}

/** Live first, on disk at once after: users do not wait for the disk, and a restart finds what was live. */
function keepShares(shares: RouterShares): RouterShares {
  proxy.setShares(shares);
  keep();
  return proxy.shares();
}

function setLimit(limit: InstanceLimit): InstanceLimit {
  if (!proxy.limit(limit)) throw new Error(`no instance at port ${limit.port} is routed`);
  keep();
  return limit;
}

function keep(): void {
  writeWhole(file('kept.json'), JSON.stringify(proxy.kept()));
}

function readKept(): KeptTable {
  try {
    // Written by `keep` only.
    return JSON.parse(readFileSync(file('kept.json'), 'utf8')) as KeptTable;
  } catch {
    return { shares: noShares, limits: [], versions: {}, instances: [] };
  }
}

function stop(): void {
  for (const server of [front, control]) {
    server.close();
    server.closeIdleConnections();
  }
  rmSync(controlPath, { force: true });
  // Requests under way may end; a connection that stays open is cut.
  setTimeout(() => process.exit(0), settings.streamSeconds * 1000).unref();
}

function listen(server: Server, where: number | string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    if (typeof where === 'string') server.listen(where, resolve);
    else server.listen(where, '127.0.0.1', resolve);
  });
}

process.on('SIGTERM', () => {
  keep();
  stop();
});
process.on('SIGINT', () => undefined);
try {
  await listen(front, settings.publicPort);
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
