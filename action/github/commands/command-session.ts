import type { CommandPolicy } from '../../../policies/command/command-policy.ts';
import type { ApprovalEvidence } from '../../../policies/approval/evidence.ts';
import type { CommandDecision, Makers, Recheck } from '../../../policies/command/command-decision.ts';
import type { PendingCommand } from '../../../policies/command/command-log.ts';
import type { CommandSituation } from '../../../policies/command/command-situation.ts';
import { makersOfAll } from '../../../policies/command/makers-of.ts';
import type { CommandReading } from '../../../policies/command/parse-command.ts';
import { decideCommand } from '../../../policies/command/decide-command.ts';
import { isNamedBy } from '../../../policies/command/short-digest.ts';
import type { CommandOrigin, Requester } from '../../../policies/command/requester.ts';
import { inputFailure } from '../../../stacks/failure.ts';
import { carryOutCommand, type CarriedOut } from '../../command-log/carry-out.ts';
import { readLog } from '../../command-log/read-log.ts';
import { readSituation } from '../../command-log/read-situation.ts';
import type { CommandContext, CommandResult } from '../../commands/command.ts';
import { readPolicyAt } from '../../repository/policy-at.ts';
import { homeOf } from '../../deployer/state-directory.ts';
import type { Inputs } from '../../inputs.ts';
import { openTree } from '../../repository/read-changes.ts';
import { repositoryRoot } from '../../repository/repository-root.ts';
import type { WorkflowEvent } from '../event.ts';
import { openGitHub, type Repository } from '../octokit.ts';
import { ownAccountId } from '../own-account.ts';
import { requesterReader, type ReadRequester } from './read-requester.ts';
import { recheckPending } from './recheck-pending.ts';

/** What one run needs for every command that it looks at. */
export interface CommandSession {
  repository: Repository;
  /** The account behind the token. */
  me: number;
  policy: CommandPolicy;
  requesterOf: ReadRequester;
  /** The checkout's root, and where its state lies. */
  root: string;
  home: string;
  /** The commit whose policy holds. */
  commit: string;
  token: string | undefined;
  context: CommandContext;
}

/** Opens a run on the event's commit, whose policy says who may do what: of the default branch, by the event. */
export async function openSession(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandSession> {
  const root = repositoryRoot(context.workingDirectory);
  const policy = await policyOf(root, event.commit);
  const github = openGitHub(inputs.token, context.env, (line) => context.progress(line));
  const repository = { github, owner: event.owner, repo: event.repository };
  return {
    repository,
    me: await ownAccountId({ github }),
    policy,
    requesterOf: requesterReader(repository, policy),
    root,
    home: homeOf(root, context.env),
    commit: event.commit,
    token: inputs.token,
    context,
  };
}

async function policyOf(root: string, commit: string): Promise<CommandPolicy> {
  const { tree, close } = openTree(root, commit);
  try {
    const policy = await readPolicyAt(tree, commit.slice(0, 12));
    if (policy !== null) return policy.commands;
    throw inputFailure(
      'policy-missing',
      `${commit.slice(0, 12)} has no policy, so nobody may use a command; write one with \`evenkeel init\` and land it`,
    );
  } finally {
    close();
  }
}

/** Decides on one command from what is live now. */
export async function decideNow(
  session: CommandSession,
  asked: { reading: CommandReading; requester: Requester | null; origin: CommandOrigin },
): Promise<CommandDecision> {
  const { root, context, policy, repository, requesterOf } = session;
  const { entries, commands } = readLog(root, context.env);
  const { reading, requester, origin } = asked;
  const named = pendingNamedBy(reading, commands.pending);
  const rechecks: Record<string, Recheck> = await recheckPending(repository, requesterOf, policy, named);
  const situation = await readSituation(root, context.env, entries);
  return decideCommand({
    command: reading,
    requester,
    origin,
    situation,
    pending: commands.pending,
    rechecks,
    makers: await makersFor(session, reading, situation),
    policy,
    at: context.now().toISOString(),
  });
}

/** Who made what a review afterwards is about, from every pull request that holds the commit; asked for nothing else. */
async function makersFor(
  { repository, root, token, context: { env, signal } }: CommandSession,
  reading: CommandReading,
  { debts }: CommandSituation,
): Promise<Record<string, Makers>> {
  if (!reading.ok || reading.command.name !== 'break-glass-close') return {};
  const { digest } = reading.command;
  const commits = new Set(debts.filter((debt) => isNamedBy(digest, debt.digest)).map(({ commit }) => commit));
  const { gatherPullEvidence } = await import('../gather/gather-pull-evidence.ts');
  const { pullsOf } = await import('../gather/github-evidence.ts');
  const fetching = { repository: root, token, env, signal };
  const makers: Record<string, Makers> = {};
  for (const commit of commits) {
    const evidence: ApprovalEvidence[] = [];
    for (const { number } of await pullsOf(repository, commit)) {
      evidence.push(await gatherPullEvidence(repository, number, { fetching }));
    }
    // Without a pull request nobody says who pushed it, and so nobody is told apart from them.
    if (evidence.length > 0) makers[commit] = makersOfAll(evidence);
  }
  return makers;
}

function pendingNamedBy(reading: CommandReading, pending: readonly PendingCommand[]): PendingCommand[] {
  if (!reading.ok || reading.command.name !== 'confirm') return [];
  const { digest } = reading.command;
  return pending.filter((asked) => isNamedBy(digest, asked.digest));
}

/** Carries a decision out, with the audit log before and after. */
export async function carryOut(
  session: CommandSession,
  decision: CommandDecision,
  onBegun: () => Promise<void>,
): Promise<CarriedOut> {
  const { root, context, policy } = session;
  const { entries } = readLog(root, context.env);
  const situation = await readSituation(root, context.env, entries);
  return await carryOutCommand(decision, {
    repository: root,
    policy,
    situation,
    context,
    onBegun,
    deploy: (wanted) => deployAgain(session, decision, wanted),
  });
}

/** A retry asks for its approval anew, where approvals are given. */
async function deployAgain(
  { repository, root, token, context }: CommandSession,
  { requester }: CommandDecision,
  { service, environment, commit }: { service: string; environment: string; commit: string },
): Promise<CommandResult> {
  const { startDeployment } = await import('../../deployer/start-deployment.ts');
  const { gitHubEvidence } = await import('../gather/github-evidence.ts');
  const { env, signal } = context;
  const fetching = { repository: root, token, env, signal };
  return await startDeployment({
    repository: root,
    service,
    environment,
    base: undefined,
    head: commit,
    source: gitHubEvidence(repository, commit, { fetching }),
    actor: { id: requester?.id ?? null, login: requester?.login ?? 'nobody' },
    context,
  });
}
