/**
 * Runs one instance of a service and outlives the tool: starts it again with backoff when it ends by itself, counts
 * that, keeps its log within bounds, and ends it when told to (SIGTERM). Its settings are a file, whose path is the only
 * argument.
 *
 * What it starts again is unproven: the router has confirmed that it sends nothing there before the new process exists,
 * and only one that answers as itself comes back, in steps (`failback/`); anything else on its port is ended.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { InstanceSettings, InstanceStatus } from './instance-record.ts';
import { letInIfAlone, takeOutOfRouter } from './failback/route-restarted.ts';
import { lookAtInstance } from './instance-health.ts';
import { startOfProcess } from './process-table.ts';
import { resolveSecrets } from './resolve-secrets.ts';

// Written by `startInstance` in a private directory.
const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as InstanceSettings;
const firstBackoffMs = 100;
const lastBackoffMs = 5000;
const maxLogBytes = 8 * 1024 * 1024;
const logCheckMs = 5000;
const firstProofMs = 50;
const lastProofMs = 1000;

const logPath = join(settings.directory, 'instance.log');
const log = openSync(logPath, 'a', 0o600);
let child: ChildProcess | null = null;
let crashes = 0;
let lastEnd = '';
let isEnding = false;
/** This process has been itself; before that nobody routes to it, since `startInstance` waits for the same proof. */
let wasProven = false;
let isProven = false;
let wasKilled = false;
const over = new AbortController();

function start(): void {
  const [program = '', ...args] = settings.command;
  const startedMs = performance.now();
  const resolved = resolveSecrets(settings.env, process.env);
  if (!resolved.ok) {
    crashes++;
    lastEnd = resolved.message;
    report();
    setTimeout(start, backoffMs(0));
    return;
  }
  child = spawn(program, args, {
    cwd: settings.workingDirectory,
    env: { ...process.env, ...resolved.env, PORT: String(settings.port), EVENKEEL_RELEASE: settings.release },
    stdio: ['ignore', log, log],
  });
  let isOver = false;
  let doubt: string | null = null;
  const onEnd = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    if (isEnding) process.exit(0);
    crashes++;
    lastEnd = doubt ?? reason;
    isProven = false;
    report();
    void startAgain(backoffMs(performance.now() - startedMs));
  };
  child.once('error', (error) => onEnd(error.message));
  child.once('exit', (code, signal) =>
    onEnd(signal === null ? `it ended with exit code ${code ?? 0}` : `it was ended by ${signal}`),
  );
  report();
  const started = child;
  void prove(() => isOver || isEnding).then((problem) => {
    if (problem === null) return;
    doubt = problem;
    started.kill('SIGKILL');
  });
}

/** Waits until what was started answers as itself. What it is instead is returned; null also when it ended meanwhile. */
async function prove(isOver: () => boolean): Promise<string | null> {
  for (let waitMs = firstProofMs; !isOver(); waitMs = Math.min(lastProofMs, waitMs * 1.2)) {
    const look = await lookAtInstance(settings, process.pid, over.signal);
    if (isOver()) return null;
    if (look.is === 'doubted') return look.problem.message;
    if (look.is === 'ready') {
      const isRestart = wasProven;
      wasProven = true;
      isProven = true;
      report();
      if (isRestart && settings.router !== undefined) {
        await letInIfAlone(settings.router, settings.port, () => isOver());
      }
      return null;
    }
    await wait(waitMs);
  }
  return null;
}

async function startAgain(afterMs: number): Promise<void> {
  if (wasProven && settings.router !== undefined) {
    await takeOutOfRouter(settings.router, settings.port, () => isEnding);
  }
  setTimeout(start, afterMs);
}

/** One that had run for a while is started again quickly; one that never runs is not hammered. */
function backoffMs(ranMs: number): number {
  return ranMs > 10_000
    ? firstBackoffMs
    : Math.min(lastBackoffMs, firstBackoffMs * 2 ** Math.min(crashes, 10));
}

function report(): void {
  const processId = child?.pid ?? null;
  const processStart = processId === null ? null : startOfProcess(processId);
  const status: InstanceStatus = { processId, processStart, crashes, lastEnd, isProven, wasKilled };
  const path = join(settings.directory, 'status.json');
  writeFileSync(`${path}.tmp`, JSON.stringify(status), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The file is open for appending in the service too, so it is emptied in place and one older part is kept. */
function boundLog(): void {
  if (fstatSync(log).size <= maxLogBytes) return;
  copyFileSync(logPath, `${logPath}.1`);
  ftruncateSync(log, 0);
}

function end(): void {
  if (isEnding) return;
  isEnding = true;
  over.abort();
  if (child?.exitCode !== null || child.signalCode !== null) process.exit(0);
  child.kill('SIGTERM');
  setTimeout(() => {
    child?.kill('SIGKILL');
    wasKilled = true;
    lastEnd = `it did not end within ${settings.drainSeconds} s of SIGTERM, and was killed`;
    report();
    process.exit(0);
  }, settings.drainSeconds * 1000);
}

process.on('SIGTERM', end);
// Ctrl-C in the terminal that deployed is not meant for what was deployed.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
setInterval(boundLog, logCheckMs);
start();
