import { accessSync, constants, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { effectFailure, Failure } from '../../failure.ts';
import {
  connectEmbedded,
  launchEmbedded,
  processOfEmbedded,
  stopEmbedded,
} from './embedded/embedded-router.ts';
import { connectHaproxy } from './haproxy/haproxy-router.ts';
import { launchHaproxy, processOfHaproxy, stopHaproxy } from './haproxy/haproxy-process.ts';
import { isKeeperAlive, launchKeeper, readKeeper, stopKeeper } from './keeper.ts';
import type { Router, RouterSettings } from './router.ts';

const startSeconds = 20;

/**
 * Starts the router, or finds the one that already runs for this directory and port. Its keeper starts it, and brings it
 * back when it dies; a keeper that died is replaced here.
 */
export async function startRouter(settings: RouterSettings): Promise<Router> {
  if (settings.kind === 'haproxy') requireHaproxy();
  const errorFile = join(settings.directory, 'keeper-error.json');
  let keeper = { hasEnded: (): boolean => false };
  if (!isKeeperAlive(readKeeper(settings))) {
    rmSync(errorFile, { force: true });
    keeper = launchKeeper(settings);
  }
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline) {
    const current = readKeeper(settings);
    const isKept = isKeeperAlive(current);
    const router = isKept && current.metricsPort > 0 ? await findRouter(settings) : null;
    if (router !== null) return router;
    if (keeper.hasEnded() && !isKept) throw startFailure(settings, errorFile);
    await wait(10);
  }
  throw startFailure(settings, errorFile);
}

/** The running router; fails when there is none. */
export async function connectRouter(settings: RouterSettings): Promise<Router> {
  const router = await findRouter(settings);
  if (router !== null) return router;
  throw effectFailure(
    'router-unreachable',
    `no router runs for port ${settings.publicPort}; start it with \`evenkeel deploy --resume\``,
    true,
  );
}

export async function stopRouter(settings: RouterSettings): Promise<void> {
  await stopKeeper(settings);
  if (settings.kind === 'haproxy') await stopHaproxy(settings);
  else await stopEmbedded(settings);
}

/** Starts the router's own process; for its keeper, which is the only one to do so. */
export async function launchRouter(settings: RouterSettings): Promise<void> {
  if (settings.kind === 'haproxy') await launchHaproxy(settings, requireHaproxy());
  else await launchEmbedded(settings);
}

/** The process id of the running router, or null. */
export function processOfRouter(settings: RouterSettings): Promise<number | null> {
  return settings.kind === 'haproxy' ? processOfHaproxy(settings) : processOfEmbedded(settings);
}

function findRouter(settings: RouterSettings): Promise<Router | null> {
  return settings.kind === 'haproxy' ? connectHaproxy(settings) : connectEmbedded(settings);
}

/** HAProxy where it is installed, the embedded router otherwise. */
export function chooseRouterKind(
  wanted: 'auto' | 'haproxy' | 'embedded',
  env: Readonly<Record<string, string | undefined>>,
): 'haproxy' | 'embedded' {
  if (wanted !== 'auto') return wanted;
  return findHaproxy(env) === null ? 'embedded' : 'haproxy';
}

export function findHaproxy(env: Readonly<Record<string, string | undefined>>): string | null {
  const directories = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const directory of directories) {
    if (directory === '') continue;
    const path = join(directory, 'haproxy');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

function requireHaproxy(): string {
  const path = findHaproxy(process.env);
  if (path !== null) return path;
  throw effectFailure(
    'haproxy-missing',
    'the policy asks for HAProxy, and there is no `haproxy` on PATH or in /usr/sbin; install it, or set `run.router: embedded`',
    false,
  );
}

function startFailure(settings: RouterSettings, errorFile: string): Error {
  try {
    // Written by the keeper that just ended.
    const { kind, reasonCode, message, mayRetry } = JSON.parse(readFileSync(errorFile, 'utf8')) as Failure;
    return new Failure(kind, reasonCode, message, mayRetry);
  } catch {
    return effectFailure(
      'router-not-started',
      `the router for port ${settings.publicPort} did not start within ${startSeconds} s; see ${settings.directory}/keeper.log`,
      true,
    );
  }
}
