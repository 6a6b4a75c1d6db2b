import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { effectFailure, inputFailure } from '../failure.ts';
import { waitUntilReady } from './instance-health.ts';
import {
  readStatus,
  tailOf,
  type InstanceSettings,
  type InstanceStatus,
  type RunningInstance,
} from './instance-record.ts';
import { environmentOfService } from './service-environment.ts';
import { startOfProcess } from './process-table.ts';

const portAttempts = 3;

/**
 * Starts one instance and waits until it is healthy and is who it should be. When it does not get there, or is called
 * off, nothing of it is left behind, and the failure ends with the last of what it printed.
 */
export async function startInstance(
  wanted: Omit<InstanceSettings, 'port'>,
  signal: AbortSignal,
): Promise<RunningInstance> {
  if (!existsSync(wanted.workingDirectory)) {
    throw inputFailure(
      'directory-missing',
      `the release has no directory ${wanted.workingDirectory}; correct \`run.directory\``,
    );
  }
  mkdirSync(wanted.directory, { recursive: true, mode: 0o700 });
  await endLeftover(wanted.directory);
  for (let attempt = 1; ; attempt++) {
    const settings: InstanceSettings = { ...wanted, port: await freePort() };
    const running = launch(settings);
    const problem = await waitUntilReady(settings, running, signal);
    if (problem === null) return running;
    await endInstance(running, 0);
    if (signal.aborted) {
      throw effectFailure('interrupted', `the start of ${wanted.name} was called off`, true);
    }
    // Between picking a port and listening on it somebody else may have taken it.
    if (problem.isPortTaken && attempt < portAttempts) continue;
    const log = tailOf(join(settings.directory, 'instance.log'));
    throw inputFailure(
      'candidate-not-healthy',
      `${wanted.name} did not become healthy within ${wanted.startSeconds} s: ${problem.message}${log === '' ? '; it printed nothing' : `; the last it printed: ${log}`}`,
    );
  }
}

function launch(settings: InstanceSettings): RunningInstance {
  const file = join(settings.directory, 'settings.json');
  rmSync(join(settings.directory, 'status.json'), { force: true });
  rmSync(join(settings.directory, 'instance.log'), { force: true });
  writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
  const name = import.meta.url.endsWith('.ts') ? './instance-supervisor.ts' : './instance-supervisor.js';
  const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), file], {
    detached: true,
    stdio: 'ignore',
    env: environmentOfService(process.env),
  });
  child.unref();
  if (child.pid === undefined)
    throw effectFailure('supervisor-not-started', `no process could be started for ${settings.name}`, true);
  const running: RunningInstance = {
    directory: settings.directory,
    port: settings.port,
    supervisor: child.pid,
    supervisorStart: startOfProcess(child.pid) ?? '',
  };
  writeFileSync(join(settings.directory, 'running.json'), JSON.stringify(running), { mode: 0o600 });
  return running;
}

/** Writes down what changed about a running instance, for whoever looks at its directory. */
export function rewriteSettings(running: RunningInstance, wanted: Omit<InstanceSettings, 'port'>): void {
  const file = join(running.directory, 'settings.json');
  if (!existsSync(file)) return;
  const settings: InstanceSettings = { ...wanted, port: running.port };
  writeFileSync(`${file}.tmp`, JSON.stringify(settings), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/**
 * Whoever started an instance here before may have been killed before Pulumi knew of it. Its name is ours now, and two
 * processes under one name would be one too many.
 */
async function endLeftover(directory: string): Promise<void> {
  const running = readRunning(directory);
  if (running !== null) await endInstance(running, 0);
}

/** The instance on record in its directory; null when there is none. */
export function readRunning(directory: string): RunningInstance | null {
  try {
    // Written by `launch` in a private directory.
    return JSON.parse(readFileSync(join(directory, 'running.json'), 'utf8')) as RunningInstance;
  } catch {
    return null;
  }
}

/**
 * Ends an instance: politely, then after `drainSeconds` for certain. Only processes that are provably ours are touched.
 * Returns what is to be said when it had to be killed, null otherwise.
 */
export async function endInstance(running: RunningInstance, drainSeconds: number): Promise<string | null> {
  const service = readStatus(running.directory);
  if (isAlive(running)) {
    signalGroup(running.supervisor, drainSeconds > 0 ? 'SIGTERM' : 'SIGKILL');
    const deadline = performance.now() + (drainSeconds + 2) * 1000;
    while (isAlive(running)) {
      if (performance.now() > deadline) signalGroup(running.supervisor, 'SIGKILL');
      await wait(10);
    }
    // Whatever of its group did not end with it.
    signalGroup(running.supervisor, 'SIGKILL');
  } else if (isServiceRunning(service)) {
    // Its supervisor was killed, and the service runs on alone: the group is still the supervisor's.
    signalGroup(running.supervisor, 'SIGKILL');
  }
  while (isServiceRunning(service)) await wait(10);
  rmSync(join(running.directory, 'running.json'), { force: true });
  const last = readStatus(running.directory);
  return last?.wasKilled === true ? last.lastEnd : null;
}

/** Whether the instance is looked after; its service may be between a crash and its next start. */
export function isAlive(running: RunningInstance): boolean {
  const start = startOfProcess(running.supervisor);
  return start !== null && start === running.supervisorStart;
}

/** The very process the supervisor last started, not a later one with its id. */
export function isServiceRunning(service: InstanceStatus | null): boolean {
  if (service === null || service.processId === null || service.processStart === null) return false;
  return startOfProcess(service.processId) === service.processStart;
}

function signalGroup(processId: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    // The supervisor forwards SIGTERM; SIGKILL has to reach everything it started.
    process.kill(signal === 'SIGKILL' ? -processId : processId, signal);
  } catch {
    // Gone already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw effectFailure('no-port', 'no free port on 127.0.0.1', true);
  return address.port;
}
