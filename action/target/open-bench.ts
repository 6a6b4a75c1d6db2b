/** A target on a stack, a state and a port of its own, so that nothing which is deployed is touched. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Release, ServiceDefinition, Target } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import { defaultUserKey, type Router } from '../../stacks/local/router/router.ts';
import { connectRouter } from '../../stacks/local/router/start-router.ts';
import { deployableService } from '../deployer/deployable-service.ts';
import { definitionOf } from '../deployer/plan-new-rollout.ts';
import { findPulumi } from '../deployer/pulumi/find-pulumi.ts';
import { openStack } from '../deployer/pulumi/stack-driver.ts';
import { wayOfRouter, wayOfTarget, type FastWay } from '../deployer/rehearsal/fast-way.ts';
import { identifyRelease, writeRelease } from '../deployer/release.ts';
import { findCommit } from '../repository/find-revisions.ts';
import { requirePolicyAt } from '../repository/policy-at.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { processesOf } from './processes-of.ts';
import type { TargetBench } from './target-bench.ts';
import { testService, writeTestRelease } from './test-service.ts';

export interface BenchOptions {
  /** `local`, or a module's path from the working directory. */
  module: string;
  /** The service of the policy at HEAD whose `run` is used; null: a small one of ours. */
  service: string | null;
  workingDirectory: string;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}

export interface OpenBench extends TargetBench {
  /** Takes the temporary files away; only after the target is down. */
  close(): void;
}

const environment = 'evenkeel-test';

/** Fails with `target-unreadable`, `target-invalid`, or what is wrong with the policy or Pulumi. */
export async function openBench(options: BenchOptions): Promise<OpenBench> {
  const { module, workingDirectory, env, progress, signal } = options;
  const target = await loadTarget(module, workingDirectory);
  const pulumi = await findPulumi({ env, progress, signal });
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'evk-target-')));
  const stateDirectory = join(directory, 'state');
  const port = await freePort();
  const subject =
    options.service === null
      ? ownSubject(directory, port)
      : await subjectOf(options.service, options, directory, port);
  const { service } = subject;
  mkdirSync(join(stateDirectory, 'run', `${service.name}-${environment}`), { recursive: true, mode: 0o700 });
  const stack = await openStack({
    pulumiPath: pulumi.path,
    stateDirectory,
    environment,
    service,
    target,
    env: {},
    progress,
  });
  let publicUrl: string | null = null;
  return {
    ...subject,
    stack: {
      ...stack,
      async apply(exposure, calledOff) {
        const endpoints = await stack.apply(exposure, calledOff);
        publicUrl = endpoints.public;
        return endpoints;
      },
    },
    fast: fastWayOf(module, target, service, stateDirectory),
    pins: { stable: randomBytes(16).toString('hex'), candidate: randomBytes(16).toString('hex') },
    isOwnService: options.service === null,
    asUser: (key) => {
      const userKey = service.userKey ?? defaultUserKey;
      return 'header' in userKey ? { [userKey.header]: key } : { cookie: `${userKey.cookie}=${key}` };
    },
    publicUrl: () => publicUrl,
    killUpdate: (update) => killUpdate(stateDirectory, update),
    leftProcesses: () => processesOf(directory).map(({ id, command }) => `${id} ${command.slice(0, 120)}`),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

type Subject = Pick<TargetBench, 'service' | 'blue' | 'green'>;

function ownSubject(directory: string, port: number): Subject {
  return {
    service: testService(port),
    blue: writeTestRelease(directory, 'a'),
    green: writeTestRelease(directory, 'b'),
  };
}

/** The service as HEAD has it, twice: the second time under another name, so that the two can be told apart. */
async function subjectOf(
  name: string,
  { workingDirectory }: BenchOptions,
  directory: string,
  port: number,
): Promise<Subject> {
  const repository = repositoryRoot(workingDirectory);
  const head = await findCommit(repository, 'HEAD', '--service at');
  const { run, ...service } = deployableService(await requirePolicyAt(repository, head), name);
  const blue = identifyRelease(repository, head, name, run, join(directory, 'releases'));
  const digest = `sha256:${createHash('sha256').update(`${blue.digest} again`).digest('hex')}`;
  const green: Release = { ...blue, digest, directory: join(dirname(blue.directory), digest.slice(7, 19)) };
  for (const release of [blue, green]) writeRelease(repository, release, run.build);
  return {
    service: definitionOf({ ...service, run: { ...run, publicPort: port } }, environment),
    blue,
    green,
  };
}

/** Our own router is the fast way of the local target; another target offers one of its own, or none. */
function fastWayOf(
  module: string,
  { fast }: Target,
  service: ServiceDefinition,
  stateDirectory: string,
): FastWay | null {
  if (module !== 'local') return fast === undefined ? null : wayOfTarget(fast, service, stateDirectory);
  const router = (): Promise<Router> => connectRouter(routerSettingsOf(service, stateDirectory, process.env));
  return {
    path: 'router',
    setShare: async (basisPoints) => wayOfRouter(await router()).setShare(basisPoints),
    share: async () => wayOfRouter(await router()).share(),
  };
}

/** Kills Pulumi's CLI once it holds its lock, which is when the update is under way. */
async function killUpdate(stateDirectory: string, update: Promise<unknown>): Promise<boolean> {
  const ended = new AbortController();
  const end = update.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const cli = join(stateDirectory, 'pulumi', 'cli');
  while (!ended.signal.aborted) {
    if (isLocked(join(stateDirectory, 'pulumi', 'state', '.pulumi', 'locks'))) {
      const found = processesOf(cli).find(({ command }) => / up /.test(command));
      if (found !== undefined) {
        process.kill(found.id, 'SIGKILL');
        await end;
        return true;
      }
    }
    await pause(5);
  }
  return false;
}

function isLocked(directory: string): boolean {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' }).some((name) =>
      name.endsWith('.json'),
    );
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((done, fail) => {
    server.once('error', () =>
      fail(
        effectFailure(
          'no-port',
          'this machine gives no free port on 127.0.0.1; end something that listens',
          true,
        ),
      ),
    );
    server.listen(0, '127.0.0.1', () => {
      // A server that listens on TCP has an address with a port.
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
