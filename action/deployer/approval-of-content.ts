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
import { describeDifference, explainCommit } from './explain-commit.ts';

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
  do {
    const step = await explainStep(input, source, at, outcomes);
    if (!step.ok) return refused(outcomes, step.decision, step.reasonCode, step.message);
    at = step.base;
  } while (at !== null && unexplained.has(at));
  const [newest] = outcomes;
  if (newest === undefined) throw new Error('a step was explained by no pull request');
  const approvers = [...new Set(outcomes.flatMap(({ outcome }) => outcome.approvers))];
  return { decision: newest.outcome, approvers, commit: newest.outcome.headCommit, outcomes };
}

type Step =
  | { ok: true; base: string | null }
  | { ok: false; decision: ApprovalDecision['decision']; reasonCode: string; message: string };

/** The first of the pull requests behind a commit that is approved and explains it. */
async function explainStep(
  { repository, policy, deployedCommit, at: now }: ContentToJudge,
  source: ApprovalSource,
  commit: string,
  outcomes: ApprovalOfContent['outcomes'],
): Promise<Step> {
  const gathered = await gatherFor(source, commit);
  let refusal: Step | null = null;
  for (const evidence of gathered) {
    const pull = evidence.pull_request;
    const outcome = decideApproval(evidence, policy, now.toISOString());
    const isOther = commit !== deployedCommit;
    const told = isOther ? `pull request #${pull.number} is deployed along: ` : '';
    if (outcome.decision !== 'approved') {
      outcomes.push({ pull: pull.number, outcome });
      const { decision, reasonCode, message } = outcome;
      refusal ??= { ok: false, decision, reasonCode, message: `${told}${message}` };
      continue;
    }
    const explanation = await explainCommit(repository, commit, {
      headCommit: pull.head_sha,
      commits: new Set(pull.commits.map(({ sha }) => sha)),
    });
    if (explanation.ok) {
      outcomes.push({ pull: pull.number, outcome });
      return explanation;
    }
    const where = explanation.difference === '' ? '' : ` (they differ in ${explanation.difference})`;
    refusal ??= driftOf(`${told}${explanation.message}${where}`);
  }
  return refusal ?? (await nobodyExplains(repository, commit, deployedCommit));
}

async function nobodyExplains(repository: string, commit: string, deployed: string): Promise<Step> {
  const difference = await describeDifference(repository, await firstParent(repository, commit), commit);
  const changed = difference === '' ? 'it changes nothing' : `it changes ${difference}`;
  const name = commit.slice(0, 12);
  return commit === deployed
    ? {
        ok: false,
        decision: 'pending',
        reasonCode: 'evidence-missing',
        message: `no approval is known: no merged pull request brought ${name}, so nobody has approved it (${changed}); bring it as a pull request`,
      }
    : driftOf(
        `${name} is deployed along and no approved pull request explains it (${changed}); have it approved, or deploy what stands before it first`,
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
      `git cannot say what lies between ${stableCommit.slice(0, 12)}, which is stable, and ${deployedCommit.slice(0, 12)}`,
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
