/**
 * A target's stack through Pulumi's Automation API and the real CLI. State lies in a `file://` backend, with a Pulumi
 * home and a passphrase of its own, so that nothing of the user's own Pulumi is touched.
 */
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as pulumi from '@pulumi/pulumi';
import type { EngineEvent, ProjectSettings, Stack } from '@pulumi/pulumi/automation/index.js';
import * as automationModule from '@pulumi/pulumi/automation/index.js';
import type { Endpoints, Exposure, ServiceDefinition, Target } from '../../../stacks/exposure.ts';
import { effectFailure, Failure, inputFailure } from '../../../stacks/failure.ts';
import { machineMark } from '../../../stacks/local/process-table.ts';
import { findFailure } from '../../../stacks/provider/failure-line.ts';
import { recordsVariable } from '../../../stacks/provider/process-record.ts';
import { endLeftProcesses } from './left-processes.ts';
import { linkCli, passphraseOf } from './pulumi-home.ts';
import { clearDeadLocks, isLeftUnfinished, readStackState, type StackPlace } from './stack-files.ts';

export interface StackOptions {
  pulumiPath: string;
  stateDirectory: string;
  environment: string;
  service: ServiceDefinition;
  target: Target;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
}

/** One resource that is not what the state says any more. */
export interface Drift {
  name: string;
  type: string;
  change: 'gone' | 'changed';
}

export interface StackDriver {
  /** Brings the target to the exposure. Called off by `signal`: what is being started for it is ended. */
  apply(exposure: Exposure, signal: AbortSignal): Promise<Endpoints>;
  /** What the next exposure would do, by operation; nothing is done. */
  preview(exposure: Exposure): Promise<Record<string, number>>;
  /** Looks at what is really there, takes it into the state, and says what was not as the state had it. */
  refresh(): Promise<Drift[]>;
  destroy(): Promise<void>;
}

const never = new AbortController().signal;

/**
 * Opens the stack. The caller holds the service's lock: only then may a lock that a dead CLI left be broken. Every
 * method fails with a `Failure`: the provider's own where it has one, else `target-failed`, `stack-locked`, `interrupted`.
 */
export async function openStack(options: StackOptions): Promise<StackDriver> {
  const { service, stateDirectory } = options;
  const automation = await loadSdk(options.target.modulePath);
  const dynamic = dynamicResourcesOf(options.target.modulePath);
  const home = join(stateDirectory, 'pulumi');
  const backend = join(home, 'state');
  const workDir = join(home, 'work', `${service.name}-${options.environment}`);
  const records = join(stateDirectory, 'run', `${service.name}-${options.environment}`, 'pulumi');
  for (const directory of [backend, workDir, records]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const project = `evenkeel-${service.name}`;
  const backendUrl = options.env['EVENKEEL_PULUMI_BACKEND'] ?? `file://${backend}`;
  const projectSettings: ProjectSettings & { plugins: unknown } = {
    name: project,
    runtime: 'nodejs',
    backend: { url: backendUrl },
    // The SDK's type does not know it; the CLI does.
    plugins: { providers: [{ name: 'evenkeel', path: providerDirectory() }, ...dynamic.providers] },
  };
  const command = await guarded(async () =>
    automation.PulumiCommand.get({ root: linkCli(home, options.pulumiPath), skipVersionCheck: true }),
  );
  const stack = await guarded(() =>
    automation.LocalWorkspace.createOrSelectStack(
      { projectName: project, stackName: options.environment, program: () => Promise.resolve({}) },
      {
        pulumiCommand: command,
        workDir,
        pulumiHome: home,
        projectSettings,
        envVars: {
          PULUMI_CONFIG_PASSPHRASE: passphraseOf(home),
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
          PULUMI_BACKEND_URL: backendUrl,
          EVENKEEL_NODE: process.execPath,
          [recordsVariable]: records,
          EVENKEEL_MACHINE: machineMark() ?? '',
          // The provider starts anew with every update; compiled once, it does so in half of the time.
          NODE_COMPILE_CACHE: join(home, 'compiled'),
          ...dynamic.env,
        },
      },
    ),
  );
  withoutQueries(stack);
  // Whether the last operation ended as it should, so that nothing of it can be left.
  let isInOrder = false;
  const place: StackPlace = { backendUrl, project, stack: options.environment };

  /** Runs one operation, after whatever a kill left of an earlier one is ended and cleared. */
  async function withRecovery<Value>(work: () => Promise<Value>, signal = never): Promise<Value> {
    if (!isInOrder) await endLeftProcesses(records, (line) => options.progress(line), signal);
    isInOrder = false;
    if (isLeftUnfinished(place)) await takeOver();
    const value = await guarded(work);
    isInOrder = true;
    return value;
  }

  /**
   * Clears the lock of a CLI that is gone, and what it had under way: Pulumi looks at what is really there first, and
   * what it never came to know of is ended by `tidy` after the next update.
   */
  async function takeOver(): Promise<void> {
    clearDeadLocks(place);
    options.progress('Pulumi’s own lock was left by a process that is gone; taking it over');
    const pending = readStackState(place)?.pending ?? [];
    if (pending.length > 0) await guarded(() => stack.refresh({ color: 'never', clearPendingCreates: true }));
  }

  async function tidy(exposure: Exposure): Promise<void> {
    for (const name of (await options.target.tidy?.(exposure, service, stateDirectory)) ?? [])
      options.progress(`ended ${name}, which an interrupted update had left running`);
  }

  return {
    async apply(exposure, signal) {
      let returned: Record<string, unknown> = {};
      const program = async (): Promise<Record<string, unknown>> =>
        (returned = await options.target.program(exposure, service, stateDirectory));
      try {
        // The SDK only listens for an abort that is still to come.
        signal.throwIfAborted();
        await withRecovery(
          () => stack.up({ program, signal, suppressProgress: true, color: 'never' }),
          signal,
        );
        await tidy(exposure);
      } catch (error) {
        if (!signal.aborted) throw error;
        throw effectFailure('interrupted', `the update of ${service.name} was called off`, true);
      }
      return endpointsOf(await valueOf(returned));
    },
    async preview(exposure) {
      const program = (): Promise<Record<string, unknown>> =>
        options.target.program(exposure, service, stateDirectory);
      const result = await withRecovery(() => stack.preview({ program, color: 'never' }));
      return { ...result.changeSummary };
    },
    async refresh() {
      const drift: Drift[] = [];
      const onEvent = (event: EngineEvent): void => {
        const found = driftOf(event);
        if (found !== null) drift.push(found);
      };
      await withRecovery(() => {
        drift.length = 0;
        return stack.refresh({ color: 'never', onEvent });
      });
      return drift;
    },
    async destroy() {
      await withRecovery(() => stack.destroy({ color: 'never' }));
    },
  };
}

/**
 * A program and the engine that runs it must share one copy of the SDK, so a user's own target brings its own, where it
 * has one; it is asked for what every version of 3 has.
 */
async function loadSdk(modulePath: string | undefined): Promise<typeof automationModule> {
  if (modulePath === undefined) return automationModule;
  let found: string;
  try {
    found = createRequire(modulePath).resolve('@pulumi/pulumi/automation/index.js');
  } catch {
    return automationModule;
  }
  // The same package, as the user's own project pins it.
  return (await import(pathToFileURL(found).href)) as typeof automationModule;
}

/**
 * Dynamic resources, whose provider is code of the target's own, are carried out by a program of the SDK that the target
 * brings; it is a script, which looks for its own package from wherever it is started.
 */
function dynamicResourcesOf(modulePath: string | undefined): {
  providers: { name: string; path: string }[];
  env: Record<string, string>;
} {
  if (modulePath === undefined) return { providers: [], env: {} };
  try {
    const path = dirname(createRequire(modulePath).resolve('@pulumi/pulumi/package.json'));
    const packages = dirname(dirname(path));
    return { providers: [{ name: 'pulumi-nodejs', path }], env: { NODE_PATH: packages } };
  } catch {
    return { providers: [], env: {} };
  }
}

/**
 * After an update the SDK starts the CLI three times more, for outputs and history: most of the time a step takes. The
 * program's own return value is the outputs, and nobody here asks for the history.
 */
function withoutQueries(stack: Stack): void {
  Object.assign(stack, { outputs: () => Promise.resolve({}), info: () => Promise.resolve(undefined) });
}

/** What the program returned, with every output in it resolved, by the update that has just ended. */
function valueOf(returned: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    pulumi.output(returned).apply(resolve);
  });
}

function driftOf(event: EngineEvent): Drift | null {
  const seen = event.resOutputsEvent?.metadata;
  if (seen === undefined) return null;
  const isGone = seen.op === 'delete';
  const hasChanged = JSON.stringify(seen.old?.outputs) !== JSON.stringify(seen.new?.outputs);
  if (!isGone && !hasChanged) return null;
  return {
    name: seen.urn.split('::').at(-1) ?? '',
    type: seen.type,
    change: isGone ? 'gone' : 'changed',
  };
}

/** Trust boundary: a target is somebody's own module, and what it returned decides where probes are sent. */
function endpointsOf(value: unknown): Endpoints {
  const outputs =
    typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  const invalid = (name: string): Failure =>
    inputFailure(
      'target-invalid',
      `the target's program returned no usable \`${name}\`; it must return { public, stable, candidate, metrics } with URLs`,
    );
  const url = (name: string, found: unknown): string => {
    if (typeof found === 'string' && URL.canParse(found)) return found.replace(/\/$/, '');
    throw invalid(name);
  };
  const urls = (name: string): string[] => {
    const found: unknown = outputs[name];
    if (!Array.isArray(found)) throw invalid(name);
    return found.map((one) => url(name, one));
  };
  const { routerSocket } = outputs;
  return {
    public: url('public', outputs['public']),
    stable: urls('stable'),
    candidate: urls('candidate'),
    metrics: url('metrics', outputs['metrics']),
    ...(typeof routerSocket === 'string' ? { routerSocket } : {}),
  };
}

/** Runs one operation; whatever the CLI printed comes out as one sentence. */
async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const text = error instanceof Error ? error.message : String(error);
    const ours = findFailure(text);
    if (ours !== null) throw ours;
    if (/the stack is currently locked|conflict: Another update is currently in progress/i.test(text)) {
      throw effectFailure(
        'stack-locked',
        'Pulumi’s stack is locked by another update; wait for it to end, or, when it is certainly gone and its state lies elsewhere, run `pulumi cancel` there',
        true,
      );
    }
    if (/Program run without the Pulumi engine/i.test(text)) {
      throw inputFailure(
        'target-invalid',
        'the target uses another copy of @pulumi/pulumi than the one that runs it; install it once, in the project that holds the target, and import it by its name',
      );
    }
    throw effectFailure(
      'target-failed',
      `Pulumi could not bring the target there: ${firstError(text)}`,
      true,
    );
  }
}

/** The CLI's own sentence on what went wrong, without its tables, colours and stack traces. */
function firstError(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const at = Math.max(
    0,
    lines.findIndex((line) => /\berror:/i.test(line)),
  );
  const said = lines[at] ?? '';
  // Some of its sentences only announce the next line.
  return `${said}${said.endsWith(':') ? ` ${lines[at + 1] ?? ''}` : ''}`
    .replace(/^.*?\berror:\s*(?:Unhandled exception:\s*)?(?:Error:\s*)?/i, '')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 400);
}

/** The source room when run from source, the bundle's own directory otherwise. */
function providerDirectory(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../../stacks/provider' : '.';
  return fileURLToPath(new URL(place, import.meta.url));
}
