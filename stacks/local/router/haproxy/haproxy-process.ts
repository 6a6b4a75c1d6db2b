import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { effectFailure } from '../../../failure.ts';
import { portInUse } from '../port-in-use.ts';
import { noShares, type RouterSettings } from '../router.ts';
import { writeWhole } from '../write-whole.ts';
import { emptyColours } from './assign-slots.ts';
import { haproxyConfig } from './haproxy-config.ts';
import { readCounted, rebase } from './haproxy-counters.ts';
import { runtimeCommand } from './haproxy-runtime.ts';
import {
  colourOf,
  pathsOf,
  readLimits,
  readState,
  writeState,
  type HaproxyState,
  type Paths,
} from './haproxy-state.ts';

const startSeconds = 10;

/** The HAProxy of this directory and port, or null. */
export async function processOfHaproxy(settings: RouterSettings): Promise<number | null> {
  const paths = pathsOf(settings);
  if (readState(paths)?.publicPort !== settings.publicPort) return null;
  // The socket lies in a private directory, so whoever answers on it is the HAProxy that was started for it.
  const info = await runtimeCommand(paths.admin, 'show info').catch(() => '');
  const processId = Number(/^Pid: (\d+)$/m.exec(info)?.[1]);
  return processId > 0 ? processId : null;
}

/** Starts the process with what it had and returns when it answers; only the keeper calls this. */
export async function launchHaproxy(settings: RouterSettings, program: string): Promise<void> {
  if (await isListening(settings.publicPort)) throw portInUse(settings.publicPort);
  const paths = pathsOf(settings);
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const state: HaproxyState = readState(paths) ?? {
    publicPort: settings.publicPort,
    shares: noShares,
    colours: emptyColours(),
  };
  state.publicPort = settings.publicPort;
  rebase(state, readCounted(paths));
  writeState(paths, state);
  writeWhole(
    paths.config,
    haproxyConfig({
      settings,
      adminSocket: paths.admin,
      fallbackSocket: paths.fallback,
      knobsMap: paths.knobs,
      releasesMap: paths.releases,
      pinsMap: paths.pins,
      servers: {
        blue: state.colours.blue.slots.map((slot) => slot?.port ?? null),
        green: state.colours.green.slots.map((slot) => slot?.port ?? null),
      },
      limits: readLimits(paths),
      fallbackFor: colourOf(state, state.shares.candidate?.release),
    }),
  );
  await launch(program, settings, paths);
}

/** Requests under way may end; the port is free at once. */
export async function stopHaproxy(settings: RouterSettings): Promise<void> {
  const processId = await processOfHaproxy(settings);
  if (processId === null) return;
  // SIGUSR1 is HAProxy's soft stop: it ends when its last connection has.
  process.kill(processId, 'SIGUSR1');
  rmSync(pathsOf(settings).admin, { force: true });
}

async function launch(program: string, settings: RouterSettings, paths: Paths): Promise<void> {
  const log = openSync(paths.log, 'a', 0o600);
  const logBytes = readFileSync(paths.log).length;
  rmSync(paths.admin, { force: true });
  const child = spawn(program, ['-db', '-f', paths.config], { detached: true, stdio: ['ignore', log, log] });
  const startErrors: Error[] = [];
  child.once('error', (error) => startErrors.push(error));
  child.unref();
  const deadline = performance.now() + startSeconds * 1000;
  while (performance.now() < deadline) {
    if ((await processOfHaproxy(settings)) !== null) return;
    if (child.exitCode !== null || child.signalCode !== null || startErrors.length > 0) {
      const said = readFileSync(paths.log).subarray(logBytes).toString();
      if (said.includes('Address already in use')) throw portInUse(settings.publicPort);
      break;
    }
    await wait(10);
  }
  throw effectFailure('router-not-started', `HAProxy did not start; see ${paths.log}`, false);
}

/** Whether anybody accepts connections there: asked before HAProxy starts, which would share the port with another HAProxy. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, '127.0.0.1');
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}
