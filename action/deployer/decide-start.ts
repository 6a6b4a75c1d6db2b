/**
 * Whether a release may start in one place, whoever asks for it: the check, the approval of exactly this content, the
 * order of places, the gates and the error budget. A trust boundary: whatever is missing or cannot be read means no.
 */
import { userInfo } from 'node:os';
import { ownCheckOf } from '../../policies/approval/own-check.ts';
import { breakGlassFor, openDebts, type Debt } from '../../policies/command/break-glass.ts';
import { passesBreakGlass } from '../../policies/command/break-glass-passes.ts';
import { decideGates } from '../../policies/gates/decide-gates.ts';
import type { GatePerson } from '../../policies/gates/gate-evidence.ts';
import { environmentNamed } from '../../policies/gates/gate-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { rolloutAt, serviceAt } from '../../policies/train/at-place.ts';
import { decide } from '../../policies/verdict.ts';
import { shortDigest, type Release } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { appendEntry, readEntriesSoFar } from '../audit-log/directory-store.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { runCheck, type CheckOutcome } from '../commands/run-check.ts';
import { planMigrations } from '../migrations/plan-migrations.ts';
import { gateStart, heldResult } from '../slo/gate-start.ts';
import type { ApprovalSource } from './approval-source.ts';
import { decideGuard, type GuardDecision, type RolloutGuard } from './decide-guard.ts';
import { deployableService, type DeployableService } from './deployable-service.ts';
import { isWayBack, stableRelease, unfinishedRollout } from './deployment.ts';
import { stableOf } from './find-rollout.ts';
import { digestOfEvidence } from './kept-evidence.ts';
import type { NewRollout } from './plan-new-rollout.ts';
import { gatesClosed, migrationsRefused, refusal } from './refuse-deployment.ts';
import { identifyRelease } from './release.ts';
import { stateDirectoryOf, type StateDirectory } from './state-directory.ts';

export interface StartOptions {
  /** The root of the repository. */
  repository: string;
  service?: string | undefined;
  /** Services that go out together, as the policy names them. */
  group?: string | undefined;
  /** Default: the waves of the policy, or else production. */
  environment?: string | undefined;
  /** The revision whose policy holds; default: what is stable. */
  base?: string | undefined;
  /** Default: HEAD. */
  head?: string | undefined;
  /** Where reviews are read, now and before each widening; null: none are known. */
  source: ApprovalSource | null;
  /** Who asks for it, as the door knows them; null: the account of this terminal, as the policy names it. */
  actor: GatePerson | null;
  /** Take the first steps only, and leave the rest to `advance`. */
  isDetached?: boolean;
  context: CommandContext;
}

/** Where the release is to start, and what was found out for another place already. */
export interface StartPlace {
  environment: string;
  service: string | undefined;
  /** A later wave of a train: what is closed now and opens by itself is asked again when its turn comes. */
  isLater: boolean;
  /** The place is a member of a train, which keeps the order of places. */
  isInTrain: boolean;
  /** Checks by what they compare, so that a content is checked once however many places get it. */
  checks: Map<string, Promise<CheckOutcome>>;
}

export type DecidedStart =
  | { kind: 'may-start'; rollout: NewRollout }
  | { kind: 'already-deployed' | 'refused'; result: CommandResult };

/** What is about to start, and everything it is decided on. */
interface Start {
  options: StartOptions;
  place: StartPlace;
  outcome: CheckOutcome;
  service: DeployableService;
  directories: StateDirectory;
  stable: Release | null;
  guard: Omit<RolloutGuard, 'evidence' | 'approvers'>;
  decided: GuardDecision;
}

/** Decides everything that stands before a start. Nothing is written but what was decided. */
export async function decideStart(options: StartOptions, place: StartPlace): Promise<DecidedStart> {
  const start = await prepareStart(options, place);
  const { outcome, decided, service, directories, stable, guard } = start;
  const refuse = (result: CommandResult): DecidedStart => ({ kind: 'refused', result });
  const verdict = decide({
    findings: outcome.findings,
    unclaimed: outcome.unclaimed,
    unclaimedPolicy: outcome.policy.unclaimed,
    isAdoption: outcome.isAdoption,
    approval: approvalFor(decided, guard),
  });
  if (verdict.decision !== 'allow' || outcome.isAdoption)
    return refuse(refusal(verdict, outcome, decided.approval));

  const { repository, context } = options;
  const { environment } = place;
  const { releases } = directories;
  const candidate = identifyRelease(repository, outcome.head, service.name, service.run, releases);
  if (stable?.digest === candidate.digest) {
    const result = alreadyDeployed(service.name, environment, candidate);
    return { kind: 'already-deployed', result };
  }
  writeGates(start, decided);
  const closed = decided.isOpen ? [] : decided.gates.gates.filter(({ isOpen }) => !isOpen);
  const opensByItself = closed.length > 0 && closed.every(({ opensAt }) => opensAt !== undefined);
  if (!decided.isOpen && !(place.isLater && opensByItself))
    return refuse(gatesClosed(decided.gates, candidate));
  if (decided.reasonCode !== 'open') context.progress(`gates: ${decided.message}`);
  const policy: Policy = {
    ...outcome.policy,
    rollout: rolloutAt(outcome.policy.train, outcome.policy.rollout, environment),
  };
  const { base } = outcome;
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
    if (budget.decision === 'closed' && !place.isLater) return refuse(heldResult(slo, candidate));
    context.progress(`gates: ${budget.message}`);
  }
  const kept = {
    ...guard,
    evidence: decided.evidence,
    approvers: decided.approval.approvers,
    ...(asked !== null && { budget: asked.budget }),
  };
  const migrations = await planMigrations({
    ...question,
    env: context.env,
    progress: (line) => context.progress(line),
  });
  if (!migrations.ok) return refuse(migrationsRefused(migrations, candidate));
  const { schemaSteps } = migrations;
  return { kind: 'may-start', rollout: { ...question, guard: kept, decided, slo, schemaSteps } };
}

function alreadyDeployed(service: string, environment: string, candidate: Release): CommandResult {
  return {
    exitCode: 0,
    decision: 'settled',
    reasonCode: 'already-deployed',
    result: { candidate: candidate.digest, commit: candidate.commit },
    text: `${service} already runs ${shortDigest(candidate.digest)} in ${environment}`,
  };
}

async function prepareStart(options: StartOptions, place: StartPlace): Promise<Start> {
  const { repository, context } = options;
  const { environment } = place;
  if (!/^[a-z0-9][a-z0-9_]*$/.test(environment)) {
    throw inputFailure(
      'environment-invalid',
      `--environment ${JSON.stringify(environment)} must be lower-case letters, digits and underscores`,
    );
  }
  const outcome = await checkAgainstStable(options, place);
  const { policy } = outcome;
  const service = deployableService(
    { ...policy, services: policy.services.map((one) => serviceAt(policy.train, one, environment)) },
    place.service,
  );
  const directories = stateDirectoryOf(repository, context.env, service.name, environment);
  refuseSecondRollout(directories);
  const stable = stableRelease(directories);
  const at = context.now();
  const here = { service: service.name, environment };
  const { debts, breakGlass } = readBreakGlass(directories, outcome.head, here, at);
  const guard = {
    approval: policy.approval,
    environment: environmentNamed(policy.environments, environment),
    stableCommit: stable?.commit ?? null,
    kinds: kindsOf(outcome),
    ownCheck: ownCheckOf(outcome),
    actor: options.actor ?? terminalPerson(policy),
    breakGlass,
    isWayBack: stable !== null && isWayBack(directories, stable, outcome.head),
  };
  if (!place.isInTrain && !guard.isWayBack && breakGlass === null)
    refuseOutOfOrder(options, policy, here, outcome.head);
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
  return { options, place, outcome, service, directories, stable, guard, decided };
}

/** The base is what is stable now, so that everything between it and head is looked at, whatever was merged since. */
async function checkAgainstStable(
  options: StartOptions,
  { environment, service, checks }: StartPlace,
): Promise<CheckOutcome> {
  const { repository, context } = options;
  const head = options.head ?? 'HEAD';
  const stable = stableOf(repository, context.env, environment, service);
  const base = options.base ?? stable?.commit ?? `${head}^`;
  const compared = JSON.stringify([base, head, service ?? null]);
  const known = checks.get(compared);
  if (known !== undefined) return await known;
  const outcome = runCheck({
    directory: repository,
    base,
    head,
    ...(service === undefined ? {} : { service }),
    context,
  });
  checks.set(compared, outcome);
  return await outcome;
}

/** A place of a wave may have a release on its own once every place before it has it. */
function refuseOutOfOrder(
  { repository, context }: StartOptions,
  { train, path }: Policy,
  { service, environment }: { service: string; environment: string },
  commit: string,
): void {
  const wave = train.waves.findIndex(({ environments }) => environments.includes(environment));
  if (wave === -1) return;
  const box = train.waves[0]?.environments[0];
  const before = train.waves.slice(0, wave).flatMap(({ environments }) => environments);
  const required = box === undefined || box === environment ? before : [...new Set([box, ...before])];
  const late = required.find(
    (place) => stableRelease(stateDirectoryOf(repository, context.env, service, place))?.commit !== commit,
  );
  if (late === undefined) return;
  throw inputFailure(
    'out-of-order',
    `${environment} comes after ${late} in the waves of ${path}, and ${service} does not run ${commit.slice(0, 12)} in ${late}; leave --environment out to deploy wave by wave`,
  );
}

export function refuseSecondRollout(directories: StateDirectory): void {
  const unfinished = unfinishedRollout(directories);
  if (unfinished === null) return;
  throw inputFailure(
    'rollout-unfinished',
    `rollout ${unfinished.rollout} of ${unfinished.plan.service} is under way since ${unfinished.startedAt}; go on with \`evenkeel deploy --resume\`, or go back with \`evenkeel rollback\``,
  );
}

/** What was decided was decided against what was stable then: all that follows, and the way back, starts from it. */
export function refuseOtherStable(
  directories: StateDirectory,
  stable: Release | null,
  service: string,
): void {
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

function writeGates({ directories, service, place, guard, options, outcome }: Start, decided: GuardDecision) {
  const { context } = options;
  const { isOpen, reasonCode, message, approval, gates } = decided;
  appendEntry(directories.audit, context, {
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
      environment: place.environment,
      askedBy: guard.actor.login,
      approvers: approval.approvers,
      gates: gates.gates,
    },
  });
}
