/**
 * How many requests a router takes for a second of one core, with the load and a fast upstream on another. The second is
 * one of the router's own processor time, which is a second by the clock where nothing else runs, and the same figure
 * where something does.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';
import {
  findHaproxy,
  processOfRouter,
  startRouter,
  stopRouter,
} from '../../../stacks/local/router/start-router.ts';
import { freePort } from '../../support/free-port.ts';
import { routerDefaults } from '../../support/router-defaults.ts';
import { until } from '../../support/until.ts';
import type { BenchRow } from '../bench-row.ts';
import { median } from '../paired.ts';

const rounds = 3;
const secondsEach = 4;
const goalPerSecond = 15_000;
const routerCore = '0';
const otherCore = '1';

/** Rounds take turns, so that what else runs on the machine meets all of them alike. */
export async function benchRouterSpeed(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-speed-'));
  const upstreamPort = await freePort();
  const plainPort = await freePort();
  const upstream = startPlain(join(directory, 'upstream.cfg'), otherCore, [
    `frontend up\n  bind 127.0.0.1:${upstreamPort}\n  http-request return status 200 content-type text/plain string "ok"\n`,
  ]);
  const plain = startPlain(join(directory, 'plain.cfg'), routerCore, [
    `frontend fe\n  bind 127.0.0.1:${plainPort}\n  default_backend be\n`,
    `backend be\n  server s1 127.0.0.1:${upstreamPort}\n`,
  ]);
  const routers = new Map<RouterSettings['kind'], RouterSettings>();
  const rates: Record<'plain' | RouterSettings['kind'], number[]> = { plain: [], haproxy: [], embedded: [] };
  try {
    for (const kind of ['haproxy', 'embedded'] as const)
      routers.set(kind, await routeTo(kind, join(directory, kind), upstreamPort));
    for (let round = 0; round < rounds; round++) {
      rates.plain.push(await measureRate(plainPort, plain.pid ?? null));
      for (const [kind, settings] of routers)
        rates[kind].push(await measureRate(settings.publicPort, await processOfRouter(settings)));
    }
  } finally {
    for (const settings of routers.values()) await stopRouter(settings);
    upstream.kill('SIGKILL');
    plain.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
  const embedded = median(rates.embedded);
  const share = (100 * median(rates.haproxy)) / median(rates.plain);
  return [
    {
      name: 'embedded router on one core',
      value: embedded,
      unit: 'requests per second of its own time',
      goal: `at least ${goalPerSecond}`,
      isMet: embedded >= goalPerSecond,
    },
    {
      name: "HAProxy as configured, as a share of HAProxy's own plain speed",
      value: share,
      unit: '%',
      goal: 'printed',
      isMet: true,
      detail: `${median(rates.haproxy).toFixed(0)} of ${median(rates.plain).toFixed(0)} requests`,
    },
  ];
}

async function routeTo(
  kind: RouterSettings['kind'],
  directory: string,
  upstreamPort: number,
): Promise<RouterSettings> {
  const settings: RouterSettings = {
    kind,
    publicPort: await freePort(),
    directory,
    healthPath: '/',
    ...routerDefaults,
  };
  const router = await startRouter(settings);
  await router.apply({
    stable: { release: 'sha256:stable', ports: [upstreamPort] },
    candidate: null,
    candidateBasisPoints: 0,
    pins: { stable: 'pin-stable', candidate: 'pin-candidate' },
  });
  execFileSync('taskset', ['-apc', routerCore, String(await processOfRouter(settings))], { stdio: 'ignore' });
  return settings;
}

function startPlain(path: string, core: string, sections: readonly string[]): ChildProcess {
  const program = findHaproxy(process.env);
  if (program === null) throw new Error('HAProxy is not installed');
  const shared = `global\n  nbthread 1\n  maxconn 4096\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 30s\n  timeout server 30s\n`;
  writeFileSync(path, shared + sections.join(''));
  return spawn('taskset', ['-c', core, program, '-db', '-f', path], { stdio: 'ignore' });
}

async function measureRate(port: number, processId: number | null): Promise<number> {
  await until('an answer', () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      async (response) => (await response.text()) === 'ok',
      () => false,
    ),
  );
  const before = cpuSecondsOf(processId);
  const { stdout } = await promisify(execFile)('taskset', [
    '-c',
    otherCore,
    'wrk',
    '-t1',
    '-c64',
    `-d${secondsEach}s`,
    '--timeout',
    '30s',
    '-H',
    'x-user: user-1',
    `http://127.0.0.1:${port}/`,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk had errors:\n${stdout}`);
  return Number(/(\d+) requests in/.exec(stdout)?.[1]) / (cpuSecondsOf(processId) - before);
}

/** What a process has used of the processors, all of its threads together. */
function cpuSecondsOf(processId: number | null): number {
  const stat = readFileSync(`/proc/${processId ?? 'self'}/stat`, 'utf8');
  // User and system time, in hundredths of a second, counted after the command's name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
