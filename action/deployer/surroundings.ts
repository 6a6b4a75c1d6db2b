/** Everything a rollout works on, opened once and closed once: target, router, audit log, incidents. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { planProbes, type Probe } from '../probes/plan-probes.ts';
import { recordStable, type Deployment, type JournalledRollout } from './deployment.ts';
import type { RolloutRecord } from './drive-rollout.ts';
import type { EffectsContext } from './effects.ts';
import { openIncidentOf } from './incident-of-rollout.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import { openStack, type StackDriver } from './pulumi/stack-driver.ts';
import { writeRelease } from './release.ts';
import { openRolloutAudit } from './rollout-audit.ts';
import { connectTargetRouter } from './target-router.ts';
import type { StateDirectory } from './state-directory.ts';

export interface Surroundings {
  effects: EffectsContext;
  publicUrl: string;
  /** Puts a journalled record into the audit log as well. */
  audit(record: RolloutRecord): void;
  /** What the gates answered, in the audit log. */
  auditGate(inputs: Readonly<Record<string, unknown>>, evidence: Readonly<Record<string, string>>): void;
  takeDown(): Promise<void>;
  /** The rollout's end, in the audit log. */
  end(event: 'rollout.settled' | 'rollout.rolled-back', inputs: Readonly<Record<string, unknown>>): void;
  checkpoint(): string;
  close(): void;
}

export interface SurroundingsOptions {
  directories: StateDirectory;
  rollout: JournalledRollout;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
  signal: AbortSignal;
}

export function openSurroundings(options: SurroundingsOptions): Surroundings {
  const { directories, rollout } = options;
  const { deployment, plan } = rollout;
  const { repository } = deployment;
  writeRelease(repository, deployment.candidate, deployment.build);
  const probes = probesOf(deployment);
  const audit = openRolloutAudit(directories.audit, rollout, () => options.now());
  // The target is opened at its first use: a rollback must not wait for a module to load before it flips the router.
  const stack = once(() => openTargetStack(options));
  const router = once<Router | null>(() => connectTargetRouter(deployment, directories.home));
  return {
    publicUrl: `http://127.0.0.1:${deployment.service.publicPort}`,
    effects: {
      plan,
      stable: deployment.stable,
      candidate: deployment.candidate,
      pins: deployment.pins,
      probes,
      writeRelease: (release) => writeRelease(repository, release, deployment.build),
      applyExposure: async (exposure, signal) => (await stack()).apply(exposure, signal),
      connectRouter: () => router(),
      recordStable: (release: Release) => recordStable(directories, release),
      openIncident: () => Promise.resolve(openIncidentOf(directories, rollout.rollout)),
      progress: (line) => options.progress(line),
    },
    audit: (record) => audit.add(record),
    auditGate: (inputs, evidence) => audit.gate(inputs, evidence),
    takeDown: async () => (await stack()).destroy(),
    end: (event, inputs) => audit.end(event, inputs),
    checkpoint: () => audit.checkpoint(),
    close: () => audit.close(),
  };
}

async function openTargetStack(options: SurroundingsOptions): Promise<StackDriver> {
  const { directories, rollout, env, signal } = options;
  const progress = (line: string): void => options.progress(line);
  const { deployment, plan } = rollout;
  const pulumi = await findPulumi({ env, progress, signal });
  return await openStack({
    pulumiPath: pulumi.path,
    stateDirectory: directories.home,
    environment: plan.environment,
    service: deployment.service,
    target: await loadTarget(deployment.target, deployment.candidate.directory),
    progress,
    env,
  });
}

/** Remembers a success; a failure is tried again at the next call. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

/** The probes of the candidate's own OpenAPI document: a new operation is probed before any user meets it. */
function probesOf(deployment: Deployment): Probe[] {
  const { openapi, paths } = deployment.probes;
  const path = openapi === null ? null : join(deployment.candidate.directory, openapi);
  if (path !== null && !existsSync(path)) {
    throw inputFailure(
      'probes-missing',
      `the policy probes by ${openapi ?? ''}, and ${deployment.candidate.commit.slice(0, 12)} has no such file; correct \`probes.openapi\``,
    );
  }
  const plan = planProbes(path === null ? null : readFileSync(path, 'utf8'), paths);
  if (!plan.ok)
    throw inputFailure('probes-unreadable', `${openapi ?? ''} cannot be used for probes: ${plan.message}`);
  return plan.probes;
}
