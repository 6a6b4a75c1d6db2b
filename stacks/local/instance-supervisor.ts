/**
 * Runs one instance of a service and outlives the tool: starts it again with backoff when it ends by itself, counts
 * that, keeps its log within bounds, and ends it when told to (SIGTERM). Its settings are a file, whose path is the only
 * argument.
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
import type { InstanceSettings, InstanceStatus } from './instance-record.ts';
import { startOfProcess } from './process-table.ts';
import { resolveSecrets } from './resolve-secrets.ts';

// Written by `startInstance` in a private directory.
const settings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as InstanceSettings;
const firstBackoffMs = 100;
const lastBackoffMs = 5000;
const maxLogBytes = 8 * 1024 * 1024;
const logCheckMs = 5000;

const logPath = join(settings.directory, 'instance.log');
const log = openSync(logPath, 'a', 0o600);
let child: ChildProcess | null = null;
let crashes = 0;
let lastEnd = '';
let isEnding = false;

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
  const onEnd = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    if (isEnding) process.exit(0);
    crashes++;
    lastEnd = reason;
    report();
    setTimeout(start, backoffMs(performance.now() - startedMs));
  };
  child.once('error', (error) => onEnd(error.message));
  child.once('exit', (code, signal) =>
    onEnd(signal === null ? `it ended with exit code ${code ?? 0}` : `it was ended by ${signal}`),
  );
  report();
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
  const status: InstanceStatus = { processId, processStart, crashes, lastEnd };
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
  if (child?.exitCode !== null || child.signalCode !== null) process.exit(0);
  child.kill('SIGTERM');
  setTimeout(() => {
    child?.kill('SIGKILL');
    process.exit(0);
  }, settings.drainSeconds * 1000);
}

process.on('SIGTERM', end);
// Ctrl-C in the terminal that deployed is not meant for what was deployed.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
setInterval(boundLog, logCheckMs);
start();
