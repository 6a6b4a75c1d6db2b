/**
 * The one way a rollout starts, whoever asks for it: the check, the approval of exactly this content, the gates, the error
 * budget, and only then the plan. A trust boundary: whatever is missing or cannot be read means that nothing starts.
 */
import { userInfo } from 'node:os';
import { ownCheckOf } from '../../policies/approval/own-check.ts';
import { breakGlassFor, openDebts, type Debt } from '../../policies/command/break-glass.ts';
import { passesBreakGlass } from '../../policies/command/break-glass-passes.ts';
import { decideGates } from '../../policies/gates/decide-gates.ts';
import type { GatePerson } from '../../policies/gates/gate-evidence.ts';
import { environmentNamed } from '../../policies/gates/gate-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { decide } from '../../policies/verdict.ts';
import { shortDigest, type Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { openAuditLog, readEntriesSoFar } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { runCheck, type CheckOutcome } from '../commands/run-check.ts';
import { gateStart, heldResult } from '../slo/gate-start.ts';
import type { ApprovalSource } from './approval-source.ts';
import { decideGuard, type GuardDecision, type RolloutGuard } from './decide-guard.ts';
import { deployableService, type DeployableService } from './deployable-service.ts';
import {
  isWayBack,
  loadRollout,
  stableRelease,
  unfinishedRollout,
  type JournalledRollout,
} from './deployment.ts';
import { requireUnfinished, stableOf } from './find-rollout.ts';
import { digestOfEvidence } from './kept-evidence.ts';
import { planNewRollout } from './plan-new-rollout.ts';
import { findPulumi } from './pulumi/find-pulumi.ts';
import { gatesClosed, refusal } from './refuse-deployment.ts';
import { identifyRelease } from './release.ts';
import { resultOfRun } from './result-of-run.ts';
import { takeLock } from './rollout-lock.ts';
import { runDeployment, type RunOptions } from './run-deployment.ts';
import { showEvidence } from './show-evidence.ts';
import { stateDirectoryOf, type StateDirectory } from './state-directory.ts';

export interface StartOptions {
  /** The root of the repository. */
  repository: string;
  service?: string | undefined;
  /** Default: production. */
  environment?: string | undefined;
  /** The revision whose policy holds; default: what is stable. */
  base?: string | undefined;
  /** Default: HEAD. */
  head?: string | undefined;
  /** Where reviews are read, now and before each widening; null: none are known. */
  source: ApprovalSource | null;
  /** Who asks for it, as the door knows them; null: the account of this terminal, as the policy names it. */
  actor: GatePerson | null;
  context: CommandContext;
}

/** What is about to start, and everything it is decided on. */
interface Start {
  options: StartOptions;
  outcome: CheckOutcome;
  environment: string;
  service: DeployableService;
  directories: StateDirectory;
  stable: Release | null;
  guard: Omit<RolloutGuard, 'evidence' | 'approvers'>;
  decided: GuardDecision;
}

/** Checks, decides and, when everything allows it, rolls out; waits for the end. */
export async function startDeployment(options: StartOptions): Promise<CommandResult> {
  const start = await prepareStart(options);
  const { outcome, decided, service, directories, stable, environment, guard } = start;
  const verdict = decide({
    findings: outcome.findings,
    unclaimed: outcome.unclaimed,
    unclaimedPolicy: outcome.policy.unclaimed,
    isAdoption: outcome.isAdoption,
    approval: approvalFor(decided, guard),
  });
  if (verdict.decision !== 'allow' || outcome.isAdoption) return refusal(verdict, outcome, decided.approval);

  const { repository, context } = options;
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
  writeGates(start, decided);
  if (!decided.isOpen) return gatesClosed(decided.gates, candidate);
  if (decided.reasonCode !== 'open') context.progress(`gates: ${decided.message}`);
  const { base, policy } = outcome;
  const question = {
    repository,
    base,
    policy,
    service,
    environment,
    stable,
    candidate,
    directories,
    context,
  };
  const asked = await gateStart(question);
  const slo = asked?.decision ?? null;
  if (slo?.decision === 'held') {
    const budget = decideGates(
      { ...decided.gateEvidence, errorBudget: slo },
      guard.environment,
      context.now().toISOString(),
    );
    if (budget.decision === 'closed') return heldResult(slo, candidate);
    context.progress(`gates: ${budget.message}`);
  }
  // Before anything is written down: a rollout that could not even start should not have to be taken back.
  await findPulumi({ env: context.env, progress: (line) => context.progress(line), signal: context.signal });
  const lock = takeLock(directories.lockFile, 'evenkeel deploy', context.now());
  try {
    // Another process may have started one between the first look and the lock, or even have brought it to its end.
    refuseSecondRollout(directories);
    refuseOtherStable(directories, stable, service.name);
    const kept = {
      ...guard,
      evidence: decided.evidence,
      approvers: decided.approval.approvers,
      ...(asked !== null && { budget: asked.budget }),
    };
    const rollout = planNewRollout({ ...question, guard: kept, decided, slo });
    return await runToEnd(directories, rollout, { isNew: true, lock }, options.source, context);
  } finally {
    lock.release();
  }
}

/** Goes on with the rollout that is under way. `source` null: approval is decided on what the journal keeps. */
export async function resumeDeployment(options: {
  repository: string;
  service?: string | undefined;
  environment?: string | undefined;
  source: ApprovalSource | null;
  context: CommandContext;
}): Promise<CommandResult> {
  const { repository, service, environment, source, context } = options;
  const { directories, rollout } = requireUnfinished(repository, context.env, service, environment);
  const lock = takeLock(directories.lockFile, 'evenkeel deploy --resume', context.now());
  try {
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    context.progress(`resuming rollout ${rollout.rollout} of ${rollout.plan.service}`);
    return await runToEnd(directories, fresh, { isNew: false, lock }, source, context);
  } finally {
    lock.release();
  }
}

async function prepareStart(options: StartOptions): Promise<Start> {
  const { repository, context } = options;
  const environment = options.environment ?? 'production';
  if (!/^[a-z0-9][a-z0-9_]*$/.test(environment)) {
    throw inputFailure(
      'environment-invalid',
      `--environment ${JSON.stringify(environment)} must be lower-case letters, digits and underscores`,
    );
  }
  const outcome = await checkAgainstStable(options, environment);
  const service = deployableService(outcome.policy, options.service);
  const directories = stateDirectoryOf(repository, context.env, service.name, environment);
  refuseSecondRollout(directories);
  const stable = stableRelease(directories);
  const at = context.now();
  const place = { service: service.name, environment };
  const { debts, breakGlass } = readBreakGlass(directories, outcome.head, place, at);
  const guard = {
    approval: outcome.policy.approval,
    environment: environmentNamed(outcome.policy.environments, environment),
    stableCommit: stable?.commit ?? null,
    kinds: kindsOf(outcome),
    ownCheck: ownCheckOf(outcome),
    actor: options.actor ?? terminalPerson(outcome.policy),
    breakGlass,
    isWayBack: stable !== null && isWayBack(directories, stable, outcome.head),
  };
  const decided = await decideGuard({
    repository,
    commit: outcome.head,
    guard,
    source: options.source,
    moment: 'start',
    errorBudget: null,
    debts,
    at,
  });
  return { options, outcome, environment, service, directories, stable, guard, decided };
}

/** The base is what is stable now, so that everything between it and head is looked at, whatever was merged since. */
async function checkAgainstStable(options: StartOptions, environment: string): Promise<CheckOutcome> {
  const { repository, service, context } = options;
  const head = options.head ?? 'HEAD';
  const stable = stableOf(repository, context.env, environment, service);
  const base = options.base ?? stable?.commit ?? `${head}^`;
  return await runCheck({
    directory: repository,
    base,
    head,
    ...(service === undefined ? {} : { service }),
    context,
  });
}

function refuseSecondRollout(directories: StateDirectory): void {
  const unfinished = unfinishedRollout(directories);
  if (unfinished === null) return;
  throw inputFailure(
    'rollout-unfinished',
    `rollout ${unfinished.rollout} of ${unfinished.plan.service} is under way since ${unfinished.startedAt}; go on with \`evenkeel deploy --resume\`, or go back with \`evenkeel rollback\``,
  );
}

/** What was decided was decided against what was stable then: all that follows, and the way back, starts from it. */
function refuseOtherStable(directories: StateDirectory, stable: Release | null, service: string): void {
  const now = stableRelease(directories);
  if (now?.digest === stable?.digest && now?.commit === stable?.commit) return;
  throw inputFailure(
    'situation-moved',
    `another release of ${service} became stable while this deployment was being decided; run \`evenkeel deploy\` again`,
  );
}

/** A debt whose place cannot be read blocks every place. */
function readBreakGlass(
  directories: StateDirectory,
  commit: string,
  place: { service: string; environment: string },
  at: Date,
): { debts: Debt[]; breakGlass: Debt | null } {
  const entries = readEntriesSoFar(directories.audit);
  const debts = openDebts(entries).filter(
    ({ service, environment }) =>
      (service === place.service || service === '') &&
      (environment === place.environment || environment === ''),
  );
  return { debts, breakGlass: breakGlassFor(entries, { commit, ...place }, at.toISOString()) ?? null };
}

/** A path that no kind claims could be anything. */
function kindsOf({ claims, unclaimed }: CheckOutcome): string[] {
  const kinds = new Set<string>(claims.map(({ kind }) => kind));
  if (unclaimed.length > 0) kinds.add('unclaimed');
  return [...kinds].sort();
}

/** Who sits at this terminal: the policy says which account that is; without it the name of the operating system. */
function terminalPerson({ commands }: Policy): GatePerson {
  const { username } = userInfo();
  const known = Object.hasOwn(commands.terminal, username) ? commands.terminal[username] : undefined;
  return known ?? { id: null, login: username };
}

/** A break-glass stands for an approval that is missing; the verdict has to hear of it. */
function approvalFor({ approval }: GuardDecision, { breakGlass }: Pick<RolloutGuard, 'breakGlass'>) {
  const { decision } = approval;
  if (breakGlass === null || !passesBreakGlass(decision)) return decision;
  const message = `break-glass of ${breakGlass.by}, confirmed by ${breakGlass.confirmedBy}`;
  return { decision: 'approved' as const, reasonCode: 'passed-by-break-glass', message };
}

function writeGates(
  { directories, service, environment, guard, options, outcome }: Start,
  decided: GuardDecision,
) {
  const { context } = options;
  const { isOpen, reasonCode, message, approval, gates } = decided;
  const audit = openAuditLog(directories.audit, { now: () => context.now() });
  try {
    audit.append({
      actor: { kind: 'evenkeel', name: 'gates' },
      event: 'gate.decided',
      service: service.name,
      evidence: { approval: digestOfEvidence(decided.evidence) },
      inputs: {
        decision: isOpen ? 'open' : 'closed',
        reasonCode,
        message,
        at: gates.at,
        commit: outcome.head,
        environment,
        askedBy: guard.actor.login,
        approvers: approval.approvers,
        gates: gates.gates,
      },
    });
  } finally {
    audit.close();
  }
}

async function runToEnd(
  directories: StateDirectory,
  rollout: JournalledRollout,
  taken: Pick<RunOptions, 'isNew' | 'lock'>,
  source: ApprovalSource | null,
  context: CommandContext,
): Promise<CommandResult> {
  const progress = (line: string): void => context.progress(line);
  const result = await runDeployment({
    directories,
    rollout,
    ...taken,
    until: 'finished',
    request: null,
    source,
    env: context.env,
    now: () => context.now(),
    progress,
    signal: context.signal,
    openView: context.openRolloutView,
  });
  const startedMs = Date.parse(rollout.startedAt);
  const end = { state: result.state, atSeconds: (context.now().getTime() - startedMs) / 1000 };
  const shown = await showEvidence(directories, rollout.rollout, end, progress);
  return resultOfRun(directories, rollout, result, shown);
}
