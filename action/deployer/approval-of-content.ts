import type { ApprovalPolicy } from '../../policies/approval/approval-policy.ts';
import {
  decideApproval,
  type ApprovalDecision,
  type ApprovalOutcome,
} from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { readGit } from '../repository/run-git.ts';
import type { ApprovalSource } from './approval-source.ts';
import { describeDifference, explainCommit, type Explanation } from './explain-commit.ts';

/** The approval question answered for exactly the content that is about to be deployed. */
export interface ApprovalOfContent {
  decision: ApprovalDecision;
  /** Everyone whose approval of some part of it counts. */
  approvers: string[];
  /** The approved head of the newest part; empty while nobody has approved everything. */
  commit: string;
  /** The pull requests that were looked at, the newest first, each as it was decided. */
  outcomes: { pull: number; outcome: ApprovalOutcome }[];
}

export interface ContentToJudge {
  repository: string;
  policy: ApprovalPolicy | null;
  /** Null: there are no reviews to look at. */
  source: ApprovalSource | null;
  /** What runs now, or what the base of a merge queue holds: everything after it has to be approved. Null: unknown. */
  stableCommit: string | null;
  deployedCommit: string;
  at: Date;
  /** What two people stand in for: it is told, and whatever is deployed along is looked at all the same. */
  mayPass?(decision: ApprovalDecision): boolean;
}

/**
 * Decides whether peers approved what is deployed: from the deployed commit back along first parents to what is stable,
 * every step has to be explained by a pull request that is approved and gives exactly this content when it is merged
 * again (`explainCommit`). The evidence says who approved which commit; everything else is worked out from git here.
 * Without a stable commit, or when it already holds the deployed one, the newest step is looked at.
 */
export async function judgeContent(input: ContentToJudge): Promise<ApprovalOfContent> {
  const { repository, source, stableCommit, deployedCommit } = input;
  if (source === null)
    return refused(
      [],
      'pending',
      'evidence-missing',
      'no approval is known: nobody has approved this commit yet (give the reviews with --evidence FILE)',
    );
  const unexplained = new Set(await stepsSince(repository, stableCommit, deployedCommit));
  const outcomes: ApprovalOfContent['outcomes'] = [];
  let at: string | null = deployedCommit;
  let passed: Refusal | null = null;
  do {
    const step = await explainStep(input, source, at, outcomes);
    if (!step.ok) {
      if (input.mayPass?.(step) !== true)
        return refused(outcomes, step.decision, step.reasonCode, step.message);
      passed ??= step;
    }
    at = step.ok ? step.base : await firstParent(repository, at);
  } while (at !== null && unexplained.has(at));
  if (passed !== null) return refused(outcomes, passed.decision, passed.reasonCode, passed.message);
  const [newest] = outcomes;
  if (newest === undefined) throw new Error('a step was explained by no pull request');
  const approvers = [...new Set(outcomes.flatMap(({ outcome }) => outcome.approvers))];
  return { decision: newest.outcome, approvers, commit: newest.outcome.headCommit, outcomes };
}

type Refusal = ApprovalDecision & { ok: false };
type Step = { ok: true; base: string | null } | Refusal;

/**
 * The first of the pull requests behind a commit that is approved and explains it. What does not explain it is not asked
 * for its approval where another does: it is about something else.
 */
async function explainStep(
  { repository, policy, deployedCommit, at: now }: ContentToJudge,
  source: ApprovalSource,
  commit: string,
  outcomes: ApprovalOfContent['outcomes'],
): Promise<Step> {
  const told = (message: string, number: number): string =>
    commit === deployedCommit ? message : `pull request #${number} is deployed along: ${message}`;
  const candidates = await candidatesFor(repository, source, commit);
  // Of several that do not explain it none can be called the one that should have.
  if (candidates.length > 1 && !candidates.some(({ explanation }) => explanation.ok))
    return await nobodyExplains(repository, commit, commit === deployedCommit ? candidates.length : null);
  let refusal: Step | null = null;
  for (const { evidence, explanation } of candidates) {
    const { number } = evidence.pull_request;
    const outcome = decideApproval(evidence, policy, now.toISOString());
    if (outcome.decision !== 'approved') {
      outcomes.push({ pull: number, outcome });
      const { decision, reasonCode, message } = outcome;
      refusal ??= { ok: false, decision, reasonCode, message: told(message, number) };
    } else if (explanation.ok) {
      outcomes.push({ pull: number, outcome });
      return explanation;
    } else {
      const where = explanation.difference === '' ? '' : ` (they differ in ${explanation.difference})`;
      refusal ??= driftOf(told(`${explanation.message}${where}`, number));
    }
  }
  return refusal ?? (await nobodyExplains(repository, commit, commit === deployedCommit ? 0 : null));
}

interface Candidate {
  evidence: ApprovalEvidence;
  explanation: Explanation;
}

async function candidatesFor(
  repository: string,
  source: ApprovalSource,
  commit: string,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const evidence of await gatherFor(source, commit)) {
    const { head_sha: headCommit, commits } = evidence.pull_request;
    const approved = { headCommit, commits: new Set(commits.map(({ sha }) => sha)) };
    candidates.push({ evidence, explanation: await explainCommit(repository, commit, approved) });
  }
  const explaining = candidates.filter(({ explanation }) => explanation.ok);
  return explaining.length > 0 ? explaining : candidates;
}

/** `lookedAt`: how many pull requests of the deployed commit itself were; null for a commit that is deployed along. */
async function nobodyExplains(repository: string, commit: string, lookedAt: number | null): Promise<Step> {
  const difference = await describeDifference(repository, await firstParent(repository, commit), commit);
  const changed = difference === '' ? 'it changes nothing' : `it changes ${difference}`;
  const name = commit.slice(0, 12);
  if (lookedAt === 0) {
    const message = `no approval is known: no merged pull request brought ${name}, so nobody has approved it (${changed}); bring it as a pull request`;
    return { ok: false, decision: 'pending', reasonCode: 'evidence-missing', message };
  }
  return lookedAt === null
    ? driftOf(
        `${name} is deployed along and no approved pull request explains it (${changed}); have it approved, or deploy what stands before it first`,
      )
    : driftOf(
        `none of the ${lookedAt} pull requests that are known gives ${name} when it is merged (${changed}); have exactly what is deployed approved`,
      );
}

function driftOf(message: string): Step {
  return { ok: false, decision: 'pending', reasonCode: 'content-drift', message };
}

async function gatherFor(source: ApprovalSource, commit: string): Promise<readonly ApprovalEvidence[]> {
  if (source.gatherFor !== undefined) return await source.gatherFor(commit);
  const evidence = await source.gather();
  return evidence === null ? [] : [evidence];
}

/** The commits along first parents that are deployed and that what is stable does not hold. */
async function stepsSince(
  repository: string,
  stableCommit: string | null,
  deployedCommit: string,
): Promise<string[]> {
  // In a shallow clone every commit at its edge looks like one that holds everything.
  const isShallow = await readGit(repository, ['rev-parse', '--is-shallow-repository']);
  if (isShallow !== 'false')
    throw historyMissing('this clone does not hold the whole history, so what was merged cannot be computed');
  if (stableCommit === null) return [];
  const printed = await readGit(repository, [
    'rev-list',
    '--first-parent',
    deployedCommit,
    `^${stableCommit}`,
    '--',
  ]);
  if (printed === null)
    throw historyMissing(
      `git cannot say what lies between ${stableCommit.slice(0, 12)}, which is stable, and ${deployedCommit.slice(0, 12)}; where the branch was rewritten, fetch that commit by its name`,
    );
  return printed.split('\n').filter((sha) => sha !== '');
}

function historyMissing(what: string): Error {
  const cure = 'fetch all of it (`fetch-depth: 0` with actions/checkout, `git fetch --unshallow` elsewhere)';
  return effectFailure('history-missing', `${what}; ${cure}`, true);
}

async function firstParent(repository: string, commit: string): Promise<string | null> {
  return await readGit(repository, ['rev-parse', '--verify', '--quiet', `${commit}^1`]);
}

function refused(
  outcomes: ApprovalOfContent['outcomes'],
  decision: ApprovalDecision['decision'],
  reasonCode: string,
  message: string,
): ApprovalOfContent {
  return { decision: { decision, reasonCode, message }, approvers: [], commit: '', outcomes };
}
