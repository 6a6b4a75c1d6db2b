import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { effectFailure, inputFailure } from '../failure.ts';
import { isListeningInSession, startOfProcess } from './process-table.ts';

/** Everything the supervisor of one instance needs. */
export interface InstanceSettings {
  name: string;
  release: string;
  command: string[];
  workingDirectory: string;
  /** Private: settings, status and log of this instance. */
  directory: string;
  healthPath: string;
  startSeconds: number;
  drainSeconds: number;
  port: number;
  env: Record<string, string>;
}

/** What the supervisor last wrote down. */
export interface InstanceStatus {
  processId: number | null;
  crashes: number;
  lastEnd: string;
}

/** A started instance, as Pulumi's state keeps it. `supervisorStart` tells the process from a later one with its id. */
export interface RunningInstance {
  port: number;
  supervisor: number;
  supervisorStart: string;
}

const portAttempts = 3;

/**
 * Starts one instance and waits until it is healthy and is who it should be. When it does not get there, nothing of it
 * is left behind, and the failure ends with the last of what it printed.
 */
export async function startInstance(wanted: Omit<InstanceSettings, 'port'>): Promise<RunningInstance> {
  if (!existsSync(wanted.workingDirectory)) {
    throw inputFailure(
      'directory-missing',
      `the release has no directory ${wanted.workingDirectory}; correct \`run.directory\``,
    );
  }
  mkdirSync(wanted.directory, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt++) {
    const settings: InstanceSettings = { ...wanted, port: await freePort() };
    const running = launch(settings);
    const problem = await waitUntilReady(settings, running);
    if (problem === null) return running;
    await endInstance(running, 0);
    // Between picking a port and listening on it somebody else may have taken it.
    if (problem.isForeign && attempt < portAttempts) continue;
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
  });
  child.unref();
  if (child.pid === undefined)
    throw effectFailure('supervisor-not-started', `no process could be started for ${settings.name}`, true);
  return { port: settings.port, supervisor: child.pid, supervisorStart: startOfProcess(child.pid) ?? '' };
}

interface Problem {
  message: string;
  /** Another process answered on the port. */
  isForeign: boolean;
}

async function waitUntilReady(settings: InstanceSettings, running: RunningInstance): Promise<Problem | null> {
  const deadline = performance.now() + settings.startSeconds * 1000;
  let problem: Problem = { message: 'it never answered', isForeign: false };
  while (performance.now() < deadline) {
    const status = readStatus(settings.directory);
    if (status !== null && status.crashes >= 3) {
      return { message: `it ended ${status.crashes} times (${status.lastEnd})`, isForeign: false };
    }
    const answer = await askHealth(settings);
    if (answer === null) await wait(25);
    else if (!(await isItself(settings, running, answer))) {
      return { message: `port ${settings.port} is answered by another process`, isForeign: true };
    } else if (answer.status < 200 || answer.status > 299) {
      problem = { message: `${settings.healthPath} answers ${answer.status}`, isForeign: false };
      await wait(100);
    } else return null;
  }
  return problem;
}

interface HealthAnswer {
  status: number;
  release: string | null;
  body: string;
}

async function askHealth(settings: InstanceSettings): Promise<HealthAnswer | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${settings.port}${settings.healthPath}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(2000),
    });
    const body = (await response.text()).slice(0, 64 * 1024);
    return { status: response.status, release: response.headers.get('x-evenkeel-release'), body };
  } catch {
    return null;
  }
}

/** A health check that an old process can answer proves nothing: the answer names the release, or the socket is ours. */
async function isItself(
  settings: InstanceSettings,
  running: RunningInstance,
  answer: HealthAnswer,
): Promise<boolean> {
  if (answer.release !== null) return answer.release === settings.release;
  return (
    answer.body.includes(settings.release) || (await isListeningInSession(settings.port, running.supervisor))
  );
}

/** Ends an instance: politely, then after `drainSeconds` for certain. Only a process that is provably ours is touched. */
export async function endInstance(running: RunningInstance, drainSeconds: number): Promise<void> {
  if (!isAlive(running)) return;
  signalGroup(running.supervisor, drainSeconds > 0 ? 'SIGTERM' : 'SIGKILL');
  const deadline = performance.now() + (drainSeconds + 2) * 1000;
  while (isAlive(running)) {
    if (performance.now() > deadline) signalGroup(running.supervisor, 'SIGKILL');
    await wait(10);
  }
  // Whatever of its session did not end with it.
  signalGroup(running.supervisor, 'SIGKILL');
}

export function isAlive(running: RunningInstance): boolean {
  const start = startOfProcess(running.supervisor);
  return start !== null && start === running.supervisorStart;
}

function signalGroup(processId: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    // The supervisor forwards SIGTERM; SIGKILL has to reach everything it started.
    process.kill(signal === 'SIGKILL' ? -processId : processId, signal);
  } catch {
    // Gone already.
  }
}

function readStatus(directory: string): InstanceStatus | null {
  try {
    // Written by the supervisor only.
    return JSON.parse(readFileSync(join(directory, 'status.json'), 'utf8')) as InstanceStatus;
  } catch {
    return null;
  }
}

function tailOf(path: string): string {
  try {
    // Control characters of somebody else's output must not reach a terminal.
    const printable = readFileSync(path, 'utf8').replace(/[^\x20-\x7e\n]/g, '?');
    return printable.trim().split('\n').slice(-3).join(' | ').slice(-500);
  } catch {
    return '';
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
