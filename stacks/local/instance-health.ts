import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { readStatus, type InstanceSettings, type RunningInstance } from './instance-record.ts';
import { isListeningInSession } from './process-table.ts';

/** Why an instance is not ready. */
export interface Problem {
  message: string;
  /** Somebody else has the port: another one is worth a try. */
  isPortTaken: boolean;
}

const maxCrashes = 3;

/** Waits until the instance answers its health path as itself; null when it does, the last problem at its deadline. */
export async function waitUntilReady(
  settings: InstanceSettings,
  running: RunningInstance,
  signal: AbortSignal,
): Promise<Problem | null> {
  const deadline = performance.now() + settings.startSeconds * 1000;
  let problem: Problem = {
    message: `nothing answered at port ${settings.port} (\`PORT\`), path ${settings.healthPath}`,
    isPortTaken: false,
  };
  while (performance.now() < deadline && !signal.aborted) {
    const status = readStatus(settings.directory);
    if (status !== null && status.crashes >= maxCrashes) {
      return {
        message: `it ended ${status.crashes} times (${status.lastEnd})`,
        isPortTaken: !(await canListen(settings.port)),
      };
    }
    const look = await lookAtInstance(settings, running.supervisor, signal);
    if (look.is === 'ready') return null;
    if (look.is === 'doubted') return look.problem;
    if (look.is === 'unhealthy') problem = { message: look.message, isPortTaken: false };
    await wait(look.is === 'silent' ? 25 : 100);
  }
  return problem;
}

/** What one request to the health path showed. */
export type InstanceLook =
  | { is: 'ready' }
  /** Nothing answered. */
  | { is: 'silent' }
  | { is: 'unhealthy'; message: string }
  /** Something answered that is not the instance, or not its release. */
  | { is: 'doubted'; problem: Problem };

/** Asks an instance once whether it is healthy and who it should be. `supervisor`: the leader of its session. */
export async function lookAtInstance(
  settings: Pick<InstanceSettings, 'port' | 'healthPath' | 'release'>,
  supervisor: number,
  signal: AbortSignal,
): Promise<InstanceLook> {
  const answer = await askHealth(settings, signal);
  if (answer === null) return { is: 'silent' };
  const problem = await doubtIdentity(settings, supervisor, answer);
  if (problem !== null) return { is: 'doubted', problem };
  if (answer.status >= 200 && answer.status <= 299) return { is: 'ready' };
  return { is: 'unhealthy', message: `${settings.healthPath} answers ${answer.status}` };
}

interface HealthAnswer {
  status: number;
  release: string | null;
  body: string;
}

async function askHealth(
  settings: Pick<InstanceSettings, 'port' | 'healthPath'>,
  signal: AbortSignal,
): Promise<HealthAnswer | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${settings.port}${settings.healthPath}`, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]),
    });
    const body = (await response.text()).slice(0, 64 * 1024);
    return { status: response.status, release: response.headers.get('x-evenkeel-release'), body };
  } catch {
    return null;
  }
}

/**
 * A health check that an old process can answer proves nothing: either the answer names the release, or the listening
 * socket is of the session we started.
 */
async function doubtIdentity(
  settings: Pick<InstanceSettings, 'port' | 'release'>,
  supervisor: number,
  answer: HealthAnswer,
): Promise<Problem | null> {
  if (answer.release === settings.release) return null;
  if (answer.release === null && answer.body.includes(settings.release)) return null;
  if (!(await isListeningInSession(settings.port, supervisor))) {
    return { message: `port ${settings.port} is answered by another process`, isPortTaken: true };
  }
  if (answer.release === null) return null;
  // An old build started in the new one's place.
  const message = `it reports the release ${answer.release.slice(0, 80)} in x-evenkeel-release instead of its own, ${settings.release}`;
  return { message, isPortTaken: false };
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
