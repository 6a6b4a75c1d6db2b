/**
 * Gathers from GitHub and from git what an approval is decided on. A trust boundary: nothing here decides, and nothing is
 * guessed. Every word is read at this moment; what an event told is never used. What nobody says stays visibly
 * unknown (null, a `_truncated` flag, an account without a role), and the pure decision then blocks. Times and pushes
 * are the server's; files, parents and merges are git's, which counts without end and cannot be talked into anything.
 */
import { setTimeout } from 'node:timers/promises';
import { policyPaths } from '../../../analyzers/claim.ts';
import type { ApprovalPolicy } from '../../../policies/approval/approval-policy.ts';
import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../../policies/approval/evidence.ts';
import { foreignChecks } from '../../../policies/approval/own-check.ts';
import { readApprovalPolicy } from '../../../policies/policy-file/read-approval-policy.ts';
import { effectFailure } from '../../../stacks/failure.ts';
import {
  findCleanMerges,
  readRangeCommits,
  readRangeFiles,
  type RangeCommit,
  type RangeFile,
} from '../../repository/read-range.ts';
import type { FetchRequest } from '../fetch-pull.ts';
import type { Repository } from '../octokit.ts';
import { openAccounts, toAccount, type Accounts } from './accounts.ts';
import { findCoAuthors } from './find-co-authors.ts';
import { findEnds, type PullEnds } from './find-ends.ts';
import { readBaseRules } from './read-base.ts';
import { readCheckRuns, readChecks } from './read-checks.ts';
import { readTeams, readUsers, teamsInQuestion } from './read-directory.ts';
import { readPull, type PullData, type PullLists } from './read-pull.ts';
import { readPushes, type Pushes } from './read-pushes.ts';

export interface GatherOptions {
  /** The clone that git is asked in, and how it may fetch what is missing. */
  fetching: FetchRequest;
  /** What will decide, to ask for what it needs and no more; left out: the base's own. */
  policy?: ApprovalPolicy | null;
  /** The pull request as it was just read, which spares a call; read again where the lists say otherwise. */
  pull?: PullData;
  /** Between two readings of what GitHub shows late; a test gives its own. */
  wait?: (milliseconds: number) => Promise<void>;
}

const maxReadings = 3;
const pauseMs = 1000;

/** The evidence for one pull request, open or merged. Throws a `Failure` when it cannot be read. */
export async function gatherPullEvidence(
  repository: Repository,
  number: number,
  options: GatherOptions,
): Promise<ApprovalEvidence> {
  const wait = options.wait ?? ((milliseconds) => setTimeout(milliseconds));
  for (let reading = 1; reading <= maxReadings; reading += 1) {
    const lists = await readPull(repository, number, wait, reading === 1 ? options.pull : undefined);
    const ends = await findEnds(lists, options.fetching);
    if (ends !== null) return await gatherBetween(repository, lists, ends, options, wait);
    await wait(reading * pauseMs);
  }
  throw effectFailure(
    'github-changing',
    `the head of pull request #${number} is another in git than in the API each time it is read; run the job again`,
    true,
  );
}

async function gatherBetween(
  repository: Repository,
  lists: PullLists,
  ends: PullEnds,
  options: GatherOptions,
  wait: (milliseconds: number) => Promise<void>,
): Promise<ApprovalEvidence> {
  const { pull } = lists;
  const directory = options.fetching.repository;
  const [range, files, rules] = await Promise.all([
    readRangeCommits(directory, ends.base, ends.head),
    readRangeFiles(directory, ends.base, ends.head),
    readBaseRules(directory, ends.base),
  ]);
  const policy = options.policy === undefined ? policyOf(rules.policy) : options.policy;
  const paths = files.flatMap(({ path, previousPath }) => [
    path,
    ...(previousPath === null ? [] : [previousPath]),
  ]);
  const accounts = openAccounts();
  const author = accounts.remember(pull.user);
  const opinionated = opinionsIn(lists, accounts);
  const approvers = accounts.all().filter(({ id }) => opinionated.has(id));
  const teams = teamsInQuestion(repository.owner, policy, rules.codeOwners ?? [], paths);
  const [pushes, coAuthors, cleanMerges, known, checks] = await Promise.all([
    readPushes(repository, lists, graphOf(lists, range), wait),
    findCoAuthors(repository, lists.commits, accounts),
    findCleanMerges(directory, range),
    readTeams(
      repository,
      teams,
      approvers.map(({ login }) => login),
    ),
    checksOf(repository, pull.head.sha, policy),
  ]);
  const commits = commitsOf(lists, coAuthors, pushes, cleanMerges, accounts);
  const events = eventsOf(lists, pushes, accounts);
  return {
    ...(rules.policy === undefined ? {} : { policy: rules.policy }),
    directory: { users: await readUsers(repository, accounts, opinionated), ...known },
    pull_request: {
      number: pull.number,
      author,
      title: pull.title,
      state: pull.merged ? 'merged' : pull.state,
      labels: pull.labels.map(({ name }) => name),
      draft: pull.draft ?? false,
      base_ref: pull.base.ref,
      base_changed_at: lists.baseChangedAt,
      head_sha: pull.head.sha,
      commits,
      changed_files: files.map(toChangedFile),
      files_truncated: false,
      commits_truncated: lists.isCommitsCut || !isWhole(commits, range),
      ...(rules.codeOwners === undefined ? {} : { codeowners_base: rules.codeOwners }),
      policy_changed_in_pr: paths.some((path) => policyPaths.includes(path)),
    },
    events,
    ...(checks === undefined ? {} : { checks }),
  };
}

/** By commit its parents, of all that either GitHub or git counts in. */
function graphOf({ commits }: PullLists, range: readonly RangeCommit[]): RangeCommit[] {
  const known = new Set(range.map(({ sha }) => sha));
  const listed = commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) }));
  return [...range, ...listed.filter(({ sha }) => !known.has(sha))];
}

function policyOf(raw: unknown): ApprovalPolicy | null {
  const reading = readApprovalPolicy(raw);
  return reading.ok ? reading.policy : null;
}

/** Git counts without end: a commit that the base does not hold and that GitHub did not list has an unknown author. */
function isWhole(commits: readonly Commit[], range: readonly RangeCommit[]): boolean {
  const listed = new Set(commits.map(({ sha }) => sha));
  return range.every(({ sha }) => listed.has(sha));
}

/** Those whose role matters: who approved, who asked for changes, who may have approved in a comment. */
function opinionsIn({ reviews, comments }: PullLists, accounts: Accounts): Set<number> {
  const opinions = reviews.filter(({ state }) => state === 'APPROVED' || state === 'CHANGES_REQUESTED');
  const ids = new Set<number>();
  for (const user of [
    ...opinions.map(({ user }) => user),
    ...comments.filter(({ body }) => /\/evenkeel\s+approve\b/.test(body)).map(({ author }) => author),
  ]) {
    accounts.remember(user);
    const account = toAccount(user);
    if (account !== null) ids.add(account.id);
  }
  return ids;
}

function isCommand(body: string): boolean {
  return body.includes('/evenkeel');
}

async function checksOf(repository: Repository, head: string, policy: ApprovalPolicy | null) {
  const required = foreignChecks(policy);
  if (required.length === 0) return undefined;
  return await readChecks(repository, head, await readCheckRuns(repository, head), required);
}

function commitsOf(
  { commits }: PullLists,
  coAuthors: readonly (string | null)[][],
  { pusherOf }: Pushes,
  cleanMerges: ReadonlySet<string>,
  accounts: Accounts,
): Commit[] {
  return commits.map((entry, index): Commit => {
    const { verification } = entry.commit;
    const isVerified = verification?.verified === true;
    const push = pusherOf.get(entry.sha);
    return {
      sha: entry.sha,
      author: accounts.remember(entry.author),
      committer: accounts.remember(entry.committer),
      co_authors: coAuthors[index] ?? [],
      pushed_by: accounts.remember(push?.by),
      pushed_at: push == null || push.at === '' ? null : push.at,
      parents: entry.parents.map(({ sha }) => sha),
      verified: isVerified,
      // Only GitHub's own signature proves that GitHub made the commit; the name alone can be written by anybody.
      via_web: isVerified && toAccount(entry.committer)?.login === 'web-flow',
      clean_merge: cleanMerges.has(entry.sha),
    };
  });
}

/** By the server's times. Where two are the same, a push comes after what it may void. */
function eventsOf({ reviews, comments }: PullLists, { pushes }: Pushes, accounts: Accounts): EvidenceEvent[] {
  const events: EvidenceEvent[] = [
    ...reviews
      .filter(({ state }) => state !== 'PENDING')
      .map(({ user, state, commit_id, submitted_at }) => ({
        type: 'review' as const,
        by: accounts.remember(user),
        state,
        commit_id,
        at: submitted_at ?? '',
      })),
    ...comments
      .filter(({ body }) => isCommand(body))
      .map(({ id, author, body, createdAt, updatedAt }) => ({
        type: 'comment' as const,
        id,
        by: accounts.remember(author),
        body,
        at: createdAt,
        ...(updatedAt === createdAt ? {} : { edited_at: updatedAt }),
      })),
    ...pushes.map(({ head, at, by }) => ({ type: 'push' as const, head, at, by: accounts.remember(by) })),
  ];
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function toChangedFile({ path, previousPath, status, lines }: RangeFile) {
  return { path, previous_path: previousPath, status, ...(lines === null ? {} : { lines }) };
}
