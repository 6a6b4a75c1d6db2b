/**
 * A target's stack through Pulumi's Automation API and the real CLI. State lies in a `file://` backend, with a Pulumi
 * home and a passphrase of its own, so that nothing of the user's own Pulumi is touched.
 */
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as automation from '@pulumi/pulumi/automation/index.js';
import type { Endpoints, Exposure, ServiceDefinition, Target } from '../../../stacks/exposure.ts';
import { effectFailure, Failure } from '../../../stacks/failure.ts';
import { findFailure } from '../../../stacks/provider/failure-line.ts';

export interface StackOptions {
  pulumiPath: string;
  stateDirectory: string;
  environment: string;
  service: ServiceDefinition;
  target: Target;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
}

export interface StackDriver {
  apply(exposure: Exposure, signal: AbortSignal): Promise<Endpoints>;
  /** What the next exposure would do, by operation; nothing is done. */
  preview(exposure: Exposure): Promise<Record<string, number>>;
  /** Looks at what is really there; true when it is not what the state says. */
  refresh(): Promise<boolean>;
  destroy(): Promise<void>;
}

/** Opens the stack. The caller holds the service's lock: only then may a lock that a dead CLI left be broken. */
export async function openStack(options: StackOptions): Promise<StackDriver> {
  const { service, stateDirectory } = options;
  const home = join(stateDirectory, 'pulumi');
  const backend = join(home, 'state');
  mkdirSync(backend, { recursive: true, mode: 0o700 });
  const project = `evenkeel-${service.name}`;
  const backendUrl = options.env['EVENKEEL_PULUMI_BACKEND'] ?? `file://${backend}`;
  const projectSettings: automation.ProjectSettings & { plugins: unknown } = {
    name: project,
    runtime: 'nodejs',
    backend: { url: backendUrl },
    // The SDK's type does not know it; the CLI does.
    plugins: { providers: [{ name: 'evenkeel', path: providerDirectory() }] },
  };
  const command = await automation.PulumiCommand.get({
    root: linkedRoot(home, options.pulumiPath),
    skipVersionCheck: true,
  });
  const stack = await guarded(() =>
    automation.LocalWorkspace.createOrSelectStack(
      { projectName: project, stackName: options.environment, program: () => Promise.resolve({}) },
      {
        pulumiCommand: command,
        workDir: home,
        pulumiHome: home,
        projectSettings,
        envVars: {
          PULUMI_CONFIG_PASSPHRASE: passphraseOf(home),
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
          PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
          EVENKEEL_NODE: process.execPath,
          // Our provider's processes inherit it, and run services: nothing of the tool's own inputs belongs there.
          PULUMI_BACKEND_URL: backendUrl,
        },
      },
    ),
  );
  const programOf = (exposure: Exposure) => async () =>
    await options.target.program(exposure, service, stateDirectory);

  async function withRecovery<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await guarded(work);
    } catch (error) {
      if (!(error instanceof Failure) || error.reasonCode !== 'stack-locked') throw error;
      // We hold the service's lock, so the owner of Pulumi's is a CLI that was killed.
      options.progress('Pulumi’s own lock was left by a process that is gone; taking it over');
      await guarded(() => stack.cancel());
      return await guarded(work);
    }
  }

  return {
    async apply(exposure, signal) {
      const result = await withRecovery(() =>
        stack.up({ program: programOf(exposure), signal, suppressProgress: true, color: 'never' }),
      );
      return endpointsOf(result.outputs);
    },
    async preview(exposure) {
      const result = await withRecovery(() =>
        stack.preview({ program: programOf(exposure), color: 'never' }),
      );
      return { ...result.changeSummary };
    },
    async refresh() {
      const result = await withRecovery(() => stack.refresh({ color: 'never' }));
      const changes = result.summary.resourceChanges ?? {};
      return Object.entries(changes).some(([operation, count]) => operation !== 'same' && count > 0);
    },
    async destroy() {
      await withRecovery(() => stack.destroy({ color: 'never' }));
    },
  };
}

function endpointsOf(outputs: automation.OutputMap): Endpoints {
  const text = (name: string): string => String(outputs[name]?.value ?? '');
  const list = (name: string): string[] => {
    const value: unknown = outputs[name]?.value;
    return Array.isArray(value) ? value.map(String) : [];
  };
  return {
    public: text('public'),
    stable: list('stable'),
    candidate: list('candidate'),
    metrics: text('metrics'),
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
    if (error instanceof automation.ConcurrentUpdateError || /the stack is currently locked/.test(text)) {
      throw effectFailure(
        'stack-locked',
        'Pulumi’s stack is locked by another update; wait for it to end',
        true,
      );
    }
    throw effectFailure(
      'target-failed',
      `Pulumi could not bring the target there: ${firstError(text)}`,
      true,
    );
  }
}

function firstError(text: string): string {
  const line = text.split('\n').find((candidate) => /error:/i.test(candidate)) ?? text.split('\n')[0] ?? '';
  return line
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 300);
}

/** The source room when run from source, the bundle's own directory otherwise. */
function providerDirectory(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../../stacks/provider' : '.';
  return fileURLToPath(new URL(place, import.meta.url));
}

/** The Automation API wants a root with `bin/pulumi` in it. */
function linkedRoot(home: string, pulumiPath: string): string {
  const root = join(home, 'cli');
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  linkTo(pulumiPath, join(bin, 'pulumi'));
  return root;
}

function linkTo(wanted: string, link: string): void {
  try {
    if (readlinkSync(link) === wanted) return;
  } catch {
    // Not there yet.
  }
  rmSync(link, { force: true });
  symlinkSync(wanted, link);
}

function passphraseOf(home: string): string {
  const file = join(home, 'passphrase');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8');
}
