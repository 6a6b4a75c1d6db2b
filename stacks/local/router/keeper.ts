import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startOfProcess } from '../process-table.ts';
import type { RouterSettings } from './router.ts';
import { writeWhole } from './write-whole.ts';

const stopSeconds = 12;

/** The process that keeps a router alive and serves its counts. Whoever is written down last is the one. */
export interface Keeper {
  processId: number;
  /** Tells the process from a later one with its id. */
  processStart: string;
  /** 0 until it serves. */
  metricsPort: number;
}

export function readKeeper(settings: RouterSettings): Keeper | null {
  try {
    // Written by `claimKeeper` only, in a private directory.
    return JSON.parse(readFileSync(fileOf(settings), 'utf8')) as Keeper;
  } catch {
    return null;
  }
}

export function claimKeeper(settings: RouterSettings, keeper: Keeper): void {
  writeWhole(fileOf(settings), JSON.stringify(keeper));
}

export function isKeeperAlive(keeper: Keeper | null): keeper is Keeper {
  return keeper !== null && startOfProcess(keeper.processId) === keeper.processStart;
}

/** Where the counts are served as Prometheus text. */
export function metricsUrlOf(settings: RouterSettings): string {
  return `http://127.0.0.1:${readKeeper(settings)?.metricsPort ?? 0}/metrics`;
}

/**
 * Starts one and writes it down at once, so that a stop that comes before it has begun finds it too. It ends by itself
 * when its router cannot be started the first time, and does nothing when it is not the one that is written down.
 */
export function launchKeeper(settings: RouterSettings): { hasEnded(): boolean } {
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const log = openSync(join(settings.directory, 'keeper.log'), 'a', 0o600);
  const name = import.meta.url.endsWith('.ts') ? './keeper-main.ts' : './router-keeper.js';
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL(name, import.meta.url)),
      JSON.stringify(settings),
      // Where the one before it served, so that whoever scrapes finds it again.
      String(readKeeper(settings)?.metricsPort ?? 0),
    ],
    { detached: true, stdio: ['ignore', log, log] },
  );
  let isOver = false;
  child.once('exit', () => (isOver = true));
  child.once('error', () => (isOver = true));
  child.unref();
  if (child.pid !== undefined) {
    const processStart = startOfProcess(child.pid) ?? '';
    claimKeeper(settings, { processId: child.pid, processStart, metricsPort: 0 });
  }
  return { hasEnded: () => isOver };
}

/**
 * Ends it, so that it does not bring back what is about to be stopped. It ends by itself once it is no longer written
 * down, after what it is just starting; one that does not is killed, and only a process that is provably it.
 */
export async function stopKeeper(settings: RouterSettings): Promise<void> {
  const keeper = readKeeper(settings);
  rmSync(fileOf(settings), { force: true });
  const deadline = performance.now() + stopSeconds * 1000;
  while (isKeeperAlive(keeper)) {
    if (performance.now() > deadline) process.kill(keeper.processId, 'SIGKILL');
    await wait(10);
  }
}

function fileOf(settings: RouterSettings): string {
  return join(settings.directory, 'keeper.json');
}
