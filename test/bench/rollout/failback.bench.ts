import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { failbackDirectoryOf, readReturns } from '../../../stacks/local/failback/failback-record.ts';
import { defaultUserKey, type Router, type RouterSettings } from '../../../stacks/local/router/router.ts';
import { findHaproxy, startRouter, stopRouter } from '../../../stacks/local/router/start-router.ts';
import {
  startColdInstances,
  type ColdInstances,
  type ColdStats,
} from '../../support/failback/cold-instances.ts';
import { startPacedLoad, type PacedResult } from '../../support/failback/paced-load.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';
import type { BenchRow } from '../bench-row.ts';

/** An instance that can do a thirtieth of what it will when it is warm, and half of this load as its share. */
const curve = { coldPerSecond: 20, warmPerSecond: 600, warmAfter: 1500 };
const requestsPerSecond = 300;
const longestReturnSeconds = 420;
const slowStartSeconds = 5;
const watchedSeconds = 25;

/** A cold instance that comes back under load: in judged steps, and beside it by HAProxy's ramp over time. */
export async function benchFailback(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const kind of ['embedded', 'haproxy'] as const) rows.push(...(await benchJudged(kind)));
  rows.push(...(await benchSlowStart()));
  return rows;
}

async function benchJudged(kind: RouterSettings['kind']): Promise<BenchRow[]> {
  const settings = await settingsFor(kind);
  const instances = await startColdInstances(settings, 2, curve);
  const router = await startRouter(settings);
  try {
    await router.apply({
      stable: { release: instances.release, ports: instances.running.map(({ port }) => port) },
      candidate: null,
      candidateBasisPoints: 0,
      pins: { stable: '', candidate: '' },
    });
    const load = startPacedLoad(`http://127.0.0.1:${settings.publicPort}`, requestsPerSecond);
    await wait(2000);
    const began = performance.now();
    await crash(instances);
    const isBack = await waitUntilBack(router);
    const seconds = (performance.now() - began) / 1000;
    const result = await load.stop();
    return rowsOf(`${kind}, judged steps`, await instances.stats(1), result, {
      goal: '0',
      detail: isBack ? `its whole share after ${seconds.toFixed(0)} s` : 'it did not get its whole share',
      isBack,
    });
  } finally {
    await stopRouter(settings);
    await instances.end();
    rmSync(join(settings.directory, '..'), { recursive: true, force: true });
  }
}

async function crash(instances: ColdInstances): Promise<void> {
  const { processId } = await instances.stats(1);
  await instances.crash(1);
  await until('the restarted process', async () => {
    const stats = await instances.stats(1).catch(() => null);
    return stats !== null && stats.processId !== processId;
  });
}

async function waitUntilBack({ settings }: Router): Promise<boolean> {
  const directory = failbackDirectoryOf(settings.directory);
  const deadline = performance.now() + longestReturnSeconds * 1000;
  while (performance.now() < deadline) {
    const [returning] = readReturns(directory)?.instances ?? [];
    if (returning?.state.phase === 'back') return true;
    await wait(250);
  }
  return false;
}

/** The same instances behind a HAProxy that brings a server back by `slowstart`: more every moment, whatever it does. */
async function benchSlowStart(): Promise<BenchRow[]> {
  const program = findHaproxy(process.env);
  const settings = await settingsFor('haproxy');
  if (program === null) return [];
  // Without a router of ours in front: nobody but HAProxy decides when it is back.
  const instances = await startColdInstances(settings, 2, curve, [], { isRouted: false });
  const config = join(settings.directory, 'slowstart.cfg');
  writeFileSync(config, slowStartConfig(settings.publicPort, instances));
  const haproxy = spawn(program, ['-db', '-f', config], { stdio: 'ignore' });
  try {
    const url = `http://127.0.0.1:${settings.publicPort}`;
    await until('HAProxy', async () => (await fetch(`${url}/`).catch(() => null))?.status === 200);
    const load = startPacedLoad(url, requestsPerSecond);
    await wait(2000);
    await crash(instances);
    await wait(watchedSeconds * 1000);
    const result = await load.stop();
    return rowsOf(`HAProxy, slowstart ${slowStartSeconds} s`, await instances.stats(1), result, {
      goal: null,
      detail: `in the ${watchedSeconds} s after the crash`,
      isBack: true,
    });
  } finally {
    haproxy.kill('SIGKILL');
    if (haproxy.exitCode === null && haproxy.signalCode === null) await once(haproxy, 'exit');
    await instances.end();
    rmSync(join(settings.directory, '..'), { recursive: true, force: true });
  }
}

/** Timeouts, retries and checks as in our own configuration, so that only the way back differs. */
function slowStartConfig(publicPort: number, { running }: ColdInstances): string {
  const servers = running.map(({ port }, index) => `    server s${index} 127.0.0.1:${port}`);
  return `global
    nbthread 1
defaults
    mode http
    timeout connect 100ms
    timeout client 75s
    timeout server 75s
    retries 8
    option redispatch 1
    retry-on conn-failure empty-response 0rtt-rejected
    default-server check inter 500ms fastinter 100ms downinter 200ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down slowstart ${slowStartSeconds}s
listen all
    bind 127.0.0.1:${publicPort}
    balance roundrobin
    option httpchk GET /healthz
${servers.join('\n')}
`;
}

async function settingsFor(kind: RouterSettings['kind']): Promise<RouterSettings> {
  const directory = join(mkdtempSync(join(tmpdir(), 'evenkeel-bench-failback-')), 'router');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    kind,
    publicPort: await freePort(),
    directory,
    healthPath: '/healthz',
    userKey: defaultUserKey,
    answerSeconds: 30,
    streamSeconds: 5,
  };
}

function rowsOf(
  name: string,
  stats: ColdStats,
  result: PacedResult,
  { goal, detail, isBack }: { goal: string | null; detail: string; isBack: boolean },
): BenchRow[] {
  const is = (value: number): Pick<BenchRow, 'goal' | 'isMet'> =>
    goal === null ? { goal: 'for comparison', isMet: true } : { goal, isMet: value === 0 && isBack };
  return [
    {
      name: `${name}: requests that a cold instance got beyond its curve`,
      value: stats.beyond,
      unit: 'requests',
      ...is(stats.beyond),
      detail: `of ${stats.requests} that it got, ${stats.refused} refused; ${detail}`,
    },
    {
      name: `${name}: failed requests`,
      value: result.failed,
      unit: 'requests',
      ...is(result.failed),
      detail: [
        `of ${result.requests}, worst ${result.worstMs.toFixed(0)} ms`,
        ...result.failures.slice(0, 3),
      ].join('; '),
    },
  ];
}
