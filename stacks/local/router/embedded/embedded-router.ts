import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { effectFailure } from '../../../failure.ts';
import { socketPath } from '../../socket-path.ts';
import { drainFrom } from '../drain-from.ts';
import { metricsUrlOf } from '../keeper.ts';
import { portInUse } from '../port-in-use.ts';
import type {
  InstanceLimit,
  RoutedInstance,
  Router,
  RouterCounters,
  RouterSettings,
  RouterShares,
} from '../router.ts';
import { waitUntilIdle } from '../wait-until-idle.ts';
import { controlCall } from './control-call.ts';

const startSeconds = 10;

interface Identity {
  directory: string;
  publicPort: number;
  processId: number;
}

/** A router that is already running for this directory and port, or null. */
export async function connectEmbedded(settings: RouterSettings): Promise<Router | null> {
  return (await processOfEmbedded(settings)) === null ? null : routerOf(settings);
}

/** Its process id, or null when none runs. */
export async function processOfEmbedded(settings: RouterSettings): Promise<number | null> {
  const identity = await controlCall<Identity>(controlPath(settings), 'GET', '/identity', null).catch(
    () => null,
  );
  if (identity?.directory !== settings.directory || identity.publicPort !== settings.publicPort) return null;
  return identity.processId;
}

function routerOf(settings: RouterSettings): Router {
  const call = <Answer>(method: string, url: string, body: unknown = null): Promise<Answer> =>
    controlCall<Answer>(controlPath(settings), method, url, body);
  const counters = (): Promise<RouterCounters> => call<RouterCounters>('GET', '/counters');
  const shares = (): Promise<RouterShares> => call<RouterShares>('GET', '/shares');
  return {
    settings,
    metricsUrl: metricsUrlOf(settings),
    async apply(wanted) {
      const live = await call<RouterShares>('PUT', '/shares', wanted);
      confirm(live.candidateBasisPoints, wanted.candidateBasisPoints);
    },
    async setShare(candidateBasisPoints) {
      const live = await call<RouterShares>('PUT', '/share', candidateBasisPoints);
      confirm(live.candidateBasisPoints, candidateBasisPoints);
    },
    shares,
    counters,
    waitUntilIdle: (release, deadlineSeconds) => waitUntilIdle(counters, release, deadlineSeconds),
    instances: () => call<RoutedInstance[]>('GET', '/instances'),
    limitInstance: async (limit) => {
      await call<InstanceLimit>('PUT', '/limit', limit);
    },
    drain: (who, deadlineSeconds = settings.streamSeconds) =>
      drainFrom(
        {
          shares,
          underWay: () => call<number>('PUT', '/under-way', who),
          close: async () => {
            await call('PUT', '/close', who);
          },
          cut: () => call<number>('PUT', '/cut', who),
        },
        who,
        deadlineSeconds,
      ),
  };
}

/** Starts the process and returns when it answers; only the keeper calls this, so that there is never a second one. */
export async function launchEmbedded(settings: RouterSettings): Promise<void> {
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const errorFile = join(settings.directory, 'start-error.json');
  rmSync(errorFile, { force: true });
  const log = openSync(join(settings.directory, 'router.log'), 'a', 0o600);
  const child = spawn(process.execPath, [entryPoint(), JSON.stringify(settings)], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline) {
    if ((await processOfEmbedded(settings)) !== null) return;
    if (child.exitCode !== null || child.signalCode !== null) throw startFailure(settings, errorFile);
    await wait(10);
  }
  throw effectFailure(
    'router-not-started',
    `the embedded router did not start within ${startSeconds} s; see ${settings.directory}/router.log`,
    true,
  );
}

/** Lets requests under way end; the port is free at once. */
export async function stopEmbedded(settings: RouterSettings): Promise<void> {
  if ((await processOfEmbedded(settings)) !== null)
    await controlCall(controlPath(settings), 'POST', '/stop', null);
}

function controlPath(settings: RouterSettings): string {
  return socketPath(join(settings.directory, 'control.sock'));
}

/** The source file when run from source, the bundle beside this bundle otherwise. */
function entryPoint(): string {
  const name = import.meta.url.endsWith('.ts') ? './embedded-main.ts' : './embedded-router.js';
  return fileURLToPath(new URL(name, import.meta.url));
}

function startFailure(settings: RouterSettings, errorFile: string): Error {
  let reason = '';
  try {
    // Written by the process that just ended.
    const error = JSON.parse(readFileSync(errorFile, 'utf8')) as { code: string; message: string };
    if (error.code === 'EADDRINUSE') return portInUse(settings.publicPort);
    reason = `: ${error.message}`;
  } catch {
    // It ended without a word; its log is all there is.
  }
  return effectFailure(
    'router-not-started',
    `the embedded router ended at once${reason}; see ${settings.directory}/router.log`,
    false,
  );
}

function confirm(live: number, wanted: number): void {
  if (live === wanted) return;
  throw effectFailure(
    'share-not-live',
    `the router reports ${live} basis points instead of ${wanted}; see its log`,
    true,
  );
}
