import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { effectFailure } from '../../failure.ts';
import { connectEmbedded, startEmbedded, stopEmbedded } from './embedded-router.ts';
import { connectHaproxy, startHaproxy, stopHaproxy } from './haproxy-router.ts';
import type { Router, RouterSettings } from './router.ts';

/** Starts the router, or finds the one that already runs for this directory and port. */
export async function startRouter(settings: RouterSettings): Promise<Router> {
  return settings.kind === 'haproxy'
    ? await startHaproxy(settings, requireHaproxy())
    : await startEmbedded(settings);
}

/** The running router; fails when there is none. */
export async function connectRouter(settings: RouterSettings): Promise<Router> {
  const router =
    settings.kind === 'haproxy' ? await connectHaproxy(settings) : await connectEmbedded(settings);
  if (router !== null) return router;
  throw effectFailure(
    'router-unreachable',
    `no router runs for port ${settings.publicPort}; start it with \`evenkeel deploy --resume\``,
    true,
  );
}

export async function stopRouter(settings: RouterSettings): Promise<void> {
  if (settings.kind === 'haproxy') await stopHaproxy(settings);
  else await stopEmbedded(settings);
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
