/** Everything a rollout works on, opened once and closed once: target, router, audit log, incidents. */
import { loadTarget } from '../../stacks/load-target.ts';
import { defaultUserKey, type Router } from '../../stacks/local/router/router.ts';
import { returnGradually } from '../failback/return-gradually.ts';
import { openMigrations } from '../migrations/run-migrations.ts';
import { recordStable, type Deployment, type JournalledRollout } from './deployment.ts';
import type { RolloutRecord } from './drive-rollout.ts';
import { exposureOf, type EffectsContext } from './effects.ts';
import { openIncidentOf } from './incident-of-rollout.ts';
import { proberOf, type RolloutProber } from './prober-of-rollout.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import type { StackDriver } from './pulumi/stack-driver.ts';
import { connectFastWay } from './rehearsal/fast-way.ts';
import { rehearse } from './rehearsal/rehearse.ts';
import { writeRelease } from './release.ts';
import { openRolloutAudit } from './rollout-audit.ts';
import { connectTargetRouter } from './target-router.ts';
import type { StateDirectory } from './state-directory.ts';

export interface Surroundings {
  effects: EffectsContext;
  prober: RolloutProber;
  /** Puts a journalled record into the audit log as well. */
  audit(record: RolloutRecord): void;
  /** What the gates answered, in the audit log. */
  auditGate(inputs: Readonly<Record<string, unknown>>, evidence: Readonly<Record<string, string>>): void;
  /** Lets Pulumi look at what is really there, so that the next update brings back what is gone. */
  refresh(): Promise<unknown>;
  takeDown(): Promise<void>;
  /** The rollout's end, in the audit log. */
  end(event: 'rollout.settled' | 'rollout.rolled-back', inputs: Readonly<Record<string, unknown>>): void;
  checkpoint(): string;
  close(): void;
}

export interface SurroundingsOptions {
  directories: StateDirectory;
  rollout: JournalledRollout;
  /** The run begins with taking users off the candidate, or goes on with it. */
  isGoingBack?: boolean;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
  signal: AbortSignal;
}

export function openSurroundings(options: SurroundingsOptions): Surroundings {
  const { directories, rollout } = options;
  const { deployment } = rollout;
  const { repository } = deployment;
  // Going back, nothing of the candidate is needed before users are off it, least of all a build.
  if (options.isGoingBack !== true) writeRelease(repository, deployment.candidate, deployment.build);
  const audit = openRolloutAudit(directories.audit, rollout, () => options.now());
  // The target is opened at its first use: a rollback must not wait for a module to load before it flips the router.
  const stack = once(() => openTargetStack(options));
  const router = once<Router | null>(() => connectTargetRouter(deployment, directories.home));
  const prober = proberOf({ ...options, connectRouter: router });
  return {
    effects: effectsOf(options, { stack, router, prober }),
    prober,
    audit: (record) => audit.add(record),
    auditGate: (inputs, evidence) => audit.gate(inputs, evidence),
    refresh: async () => (await stack()).refresh(),
    takeDown: async () => (await stack()).destroy(),
    end: (event, inputs) => audit.end(event, inputs),
    checkpoint: () => audit.checkpoint(),
    close: () => {
      prober.close();
      audit.close();
    },
  };
}

function effectsOf(
  { directories, rollout, ...options }: SurroundingsOptions,
  {
    stack,
    router,
    prober,
  }: {
    stack(): Promise<StackDriver>;
    router(): Promise<Router | null>;
    prober: RolloutProber;
  },
): EffectsContext {
  const { deployment, plan } = rollout;
  const { stable, candidate, pins, repository } = deployment;
  const progress = (line: string): void => options.progress(line);
  const migrations = openMigrations({
    deployment,
    plan,
    connectRouter: router,
    env: options.env,
    progress,
  });
  const applyExposure: EffectsContext['applyExposure'] = async (exposure, signal) => {
    const endpoints = await (await stack()).apply(exposure, signal);
    prober.reached(endpoints);
    return endpoints;
  };
  const probeCandidate: EffectsContext['probeCandidate'] = (endpoints, signal) =>
    prober.probeCandidate(endpoints, signal);
  const fastWay = (): ReturnType<typeof connectFastWay> =>
    connectFastWay(deployment, directories.home, router);
  return {
    plan,
    stable,
    candidate,
    pins,
    writeRelease: (release) => writeRelease(repository, release, deployment.build),
    applyExposure,
    connectRouter: router,
    connectFastWay: fastWay,
    migrate: (signal) => migrations.expand(signal),
    backfill: (signal) => migrations.backfill(signal),
    rehearse: (effect, signal) =>
      rehearse(
        {
          plan,
          healthPath: deployment.service.healthPath,
          asUser: (key) => asUser(deployment, key),
          applyExposure,
          exposureWith: (candidateBasisPoints) =>
            exposureOf({ ...effect, candidateBasisPoints }, { plan, stable, candidate, pins }),
          connectFastWay: fastWay,
          probeCandidate,
          progress,
        },
        signal,
      ),
    probeCandidate,
    returnGradually: (router, signal) => returnGradually(router, plan, signal, { progress }),
    recordStable: (release) => recordStable(directories, release),
    openIncident: () => openIncidentOf(directories, rollout.rollout),
    progress,
  };
}

/** The request headers that make a request one of this user's. */
function asUser({ service }: Deployment, key: string): Record<string, string> {
  const userKey = service.userKey ?? defaultUserKey;
  return 'header' in userKey ? { [userKey.header]: key } : { cookie: `${userKey.cookie}=${key}` };
}

async function openTargetStack(options: SurroundingsOptions): Promise<StackDriver> {
  const { directories, rollout, env, signal } = options;
  const progress = (line: string): void => options.progress(line);
  const { deployment, plan } = rollout;
  writeRelease(deployment.repository, deployment.candidate, deployment.build);
  const pulumi = await findPulumi({ env, progress, signal });
  // Pulumi's SDK takes longer to load than users take to be off the candidate.
  const { openStack } = await import('./pulumi/stack-driver.ts');
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
