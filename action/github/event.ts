/**
 * The event that started the workflow. A trust boundary: the file is written by GitHub, and much of what it holds (titles,
 * branch names) was typed by strangers. Only what is used is read, and only when it has the shape that is expected.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { inputFailure } from '../../stacks/failure.ts';

/** What the run is about. `owner` and `repository` are GitHub's names of where the workflow runs. */
export type WorkflowEvent =
  | { name: 'pull_request'; owner: string; repository: string; pull: EventPull }
  | { name: 'push'; owner: string; repository: string; commit: string }
  | { name: 'workflow_dispatch'; owner: string; repository: string; commit: string };

export interface EventPull {
  number: number;
  baseCommit: string;
  headCommit: string;
  /** The head lies in another repository: its token can only read. */
  isFork: boolean;
  /** What GitHub checked out: the merge of head into base, where that was possible. */
  mergeCommit: string;
}

interface PullRequestPayload {
  pull_request: {
    number: number;
    base: { sha: string };
    head: { sha: string; repo: { id: number } | null };
  };
  repository: { id: number };
}

const sha = { type: 'string', pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' } as const;
const withId = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } } as const;

const pullRequestSchema = {
  type: 'object',
  required: ['pull_request', 'repository'],
  properties: {
    repository: withId,
    pull_request: {
      type: 'object',
      required: ['number', 'base', 'head'],
      properties: {
        number: { type: 'integer', minimum: 1 },
        base: { type: 'object', required: ['sha'], properties: { sha } },
        head: {
          type: 'object',
          required: ['sha', 'repo'],
          properties: { sha, repo: { ...withId, nullable: true } },
        },
      },
    },
  },
};

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
  if (!new RegExp(sha.pattern).test(commit)) {
    throw inputFailure(
      'event-invalid',
      'GITHUB_SHA is not a commit; run this as a step of a GitHub workflow',
    );
  }
  const name = env['GITHUB_EVENT_NAME'] ?? '';
  if (name === 'push' || name === 'workflow_dispatch') return { name, owner, repository, commit };
  if (name !== 'pull_request') {
    throw inputFailure(
      'event-unsupported',
      `the event ${JSON.stringify(name)} is not one that this Action acts on; use it on pull_request, push or workflow_dispatch`,
    );
  }
  const payload = readPayload(env['GITHUB_EVENT_PATH'] ?? '');
  // Compiled where it is used: a push does not wait for it.
  const isPullRequestPayload = new Ajv().compile<PullRequestPayload>(pullRequestSchema);
  if (!isPullRequestPayload(payload)) {
    const error = isPullRequestPayload.errors?.[0];
    throw inputFailure(
      'event-invalid',
      `GITHUB_EVENT_PATH is not a pull_request event: at ${error?.instancePath ?? ''} it ${error?.message ?? 'has another shape'}; run this as a step of a GitHub workflow`,
    );
  }
  const { pull_request: pull, repository: here } = payload;
  return {
    name,
    owner,
    repository,
    pull: {
      number: pull.number,
      baseCommit: pull.base.sha,
      headCommit: pull.head.sha,
      isFork: pull.head.repo?.id !== here.id,
      mergeCommit: commit,
    },
  };
}

function readPayload(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw inputFailure(
      'event-invalid',
      `the event file ${JSON.stringify(path)} (GITHUB_EVENT_PATH) cannot be read as JSON; run this as a step of a GitHub workflow`,
    );
  }
}
