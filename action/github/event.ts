/**
 * The event that started the workflow. A trust boundary: the file is written by GitHub, and much of what it holds (titles,
 * branch names, comments) was typed by strangers. Only what is used is read, and only when it has the shape that is
 * expected. An event says where to look and never what is so: whoever acts on it reads everything anew.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { inputFailure } from '../../stacks/failure.ts';
import { payloadSchemas, type Payloads } from './event-payloads.ts';

/** Of every event. `owner` and `repository` are GitHub's names of where the workflow runs, `commit` is GITHUB_SHA. */
interface Common {
  owner: string;
  repository: string;
  commit: string;
}

/** What the run is about. */
export type WorkflowEvent = Common &
  (
    | { name: 'pull_request'; pull: EventPull }
    | { name: 'pull_request_review'; pull: EventPull }
    | { name: 'pull_request_target'; pull: { number: number } }
    | { name: 'merge_group'; group: EventGroup }
    /** `isOnPull` false: an issue that is no pull request. */
    | { name: 'issue_comment'; number: number; isOnPull: boolean; commentId: number }
    | { name: 'workflow_run'; ofEvent: string; headCommit: string; source: EventSource | null }
    | { name: 'push' }
    | { name: 'workflow_dispatch'; inputs: Readonly<Record<string, string>>; sender: EventAccount }
    | { name: 'schedule' }
  );

export type EventName = WorkflowEvent['name'];

export interface EventPull {
  number: number;
  baseCommit: string;
  headCommit: string;
  /** The head lies in another repository: its token can only read. */
  isFork: boolean;
  /** What GitHub checked out: the merge of head into base, where that was possible. */
  mergeCommit: string;
}

/** What a merge queue is about to merge. Branches are without `refs/heads/`. */
export interface EventGroup {
  baseCommit: string;
  headCommit: string;
  headBranch: string;
}

/** The branch that a workflow ran for; it may lie in a fork. */
export interface EventSource {
  owner: string;
  branch: string;
}

export interface EventAccount {
  id: number;
  login: string;
  type: string;
}

/** Reads GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_REPOSITORY and GITHUB_SHA. Fails with one sentence. */
export function readEvent(env: Readonly<Record<string, string | undefined>>): WorkflowEvent {
  const [owner = '', repository = '', ...rest] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  if (owner === '' || repository === '' || rest.length > 0) {
    throw inputFailure(
      'event-invalid',
      'GITHUB_REPOSITORY is not owner/name; run this as a step of a GitHub workflow',
    );
  }
  const commit = env['GITHUB_SHA'] ?? '';
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw inputFailure(
      'event-invalid',
      'GITHUB_SHA is not a commit; run this as a step of a GitHub workflow',
    );
  }
  const common = { owner, repository, commit };
  const name = env['GITHUB_EVENT_NAME'] ?? '';
  const path = env['GITHUB_EVENT_PATH'] ?? '';
  switch (name) {
    case 'push':
    case 'schedule':
      return { name, ...common };
    case 'pull_request':
    case 'pull_request_review':
      return { name, ...common, pull: pullOf(readPayload(name, path), commit) };
    case 'pull_request_target':
      return { name, ...common, pull: { number: readPayload(name, path).pull_request.number } };
    case 'merge_group':
      return { name, ...common, group: groupOf(readPayload(name, path)) };
    case 'issue_comment': {
      const { issue, comment } = readPayload(name, path);
      const isOnPull = issue.pull_request !== undefined && issue.pull_request !== null;
      return { name, ...common, number: issue.number, isOnPull, commentId: comment.id };
    }
    case 'workflow_run':
      return { name, ...common, ...runOf(readPayload(name, path)) };
    case 'workflow_dispatch': {
      const { inputs, sender } = readPayload(name, path);
      return { name, ...common, inputs: textsOf(inputs ?? {}), sender };
    }
    default:
      throw inputFailure(
        'event-unsupported',
        `the event ${JSON.stringify(name)} is not one that this Action acts on; use it in the workflows that \`evenkeel init\` writes`,
      );
  }
}

function pullOf({ pull_request: pull, repository }: Payloads['pull_request'], commit: string): EventPull {
  return {
    number: pull.number,
    baseCommit: pull.base.sha,
    headCommit: pull.head.sha,
    isFork: pull.head.repo?.id !== repository.id,
    mergeCommit: commit,
  };
}

function groupOf({ merge_group: group }: Payloads['merge_group']): EventGroup {
  return {
    baseCommit: group.base_sha,
    headCommit: group.head_sha,
    headBranch: group.head_ref.replace(/^refs\/heads\//, ''),
  };
}

function runOf({ workflow_run: run }: Payloads['workflow_run']): {
  ofEvent: string;
  headCommit: string;
  source: EventSource | null;
} {
  const owner = run.head_repository?.owner.login;
  const source = owner === undefined || run.head_branch === null ? null : { owner, branch: run.head_branch };
  return { ofEvent: run.event, headCommit: run.head_sha, source };
}

/** GitHub sends numbers and flags of a dispatch as what they are; everything that reads them reads text. */
function textsOf(inputs: Record<string, string | number | boolean | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([key, value]) => {
      return value === null || value === '' ? [] : [[key, String(value)]];
    }),
  );
}

function readPayload<Name extends keyof Payloads>(name: Name, path: string): Payloads[Name] {
  const payload = readJson(path);
  // Compiled where it is used: a push does not wait for it.
  const isPayload = new Ajv({ allowUnionTypes: true }).compile<Payloads[Name]>(payloadSchemas[name]);
  if (isPayload(payload)) return payload;
  const error = isPayload.errors?.[0];
  throw inputFailure(
    'event-invalid',
    `GITHUB_EVENT_PATH is not a ${name} event: at ${error?.instancePath ?? ''} it ${error?.message ?? 'has another shape'}; run this as a step of a GitHub workflow`,
  );
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw inputFailure(
      'event-invalid',
      `the event file ${JSON.stringify(path)} (GITHUB_EVENT_PATH) cannot be read as JSON; run this as a step of a GitHub workflow`,
    );
  }
}
