/** Serves the counters of a HAProxy router as Prometheus text; ends when that HAProxy is gone. */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { formatPrometheus } from './prometheus-text.ts';
import type { RouterSettings } from './router.ts';
import { connectRouter } from './start-router.ts';

// Our own parent's argument.
const settings = JSON.parse(process.argv[2] ?? '{}') as RouterSettings;
const watchMs = 2000;
const missesAllowed = 5;

const server = createServer((request, response) => {
  void (async () => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const router = await connectRouter(settings);
      const text = formatPrometheus(await router.counters(), await router.shares());
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
    } catch (error) {
      response
        .writeHead(503, { 'content-type': 'text/plain' })
        .end(error instanceof Error ? error.message : '');
    }
  })();
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') process.exit(1);
  const file = join(settings.directory, 'metrics-port');
  writeFileSync(`${file}.tmp`, String(address.port), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
});

let misses = 0;
setInterval(() => {
  connectRouter(settings).then(
    () => (misses = 0),
    () => {
      misses++;
      if (misses >= missesAllowed) process.exit(0);
    },
  );
}, watchMs);
process.on('SIGINT', () => undefined);
