/** JSON Schema of the evidence: what checks it, and what is published beside this file for whoever writes it. */
const text = { type: 'string' } as const;
const name = { type: 'string', minLength: 1, maxLength: 255 } as const;
const maybeName = { ...name, type: ['string', 'null'] } as const;
const maybeText = { type: ['string', 'null'] } as const;
const flag = { type: 'boolean' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const texts = { type: 'array', items: text } as const;
const time = { type: 'string', description: "The server's time, RFC 3339 with its offset." } as const;
const login = {
  ...maybeName,
  description: 'A login; null when it belongs to no account any more, or to none.',
} as const;
const teams = {
  type: 'object',
  description: 'Logins by organisation/team-slug.',
  additionalProperties: { type: 'array', items: name },
} as const;

const directory = {
  type: 'object',
  description: 'Everybody who is named anywhere here. Logins are compared without case, accounts by id.',
  required: ['users', 'teams'],
  properties: {
    users: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['id', 'type', 'role'],
        properties: {
          id: { type: 'integer', description: "The account's number, which outlives a rename." },
          type: { type: 'string', description: 'User, Bot, Organization or Mannequin.' },
          role: { type: 'string', description: '`role_name` in the repository, or none.' },
          suspended: flag,
        },
      },
    },
    teams,
    pending: { ...teams, description: 'Invited to a team and not yet in it.' },
    unreadable_teams: { ...texts, description: 'Teams whose members may not be read.' },
  },
} as const;

const commit = {
  type: 'object',
  required: ['sha', 'author', 'committer'],
  properties: {
    sha: name,
    author: login,
    committer: login,
    co_authors: { type: 'array', items: login },
    pushed_by: {
      ...login,
      description: 'Null: the server names nobody, which blocks. Left out: the push events say who.',
    },
    pushed_at: maybeText,
    parents: texts,
    verified: { type: 'boolean', description: 'The server verified its signature.' },
    via_web: { type: 'boolean', description: 'The server made it, for whoever is named as its author.' },
    clean_merge: {
      type: 'boolean',
      description:
        'It merges the base and recomputes to the same tree, so it holds nothing that nobody has seen.',
    },
  },
} as const;

const pullRequest = {
  type: 'object',
  required: [
    'number',
    'author',
    'head_sha',
    'commits',
    'changed_files',
    'files_truncated',
    'commits_truncated',
  ],
  properties: {
    number: { type: 'integer' },
    author: login,
    behind: { type: 'array', items: login, description: 'Who had a bot open it.' },
    title: text,
    state: { enum: ['open', 'closed', 'merged'] },
    labels: texts,
    draft: flag,
    base_ref: text,
    base_changed_at: { ...maybeText, description: 'When it was last pointed at another base; null: never.' },
    head_sha: name,
    commits: { type: 'array', items: commit, description: 'From the base to the head, in order.' },
    changed_files: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path'],
        properties: {
          path: { type: 'string', minLength: 1 },
          previous_path: maybeText,
          status: text,
          lines: { ...count, description: 'Added and removed.' },
        },
      },
    },
    files_truncated: { type: 'boolean', description: 'The server cut the list off.' },
    commits_truncated: { type: 'boolean', description: 'The server cut the list off.' },
    codeowners_base: {
      type: ['array', 'null'],
      items: text,
      description: 'The lines of CODEOWNERS in the base; null: none is known.',
    },
    policy_changed_in_pr: flag,
  },
} as const;

const edits = { edited_at: maybeText, edited_by: maybeName } as const;
const event = {
  type: 'object',
  required: ['type'],
  properties: { type: { enum: ['review', 'comment', 'push'] } },
  allOf: [
    eventOf('review', ['by', 'state', 'commit_id', 'at'], {
      by: login,
      state: { ...text, description: 'APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING.' },
      commit_id: maybeName,
      at: time,
      ...edits,
    }),
    eventOf('comment', ['by', 'body', 'at'], {
      id: { type: 'integer' },
      by: login,
      body: text,
      at: time,
      ...edits,
      deleted: flag,
    }),
    eventOf('push', ['head', 'at', 'by'], { head: name, at: time, by: login }),
  ],
} as const;

function eventOf(type: string, required: readonly string[], properties: object) {
  return {
    if: { required: ['type'], properties: { type: { const: type } } },
    then: { required, properties },
  } as const;
}

export const evidenceSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Evidence of an approval',
  description:
    'What GitHub says about a pull request, as one value. More keys than these are accepted. Whatever has not this shape is refused as a whole.',
  type: 'object',
  required: ['directory', 'pull_request', 'events'],
  properties: {
    policy: {
      description: 'The `approval` part of the policy file in the base; absent or null: everything blocks.',
    },
    directory,
    pull_request: pullRequest,
    events: {
      type: 'array',
      items: event,
      description: 'Those of one instant in the order in which they happened.',
    },
    checks: {
      type: 'array',
      description: 'Checks of the head; left out: they could not be read.',
      items: {
        type: 'object',
        required: ['name', 'status', 'conclusion'],
        properties: {
          name: text,
          app_id: { type: ['integer', 'null'] },
          status: text,
          conclusion: maybeText,
        },
      },
    },
    findings: {
      type: 'array',
      description: 'What our own check found in this change.',
      items: {
        type: 'object',
        required: ['rule', 'level', 'path'],
        properties: { rule: text, level: text, proof: maybeText, kind: maybeText, path: text, waived: flag },
      },
    },
  },
} as const;
