import { randomBytes } from 'node:crypto';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { buildPlan } from '../../policies/rollout/build-plan.ts';
import { planRollout } from '../../policies/rollout/state.ts';
import { hasSchemaSteps, type SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import type { Release, ServiceDefinition } from '../../stacks/exposure.ts';
import { appendEntry } from '../audit-log/directory-store.ts';
import type { CommandContext } from '../commands/command.ts';
import type { GuardDecision, RolloutGuard } from './decide-guard.ts';
import type { DeployableService } from './deployable-service.ts';
import type { Deployment, JournalledRollout } from './deployment.ts';
import { digestOfEvidence } from './kept-evidence.ts';
import type { StateDirectory } from './state-directory.ts';

export interface NewRollout {
  repository: string;
  environment: string;
  service: DeployableService;
  stable: Release | null;
  candidate: Release;
  /** The commit whose policy holds. */
  base: string;
  policy: Policy;
  guard: RolloutGuard;
  decided: GuardDecision;
  slo: StartDecision | null;
  /** What the release changes of a database that the policy names; absent: of none. */
  schemaSteps?: SchemaSteps;
  directories: StateDirectory;
  context: CommandContext;
}

/** Writes the first entry of the rollout into the audit log and plans it; nothing has been done yet. */
export function planNewRollout(input: NewRollout): JournalledRollout {
  const { service, stable, candidate, policy, context, environment, guard } = input;
  const startedAt = context.now().toISOString();
  const rollout = announce(input);
  const plan = buildPlan({
    rollout,
    service: service.name,
    environment,
    stable: stable?.digest ?? null,
    candidate: candidate.digest,
    policy: policy.rollout,
    run: service.run,
    hasMigrations: input.schemaSteps !== undefined && hasSchemaSteps(input.schemaSteps),
  });
  const deployment = deploymentOf(input);
  const startedBy = guard.actor.login;
  return { rollout, plan, deployment, startedAt, startedBy, state: planRollout(plan), records: [] };
}

/** The rollout's id is the sequence of its first audit entry, so that the two can never disagree. */
function announce({ service, stable, candidate, base, directories, context, ...input }: NewRollout): string {
  const { approval, gates, message, reasonCode, evidence } = input.decided;
  const { breakGlass, actor } = input.guard;
  const first = appendEntry(directories.audit, context, {
    actor: { kind: 'person', name: actor.login },
    event: 'rollout.started',
    service: service.name,
    evidence: { approval: digestOfEvidence(evidence) },
    inputs: {
      environment: input.environment,
      stable: stable?.digest ?? null,
      candidate: candidate.digest,
      commit: candidate.commit,
      tree: candidate.tree,
      base,
      approvers: approval.approvers,
      approvedCommit: approval.commit,
      actorId: actor.id,
      gates: { reasonCode, message, gates: gates.gates },
      breakGlass:
        breakGlass === null
          ? null
          : {
              opened: breakGlass.sequence,
              by: breakGlass.by,
              confirmedBy: breakGlass.confirmedBy,
              reason: breakGlass.reason,
            },
    },
  });
  return String(first.sequence);
}

function deploymentOf(input: NewRollout): Deployment {
  const { service, policy, decided, guard } = input;
  const token = (): string => randomBytes(16).toString('hex');
  return {
    repository: input.repository,
    stable: input.stable,
    candidate: input.candidate,
    service: definitionOf(service, input.environment),
    target: service.target,
    build: service.run.build,
    pins: { stable: token(), candidate: token() },
    rollout: policy.rollout,
    metrics: service.metrics,
    prometheus: policy.prometheus,
    probes: { ...service.probes, paths: [service.run.healthPath, ...service.probes.paths] },
    runbooks: service.runbooks,
    base: input.base,
    tickets: policy.tickets,
    ...(input.slo === null ? {} : { slo: input.slo }),
    ...(input.schemaSteps === undefined ? {} : { schemaSteps: input.schemaSteps }),
    ...(service.migrations === null ? {} : { migrations: service.migrations }),
    approval: { approvers: decided.approval.approvers, commit: decided.approval.commit },
    guard,
  };
}

/** How the service runs, as a target is told it. */
export function definitionOf(
  service: Pick<DeployableService, 'name' | 'run'>,
  environment: string,
): ServiceDefinition {
  const { run } = service;
  return {
    name: service.name,
    environment,
    command: run.command,
    directory: run.directory,
    healthPath: run.healthPath,
    startSeconds: run.startSeconds,
    drainSeconds: run.drainSeconds,
    publicPort: run.publicPort,
    router: run.router,
    env: run.env,
    ...(run.userKey === null ? {} : { userKey: run.userKey }),
    ...(run.zones.length === 0 ? {} : { zones: run.zones }),
    ...(run.minHealthy === null ? {} : { minHealthy: run.minHealthy }),
  };
}
