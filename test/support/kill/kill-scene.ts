/**
 * A shop of its own on this machine, deployed by the real command line from source, with real processes and under load,
 * so that anything that takes part in a rollout can be killed and what is left can be looked at.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad, type LoadGenerator } from '../../../action/demo/load-generator.ts';
import { createShopRepository, type ShopRepository } from '../../../action/demo/shop-repository.ts';
import { latestRollout, stableRelease, type JournalledRollout } from '../../../action/deployer/deployment.ts';
import { findPulumi } from '../../../action/deployer/pulumi/find-pulumi.ts';
import { stateDirectoryOf, type StateDirectory } from '../../../action/deployer/state-directory.ts';
import type { ServiceDefinition } from '../../../stacks/exposure.ts';
import { routerSettingsOf } from '../../../stacks/local/router-settings.ts';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';
import { connectRouter } from '../../../stacks/local/router/start-router.ts';
import { freePort } from '../free-port.ts';
import { gitSettings } from '../git-repository.ts';
import { until } from '../until.ts';

export interface KillScene {
  directories: StateDirectory;
  router: RouterSettings;
  instances: number;
  load: LoadGenerator;
  /** Starts a command in a process of its own. */
  start(args: readonly string[]): RunningCommand;
  /** Commits a change that a peer approves, and starts its deployment; a bad one answers a third of its users with 500. */
  deployNext(kind?: 'good' | 'bad'): RunningCommand;
  latest(): JournalledRollout;
  close(): Promise<void>;
}

export interface RunningCommand {
  process: ChildProcess;
  ended: Promise<{ exitCode: number | null; stdout: string; stderr: string }>;
}

export interface KillSceneOptions {
  router: 'haproxy' | 'embedded';
  instances: number;
  requestsPerSecond: number;
}

const never = new AbortController().signal;
const cli = join(import.meta.dirname, '../../../action/cli.ts');

const policyOf = (port: number, { router, instances }: KillSceneOptions): string => `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${port}, instances: ${instances}, router: ${router} }
    metrics: [{ name: errors, critical: true, slack: 2% }]
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, bake: 1s, deadline: 30s, noData: 60s }
unclaimed: allow
`;

const server = (note: number, failing: boolean): string => `// change ${note}
import { createServer } from 'node:http';
let asked = 0;
const server = createServer((request, response) => {
  request.resume();
  const isBroken = ${failing} && request.url !== '/healthz' && ++asked % 3 === 0;
  response.writeHead(isBroken ? 500 : 200, { 'x-evenkeel-release': process.env.EVENKEEL_RELEASE });
  response.end('ok');
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** Opens the shop with its first release settled, and lets users in. */
export async function openKillScene(options: KillSceneOptions): Promise<KillScene> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-kill-'));
  const port = await freePort();
  const shop = createShopRepository(join(directory, 'shop'));
  shop.commit('Adopt Evenkeel', {
    'evenkeel.yml': policyOf(port, options),
    '.gitignore': '.evenkeel/\n',
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': server(0, false),
  });
  const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal: never });
  const start = (args: readonly string[]): RunningCommand => startCommand(args, shop.directory, pulumi.path);
  let changes = 0;
  const deployNext = (kind = 'good'): RunningCommand =>
    start(deployArguments(shop, ++changes, kind === 'bad'));
  const directories = stateDirectoryOf(shop.directory, {}, 'shop', 'production');
  const latest = (): JournalledRollout => {
    const found = latestRollout(directories);
    if (found === null) throw new Error('nothing was ever deployed here');
    return found;
  };
  const first = await deployNext().ended;
  if (first.exitCode !== 0) throw new Error(`the shop could not be opened: ${first.stderr}`);
  const load = startLoad(`http://127.0.0.1:${port}`, options.requestsPerSecond);
  return {
    directories,
    router: routerSettingsOf(serviceOf(latest()), directories.home, process.env),
    instances: options.instances,
    load,
    start,
    deployNext,
    latest,
    async close() {
      await load.stop();
      await start(['down', '--service', 'shop', '--yes']).ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function serviceOf({ deployment }: JournalledRollout): ServiceDefinition {
  return deployment.service;
}

/** The digest of the release that is stable by the file that says so. */
export function stableDigest({ directories }: KillScene): string {
  return stableRelease(directories)?.digest ?? '';
}

/** Waits until the router answers again: its keeper may still be bringing it back. */
export async function untilRouted({ router }: KillScene): Promise<void> {
  await until('an answer of the router', async () => {
    try {
      await (await connectRouter(router)).shares();
      return true;
    } catch {
      return false;
    }
  });
}

function deployArguments(shop: ShopRepository, change: number, isBad: boolean): string[] {
  const commit = shop.commit(`Change ${change}`, { 'shop/server.js': server(change, isBad) });
  return ['deploy', '--head', commit.sha, '--evidence', shop.writeEvidence(commit, true), '--json'];
}

function startCommand(args: readonly string[], directory: string, pulumi: string): RunningCommand {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      TMPDIR: process.env['TMPDIR'],
      EVENKEEL_DEBUG: '1',
      ...gitSettings,
      EVENKEEL_PULUMI: pulumi,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>(
    (resolve, reject) => {
      child.once('error', reject);
      // Not `close`: what a killed tool has started may hold its pipes for as long as it lives.
      child.once('exit', (exitCode) => resolve({ exitCode, stdout, stderr }));
    },
  );
  return { process: child, ended };
}
