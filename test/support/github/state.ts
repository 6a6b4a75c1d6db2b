/** What a GitHub knows: one organisation, one repository with its forks, people, and what they did. Plain data, so that it can be copied. */
import type { OperationId } from './description/operations.ts';

export type RoleName = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface Account {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
  emails: string[];
  /** The address that the profile shows; most show none. */
  publicEmail?: string;
  isSuspended: boolean;
}

export interface Team {
  id: number;
  slug: string;
  members: number[];
  /** Invited, and not yet members. */
  pending: number[];
  /** What the team may do in the repository. */
  role: RoleName;
  isSecret: boolean;
}

export interface Branch {
  /** The owner's login of the repository it lies in. */
  owner: string;
  name: string;
}

export interface Pull {
  id: number;
  number: number;
  /** Null once the account was deleted. */
  by: number | null;
  title: string;
  body: string;
  isDraft: boolean;
  state: 'open' | 'closed';
  base: string;
  /** The tip of the base when it was last looked at. */
  baseCommit: string;
  head: Branch;
  headCommit: string;
  /** The fork is gone. */
  isHeadDeleted: boolean;
  /** "Allow edits by maintainers", of a fork. */
  mayMaintainersPush?: boolean;
  /** A merge of head into base; null where they conflict. */
  testMerge: string | null;
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  merged: { at: string; by: number; commit: string } | null;
}

export interface Issue {
  id: number;
  number: number;
  by: number | null;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export interface Comment {
  id: number;
  issue: number;
  /** Null once the account was deleted. */
  by: number | null;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';

export interface Review {
  id: number;
  pull: number;
  by: number | null;
  state: ReviewState;
  body: string;
  commit: string;
  at: string;
}

export interface Reaction {
  id: number;
  comment: number;
  by: number;
  content: string;
  at: string;
}

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column: number | null;
  end_column: number | null;
  annotation_level: string;
  title: string | null;
  message: string;
  raw_details: string | null;
}

export interface CheckRun {
  id: number;
  name: string;
  head_sha: string;
  external_id: string;
  details_url: string | null;
  status: string;
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: Annotation[];
  /** The GitHub App that made it. */
  app: string;
}

export interface CommitStatus {
  id: number;
  sha: string;
  state: string;
  context: string;
  description: string | null;
  target_url: string | null;
  by: number;
  at: string;
}

export interface DeploymentStatus {
  id: number;
  state: string;
  description: string;
  environment: string;
  log_url: string;
  environment_url: string;
  by: number;
  at: string;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: unknown;
  isTransient: boolean;
  isProduction: boolean;
  by: number;
  at: string;
  updatedAt: string;
  statuses: DeploymentStatus[];
}

export interface Activity {
  id: number;
  owner: string;
  before: string;
  after: string;
  ref: string;
  at: string;
  type: 'push' | 'force_push' | 'branch_deletion' | 'branch_creation' | 'pr_merge' | 'merge_queue_merge';
  by: number | null;
}

export interface TimelineEvent {
  id: number;
  issue: number;
  event: string;
  by: number | null;
  at: string;
  label?: string;
  rename?: { from: string; to: string };
}

export interface WorkflowRun {
  id: number;
  name: string;
  path: string;
  event: string;
  headBranch: string;
  headCommit: string;
  status: string;
  conclusion: string | null;
  attempt: number;
  by: number;
  at: string;
}

/** What the token of a request may do, and whose it is. */
export interface Token {
  kind: 'workflow' | 'app' | 'person';
  by: number;
  permissions: Readonly<Record<string, 'read' | 'write'>>;
}

/** What happens to the next matching requests instead of an answer. */
export interface Fault {
  operation?: OperationId;
  method?: string;
  path?: RegExp;
  /** Without one the connection is cut. */
  status?: number;
  headers?: Record<string, string>;
  message?: string;
  /** It took effect all the same, and only the answer was lost. */
  isDone?: boolean;
  /** How often; once without it. */
  times?: number;
  /** Requests that are let through before. */
  after?: number;
  /** The answer waits for this and is then given as usual, unless there is a status. */
  until?: Promise<unknown>;
}

export interface State {
  organisation: string;
  repository: string;
  isPrivate: boolean;
  defaultBranch: string;
  /** Owners of forks. */
  forks: string[];
  accounts: Account[];
  roles: Map<number, RoleName>;
  teams: Team[];
  pulls: Pull[];
  issues: Issue[];
  comments: Comment[];
  reviews: Review[];
  reactions: Reaction[];
  checkRuns: CheckRun[];
  statuses: CommitStatus[];
  deployments: Deployment[];
  activities: Activity[];
  timeline: TimelineEvent[];
  runs: WorkflowRun[];
  labels: string[];
  /** Commits with a signature that GitHub could verify. */
  verified: Set<string>;
  lastId: number;
  lastNumber: number;
}

export const botAccount: Account = {
  id: 41898282,
  login: 'github-actions[bot]',
  type: 'Bot',
  emails: ['41898282+github-actions[bot]@users.noreply.github.com'],
  isSuspended: false,
};

/** GitHub's own account, which is the committer of what is merged or edited on the web. */
export const webFlow: Account = {
  id: 19864447,
  login: 'web-flow',
  type: 'User',
  emails: ['noreply@github.com'],
  isSuspended: false,
};

/** Who GitHub names where a pull request's own account was deleted; elsewhere it names nobody. */
export const ghost: Account = { id: 10137, login: 'ghost', type: 'User', emails: [], isSuspended: false };

export function newState(organisation: string, repository: string): State {
  const owner: Account = { id: 1, login: organisation, type: 'Organization', emails: [], isSuspended: false };
  return {
    organisation,
    repository,
    isPrivate: false,
    defaultBranch: 'main',
    forks: [],
    accounts: [owner, botAccount, webFlow, ghost],
    roles: new Map(),
    teams: [],
    pulls: [],
    issues: [],
    comments: [],
    reviews: [],
    reactions: [],
    checkRuns: [],
    statuses: [],
    deployments: [],
    activities: [],
    timeline: [],
    runs: [],
    labels: [],
    verified: new Set(),
    lastId: 1000,
    lastNumber: 0,
  };
}

/** The next id of anything. */
export function nextId(state: State): number {
  return ++state.lastId;
}

/** Logins are compared without case, as GitHub does. */
export function accountNamed(state: State, login: string): Account | undefined {
  return state.accounts.find((account) => account.login.toLowerCase() === login.toLowerCase());
}

export function accountOf(state: State, id: number | null): Account | null {
  return state.accounts.find((account) => account.id === id) ?? null;
}
