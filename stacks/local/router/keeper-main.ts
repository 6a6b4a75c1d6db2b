/**
 * Keeps one router alive: starts it, brings it back with all it had when it dies, and serves its counts as Prometheus
 * text. It outlives the tool; its settings come as a JSON argument. Whoever is written down in `keeper.json` is the
 * keeper: one that finds somebody else there ends, before it would start anything, so that two never fight.
 */
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { effectFailure, Failure } from '../../failure.ts';
import { watchInstances } from '../failback/watch-instances.ts';
import { startOfProcess } from '../process-table.ts';
import { claimKeeper, readKeeper } from './keeper.ts';
import { formatPrometheus } from './prometheus-text.ts';
import type { RouterSettings } from './router.ts';
import { connectRouter, launchRouter, processOfRouter } from './start-router.ts';
import { writeWhole } from './write-whole.ts';

// Our own parent's argument.
const settings = JSON.parse(process.argv[2] ?? '{}') as RouterSettings;
const lookMs = 50;
/** How much of the counts a dead router may take with it, at most. */
const keepMs = 500;
const lastBackoffMs = 5000;

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isOurs(): boolean {
  return readKeeper(settings)?.processId === process.pid;
}

async function serveMetrics(): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void metricsText().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      (error: unknown) => response.writeHead(503, { 'content-type': 'text/plain' }).end(messageOf(error)),
    );
  });
  const listen = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => {
        resolve(true);
      });
    });
  if (!(await listen(Number(process.argv[3] ?? 0)))) await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port for the metrics');
  return address.port;
}

async function metricsText(): Promise<string> {
  const router = await connectRouter(settings);
  return formatPrometheus(await router.counters(), await router.shares());
}

/** The first start may fail, and says why; whoever asked for it waits for that. */
async function startFirst(): Promise<void> {
  try {
    await launchRouter(settings);
  } catch (error) {
    if (await isStartedByAnother()) return;
    const failure =
      error instanceof Failure ? error : effectFailure('router-not-started', messageOf(error), true);
    const { kind, reasonCode, message, mayRetry } = failure;
    writeWhole(
      join(settings.directory, 'keeper-error.json'),
      JSON.stringify({ kind, reasonCode, message, mayRetry }),
    );
    if (isOurs()) rmSync(join(settings.directory, 'keeper.json'), { force: true });
    process.exit(1);
  }
}

/** Two tools that start at once start two keepers, and one of them finds the port taken by the other's router. */
async function isStartedByAnother(): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    if ((await processOfRouter(settings)) !== null) return true;
    await wait(lookMs);
  }
  return false;
}

/** Until it is there again or somebody else keeps it; never gives up. */
async function bringBack(): Promise<void> {
  const diedMs = performance.now();
  for (let tries = 0; isOurs(); tries++) {
    try {
      await launchRouter(settings);
      say(`the router was gone and is back after ${Math.round(performance.now() - diedMs)} ms`);
      return;
    } catch (error) {
      const backoffMs = Math.min(lastBackoffMs, 100 * 2 ** Math.min(tries, 10));
      say(`the router cannot be started: ${messageOf(error)}; tried again in ${backoffMs} ms`);
      await wait(backoffMs);
    }
  }
}

async function keepCounts(): Promise<void> {
  for (;;) {
    await wait(keepMs);
    // Reading them is what writes them down.
    await connectRouter(settings)
      .then((router) => router.counters())
      .catch(() => undefined);
  }
}

/** Once the router answers: it may have died again since it was found. */
async function watch(): Promise<void> {
  const router = await connectRouter(settings).catch(() => null);
  if (router === null) {
    setTimeout(() => void watch(), keepMs);
    return;
  }
  await watchInstances({
    router,
    healthPath: settings.healthPath,
    now: () => new Date(),
    random: Math.random,
    signal: new AbortController().signal,
    log: say,
  });
}

process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => process.exit(0));

// Whoever started this process writes it down right after.
for (let waits = 0; waits < 40 && !isOurs(); waits++) await wait(lookMs);
if (!isOurs()) process.exit(0);
const metricsPort = await serveMetrics();
if (!isOurs()) process.exit(0);
claimKeeper(settings, {
  processId: process.pid,
  processStart: startOfProcess(process.pid) ?? '',
  metricsPort,
});
if ((await processOfRouter(settings)) === null) await startFirst();
void keepCounts();
void watch();
let processId = await processOfRouter(settings);
while (isOurs()) {
  if (processId === null || !isThere(processId)) {
    processId = await processOfRouter(settings);
    if (processId === null && isOurs()) await bringBack();
  }
  await wait(lookMs);
}
// Without its directory nobody could ever steer or stop it again.
if (!existsSync(settings.directory) && processId !== null && isThere(processId))
  process.kill(processId, 'SIGKILL');
say('this router is stopped, or kept by somebody else');
process.exit(0);

/** Cheap, and often: a process that merely has the same id is found out by the next call that fails. */
function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return startOfProcess(id) !== null;
  } catch {
    return false;
  }
}
