/** The part of each event's payload that is read, as a type and as the schema that it is checked with. */

interface PullRequestPayload {
  pull_request: {
    number: number;
    base: { sha: string };
    head: { sha: string; repo: { id: number } | null };
  };
  repository: { id: number };
}

export interface Payloads {
  pull_request: PullRequestPayload;
  pull_request_review: PullRequestPayload;
  pull_request_target: { pull_request: { number: number } };
  merge_group: { merge_group: { base_sha: string; head_sha: string; head_ref: string } };
  issue_comment: { issue: { number: number; pull_request?: object | null }; comment: { id: number } };
  workflow_run: {
    workflow_run: {
      event: string;
      head_sha: string;
      head_branch: string | null;
      head_repository?: { owner: { login: string } } | null;
    };
  };
  workflow_dispatch: {
    inputs?: Record<string, string | number | boolean | null> | null;
    sender: { id: number; login: string; type: string };
  };
}

const text = { type: 'string', minLength: 1 } as const;
const sha = { type: 'string', pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' } as const;
const id = { type: 'integer', minimum: 1 } as const;
const withId = object({ id: { type: 'integer' } });
const branch = { type: 'string', minLength: 1, maxLength: 1024 } as const;

const pullRequest = object({
  repository: withId,
  pull_request: object({
    number: id,
    base: object({ sha }),
    head: object({ sha, repo: { ...withId, nullable: true } }),
  }),
});

export const payloadSchemas: Record<keyof Payloads, object> = {
  pull_request: pullRequest,
  pull_request_review: pullRequest,
  pull_request_target: object({ pull_request: object({ number: id }) }),
  merge_group: object({ merge_group: object({ base_sha: sha, head_sha: sha, head_ref: branch }) }),
  issue_comment: object({
    issue: {
      ...object({ number: id }),
      properties: { number: id, pull_request: { type: 'object', nullable: true } },
    },
    comment: object({ id }),
  }),
  workflow_run: object({
    workflow_run: {
      type: 'object',
      required: ['event', 'head_sha', 'head_branch'],
      properties: {
        event: text,
        head_sha: sha,
        head_branch: { ...branch, nullable: true },
        head_repository: { ...object({ owner: object({ login: text }) }), nullable: true },
      },
    },
  }),
  workflow_dispatch: {
    type: 'object',
    required: ['sender'],
    properties: {
      sender: object({ id, login: text, type: text }),
      inputs: {
        type: 'object',
        nullable: true,
        additionalProperties: { type: ['string', 'number', 'boolean'], nullable: true },
      },
    },
  },
};

/** An object that has all of these; other keys are GitHub's, and are not read. */
function object(properties: Record<string, object>): {
  type: 'object';
  required: string[];
  properties: object;
} {
  return { type: 'object', required: Object.keys(properties), properties };
}
