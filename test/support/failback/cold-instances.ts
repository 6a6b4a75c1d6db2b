import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { endInstance, startInstance } from '../../../stacks/local/instance-process.ts';
import type { RunningInstance } from '../../../stacks/local/instance-record.ts';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';

/** How fast an instance is at first and in the end, and after how many requests it is mostly warm. */
export interface Curve {
  coldPerSecond: number;
  warmPerSecond: number;
  warmAfter: number;
}

export interface ColdStats {
  processId: number;
  served: number;
  ratePerSecond: number;
  requests: number;
  /** Requests that came while it had more to do than it can: beyond its curve. */
  beyond: number;
  refused: number;
}

export interface ColdInstances {
  release: string;
  running: RunningInstance[];
  stats(index: number): Promise<ColdStats>;
  /** Ends its process; the supervisor starts another one, which is cold. */
  crash(index: number): Promise<void>;
  end(): Promise<void>;
}

/** Instances of the cold service under real supervisors, warmed before anybody is sent to them. */
export async function startColdInstances(
  router: RouterSettings,
  count: number,
  curve: Curve,
  zones: readonly string[] = [],
  { isRouted = true }: { isRouted?: boolean } = {},
): Promise<ColdInstances> {
  const release = `sha256:${'c'.repeat(64)}`;
  const home = join(router.directory, '..');
  const files = join(home, 'release');
  mkdirSync(files, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'cold-service.mjs'), join(files, 'server.mjs'));
  const running = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startInstance(
        {
          name: `shop-cccccccccccc-${index}`,
          release,
          command: [process.execPath, 'server.mjs'],
          workingDirectory: files,
          directory: join(home, 'instances', `shop-cccccccccccc-${index}`),
          healthPath: '/healthz',
          startSeconds: 20,
          drainSeconds: 1,
          env: {
            COLD_PER_SECOND: String(curve.coldPerSecond),
            WARM_PER_SECOND: String(curve.warmPerSecond),
            WARM_AFTER: String(curve.warmAfter),
          },
          zone: zones[index % Math.max(1, zones.length)] ?? null,
          // Without one the supervisor starts it again and tells nobody.
          ...(isRouted && { router }),
        },
        new AbortController().signal,
      ),
    ),
  );
  const ask = async (index: number, path: string): Promise<Response> =>
    await fetch(`http://127.0.0.1:${running[index]?.port ?? 0}${path}`);
  for (const index of running.keys()) await ask(index, `/warm?served=${20 * curve.warmAfter}`);
  return {
    release,
    running,
    stats: async (index) => (await (await ask(index, '/stats')).json()) as ColdStats,
    crash: async (index) => {
      await ask(index, '/crash').catch(() => null);
    },
    end: async () => {
      await Promise.all(running.map((instance) => endInstance(instance, 0)));
    },
  };
}
