import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { ServicePolicy } from '../../policies/policy-file/policy.ts';
import { buildPlan } from '../../policies/rollout/build-plan.ts';
import { planRollout } from '../../policies/rollout/state.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { decide } from '../../policies/verdict.ts';
import { shortDigest, type Release, type ServiceDefinition } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { openAuditLog } from '../audit-log/directory-store.ts';
import { judgeContent, type ApprovalOfContent } from '../deployer/approval-of-content.ts';
import { evidenceFile } from '../deployer/approval-source.ts';
import {
  loadRollout,
  stableRelease,
  unfinishedRollout,
  type Deployment,
  type JournalledRollout,
} from '../deployer/deployment.ts';
import { requireUnfinished, stableOf } from '../deployer/find-rollout.ts';
import { findPulumi } from '../deployer/pulumi/find-pulumi.ts';
import { identifyRelease } from '../deployer/release.ts';
import { showEvidence } from '../deployer/show-evidence.ts';
import { resultOfRun } from '../deployer/result-of-run.ts';
import { takeLock } from '../deployer/rollout-lock.ts';
import { runDeployment } from '../deployer/run-deployment.ts';
import { stateDirectoryOf, type StateDirectory } from '../deployer/state-directory.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { gateStart, heldResult } from '../slo/gate-start.ts';
import { runCheck, type CheckOutcome } from './run-check.ts';
import type { Command, CommandContext, CommandResult, ParsedArguments } from './command.ts';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'roll an approved change out: canary, blue-green, bake; roll back by itself when metrics regress',
  usage:
    'evenkeel deploy [--service NAME] [--environment NAME] [--base REVISION] [--head REVISION] [--evidence FILE]\n       evenkeel deploy --resume [--service NAME] [--environment NAME]',
  example: 'evenkeel deploy --service shop --evidence approval.json',
  options: {
    service: { type: 'string' },
    environment: { type: 'string' },
    base: { type: 'string' },
    head: { type: 'string' },
    evidence: { type: 'string' },
    resume: { type: 'boolean' },
  },
  optionHelp: {
    service: 'the service; needed when the policy names several that can be deployed',
    environment: 'where to (default: production)',
    base: 'the revision whose policy holds and which the change is compared with (default: what is stable now)',
    head: 'the revision to deploy (default: HEAD)',
    evidence: 'JSON file with the reviews; in the Action it is gathered from GitHub',
    resume: 'go on with the rollout that is under way',
  },
  async run(args, context) {
    const repository = repositoryRoot(context.workingDirectory);
    return args.values['resume'] === true
      ? await resumeRollout(repository, args, context)
      : await startRollout(repository, args, context);
  },
};

async function resumeRollout(
  repository: string,
  args: ParsedArguments,
  context: CommandContext,
): Promise<CommandResult> {
  const { directories, rollout } = requireUnfinished(
    repository,
    context.env,
    textOption(args, 'service'),
    textOption(args, 'environment'),
  );
  const lock = takeLock(directories.lockFile, 'evenkeel deploy --resume', context.now());
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    context.progress(`resuming rollout ${rollout.rollout} of ${rollout.plan.service}`);
    return await run(directories, fresh, false, context);
  } finally {
    lock.release();
  }
}

async function startRollout(
  repository: string,
  args: ParsedArguments,
  context: CommandContext,
): Promise<CommandResult> {
  const environment = textOption(args, 'environment') ?? 'production';
  if (!/^[a-z0-9][a-z0-9_]*$/.test(environment)) {
    throw inputFailure(
      'environment-invalid',
      `--environment ${JSON.stringify(environment)} must be lower-case letters, digits and underscores`,
    );
  }
  const head = textOption(args, 'head') ?? 'HEAD';
  const outcome = await checkAgainstStable(repository, environment, head, args, context);
  const service = deployableService(outcome, textOption(args, 'service'));
  const directories = stateDirectoryOf(repository, context.env, service.name, environment);
  refuseSecondRollout(directories);

  const file = textOption(args, 'evidence');
  const stable = stableRelease(directories);
  const approval = await judgeContent({
    repository,
    policy: outcome.policy.approval,
    source: file === undefined ? null : evidenceFile(resolve(context.workingDirectory, file)),
    stableCommit: stable?.commit ?? null,
    deployedCommit: outcome.head,
    at: context.now(),
  });
  const verdict = decide({
    findings: outcome.findings,
    unclaimed: outcome.unclaimed,
    unclaimedPolicy: outcome.policy.unclaimed,
    isAdoption: outcome.isAdoption,
    approval: approval.decision,
  });
  if (verdict.decision !== 'allow' || outcome.isAdoption) return refusal(verdict, outcome, approval);

  const candidate = identifyRelease(
    repository,
    outcome.head,
    service.name,
    service.run,
    directories.releases,
  );
  if (stable?.digest === candidate.digest) {
    return {
      exitCode: 0,
      decision: 'settled',
      reasonCode: 'already-deployed',
      result: { candidate: candidate.digest, commit: candidate.commit },
      text: `${service.name} already runs ${shortDigest(candidate.digest)} in ${environment}`,
    };
  }
  const { base, policy } = outcome;
  const slo = await gateStart({
    repository,
    base,
    policy,
    service,
    environment,
    stable,
    candidate,
    directories,
    context,
  });
  if (slo?.decision === 'held') return heldResult(slo, candidate);
  // Before anything is written down: a rollout that could not even start should not have to be taken back.
  await findPulumi({ env: context.env, progress: (line) => context.progress(line), signal: context.signal });
  const lock = takeLock(directories.lockFile, 'evenkeel deploy', context.now());
  try {
    const rollout = planNew({
      repository,
      environment,
      service,
      stable,
      candidate,
      outcome,
      approval,
      slo,
      directories,
      context,
    });
    return await run(directories, rollout, true, context);
  } finally {
    lock.release();
  }
}

/** The base is what is stable now, so that everything between it and head is looked at, whatever was merged since. */
async function checkAgainstStable(
  repository: string,
  environment: string,
  head: string,
  args: ParsedArguments,
  context: CommandContext,
): Promise<CheckOutcome> {
  const service = textOption(args, 'service');
  const stable = stableOf(repository, context.env, environment, service);
  const base = textOption(args, 'base') ?? stable?.commit ?? `${head}^`;
  return await runCheck({
    directory: repository,
    base,
    head,
    ...(service === undefined ? {} : { service }),
    context,
  });
}

type DeployableService = ServicePolicy & { target: string; run: NonNullable<ServicePolicy['run']> };

function deployableService(outcome: CheckOutcome, wanted: string | undefined): DeployableService {
  const deployable = outcome.policy.services.flatMap((service) =>
    service.target !== null && service.run !== null && (wanted === undefined || service.name === wanted)
      ? [{ ...service, target: service.target, run: service.run }]
      : [],
  );
  const [first, ...others] = deployable;
  if (first === undefined) {
    const name = wanted === undefined ? 'no service' : `no service ${JSON.stringify(wanted)}`;
    throw inputFailure(
      'service-unknown',
      `${outcome.policy.path} has ${name} with \`target\` and \`run\`; add them, or name one of: ${outcome.policy.services.map((service) => service.name).join(', ')}`,
    );
  }
  if (others.length > 0) {
    throw inputFailure(
      'service-ambiguous',
      `${outcome.policy.path} has several services; say which with --service: ${deployable.map((service) => service.name).join(', ')}`,
    );
  }
  if (first.metrics.length === 0) {
    throw inputFailure(
      'no-metrics',
      `${outcome.policy.path} names no metrics for ${first.name}, so no step could ever pass; add \`metrics: [{ name: errors, critical: true }]\``,
    );
  }
  return first;
}

function refuseSecondRollout(directories: StateDirectory): void {
  const unfinished = unfinishedRollout(directories);
  if (unfinished === null) return;
  throw inputFailure(
    'rollout-unfinished',
    `rollout ${unfinished.rollout} of ${unfinished.plan.service} is under way since ${unfinished.startedAt}; go on with \`evenkeel deploy --resume\`, or go back with \`evenkeel rollback\``,
  );
}

function refusal(
  verdict: ReturnType<typeof decide>,
  outcome: CheckOutcome,
  approval: ApprovalOfContent,
): CommandResult {
  const isAdoption = outcome.isAdoption && verdict.decision === 'allow';
  const reasons = isAdoption
    ? [`${outcome.policy.path} has to land with a peer's approval before anything is deployed`]
    : verdict.reasons.map((reason) =>
        reason.path === undefined ? reason.message : `${reason.path}: ${reason.message}`,
      );
  const isBlocked = verdict.decision === 'block';
  return {
    exitCode: isBlocked ? 1 : 3,
    decision: isBlocked ? 'block' : 'await-approval',
    reasonCode: verdict.reasonCode,
    result: {
      verdict,
      approval: approval.decision,
      findings: outcome.findings,
      base: outcome.base,
      head: outcome.head,
    },
    text: [`not deployed (${verdict.reasonCode}):`, ...reasons.map((reason) => `  ${reason}`)].join('\n'),
  };
}

function planNew(input: {
  repository: string;
  environment: string;
  service: DeployableService;
  stable: Release | null;
  candidate: Release;
  outcome: CheckOutcome;
  approval: ApprovalOfContent;
  slo: StartDecision | null;
  directories: StateDirectory;
  context: CommandContext;
}): JournalledRollout {
  const { service, stable, candidate, outcome, approval, directories, context, environment } = input;
  const startedAt = context.now().toISOString();
  const startedBy = userInfo().username;
  const audit = openAuditLog(directories.audit, { now: () => context.now() });
  // The rollout's id is the sequence of its first audit entry, so that the two can never disagree.
  const first = audit.append({
    actor: { kind: 'person', name: startedBy },
    event: 'rollout.started',
    service: service.name,
    inputs: {
      environment,
      stable: stable?.digest ?? null,
      candidate: candidate.digest,
      commit: candidate.commit,
      tree: candidate.tree,
      base: outcome.base,
      approvers: approval.approvers,
      approvedCommit: approval.commit,
    },
  });
  audit.close();
  const rollout = String(first.sequence);
  const plan = buildPlan({
    rollout,
    service: service.name,
    environment,
    stable: stable?.digest ?? null,
    candidate: candidate.digest,
    policy: outcome.policy.rollout,
    run: service.run,
  });
  const deployment: Deployment = {
    repository: input.repository,
    stable,
    candidate,
    service: definitionOf(service, environment),
    target: service.target,
    build: service.run.build,
    pins: { stable: randomBytes(16).toString('hex'), candidate: randomBytes(16).toString('hex') },
    rollout: outcome.policy.rollout,
    metrics: service.metrics,
    prometheus: outcome.policy.prometheus,
    probes: { openapi: service.probes.openapi, paths: [service.run.healthPath, ...service.probes.paths] },
    runbooks: service.runbooks,
    ...(input.slo === null ? {} : { slo: input.slo }),
    approval: { approvers: approval.approvers, commit: approval.commit },
  };
  return { rollout, plan, deployment, startedAt, startedBy, state: planRollout(plan), records: [] };
}

function definitionOf(service: DeployableService, environment: string): ServiceDefinition {
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
  };
}

async function run(
  directories: StateDirectory,
  rollout: JournalledRollout,
  isNew: boolean,
  context: CommandContext,
): Promise<CommandResult> {
  const result = await runDeployment({
    directories,
    rollout,
    isNew,
    until: 'finished',
    request: null,
    env: context.env,
    now: () => context.now(),
    progress: (line) => context.progress(line),
    signal: context.signal,
  });
  const startedMs = Date.parse(rollout.startedAt);
  const end = { state: result.state, atSeconds: (context.now().getTime() - startedMs) / 1000 };
  const progress = (line: string): void => context.progress(line);
  const shown = await showEvidence(directories, rollout.rollout, end, progress);
  return resultOfRun(directories, rollout, result, shown);
}

function textOption(args: ParsedArguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}
