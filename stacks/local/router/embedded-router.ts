import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { effectFailure } from '../../failure.ts';
import { socketPath } from '../socket-path.ts';
import { portInUse } from './port-in-use.ts';
import type { Router, RouterCounters, RouterSettings, RouterShares } from './router.ts';
import { waitUntilIdle } from './wait-until-idle.ts';

const startSeconds = 10;

function notYet(what: string): Error {
  return effectFailure(
    'not-available',
    `this router has no ${what} yet; use another version of Evenkeel`,
    false,
  );
}

interface Identity {
  directory: string;
  publicPort: number;
  processId: number;
  metricsPort: number;
}

/** A router that is already running for this directory and port, or null. */
export async function connectEmbedded(settings: RouterSettings): Promise<Router | null> {
  const path = socketPath(join(settings.directory, 'control.sock'));
  const identity = await call<Identity>(path, 'GET', '/identity', null).catch(() => null);
  if (identity?.directory !== settings.directory || identity.publicPort !== settings.publicPort) return null;
  const counters = (): Promise<RouterCounters> => call<RouterCounters>(path, 'GET', '/counters', null);
  return {
    settings,
    metricsUrl: `http://127.0.0.1:${identity.metricsPort}/metrics`,
    async apply(shares) {
      const live = await call<RouterShares>(path, 'PUT', '/shares', shares);
      confirm(live.candidateBasisPoints, shares.candidateBasisPoints);
    },
    async setShare(candidateBasisPoints) {
      const live = await call<RouterShares>(path, 'PUT', '/share', candidateBasisPoints);
      confirm(live.candidateBasisPoints, candidateBasisPoints);
    },
    shares: () => call<RouterShares>(path, 'GET', '/shares', null),
    counters,
    waitUntilIdle: (release, deadlineSeconds) => waitUntilIdle(counters, release, deadlineSeconds),
    instances: () => Promise.reject(notYet('instances')),
    limitInstance: () => Promise.reject(notYet('limits')),
    drain: () => Promise.reject(notYet('drain')),
  };
}

export async function startEmbedded(settings: RouterSettings): Promise<Router> {
  const running = await connectEmbedded(settings);
  if (running !== null) return running;
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
    const router = await connectEmbedded(settings);
    if (router !== null) return router;
    if (child.exitCode !== null) throw startFailure(settings, errorFile);
    await wait(20);
  }
  throw effectFailure(
    'router-not-started',
    `the embedded router did not start within ${startSeconds} s; see ${settings.directory}/router.log`,
    true,
  );
}

export async function stopEmbedded(settings: RouterSettings): Promise<void> {
  const path = socketPath(join(settings.directory, 'control.sock'));
  if ((await connectEmbedded(settings)) !== null) await call(path, 'POST', '/stop', null);
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

/** One call over the private socket; the answers are our own process's. */
function call<Answer>(path: string, method: string, url: string, body: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: path, method, path: url, timeout: 5000 }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => {
        if (incoming.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(effectFailure('router-refused', `the router refused ${method} ${url}: ${text}`, false));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
    outgoing.on('error', (error) => {
      reject(
        effectFailure(
          'router-unreachable',
          `the router does not answer on its socket (${error.message}); start it with \`evenkeel deploy --resume\``,
          true,
        ),
      );
    });
    outgoing.end(body === null ? undefined : JSON.stringify(body));
  });
}
