import { changeKinds, riskLevels } from '../approval/approval-policy.ts';

const count = { type: 'integer', minimum: 1, maximum: 20 } as const;
const names = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 200 },
  minItems: 1,
  maxItems: 200,
} as const;
const role = {
  type: 'string',
  pattern: '^(?!(?:read|none|pull)$)\\S(?:.{0,98}\\S)?$',
  description: 'A role that may write (write, maintain, admin), triage, or a custom role.',
} as const;
const roles = { type: 'array', items: role, minItems: 1, maxItems: 50 } as const;
const kindNames = { type: 'array', items: { enum: changeKinds }, minItems: 1 } as const;
const rules = {
  type: 'array',
  maxItems: 100,
  description: 'Each of them has to hold.',
  items: { $ref: '#/properties/approval/definitions/rule' },
} as const;

const when = {
  type: 'object',
  additionalProperties: false,
  description: 'The rule applies where all that is given here holds; in a list, one entry is enough.',
  properties: {
    paths: { ...names, description: 'Globs of changed paths, both names of a rename.' },
    exceptPaths: { ...names, description: 'Globs of paths that do not count.' },
    kinds: kindNames,
    risk: { type: 'array', items: { enum: riskLevels }, minItems: 1 },
    labels: names,
    branches: { ...names, description: 'Globs of the base branch.' },
    minFiles: { type: 'integer', minimum: 1 },
    minLines: { type: 'integer', minimum: 1, description: 'Lines added and removed.' },
    authors: { ...names, description: 'Logins of who opened the pull request.' },
    authorTeams: { ...names, description: 'organisation/team of who opened it.' },
  },
} as const;

const rule = {
  type: 'object',
  additionalProperties: false,
  description: 'Either `all`, or `any`, or `required` with who counts.',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    when,
    all: { ...rules, minItems: 1, description: 'All of these.' },
    any: { ...rules, minItems: 1, description: 'One of these.' },
    required: count,
    roles,
    teams: { ...names, description: 'organisation/team; whoever is in one of them counts.' },
    users: { ...names, description: 'Logins that count.' },
  },
} as const;

/** The `approval` part. Its reference works wherever this stands under the key `approval` of the whole schema. */
export const approvalSchema = {
  type: 'object',
  description: 'Without it nothing is deployed.',
  additionalProperties: false,
  required: ['required'],
  definitions: { rule },
  properties: {
    required: { type: 'integer', minimum: 0, maximum: 20, description: 'Peers that every change needs.' },
    codeOwners: { type: 'boolean' },
    roles,
    bots: { ...names, description: 'Logins that are no persons and may approve all the same.' },
    risk: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      description: 'Peers by risk; the highest number that applies counts.',
      properties: { low: count, medium: count, high: count },
    },
    kinds: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      description: 'Peers by kind of change; the highest number that applies counts.',
      properties: Object.fromEntries(changeKinds.map((kind) => [kind, count])),
    },
    labels: {
      type: 'object',
      additionalProperties: false,
      properties: {
        required: { ...names, description: 'Each of them has to be on the pull request.' },
        blocking: { ...names, description: 'None of them may be.' },
      },
    },
    signedCommits: { type: 'boolean', description: 'Every commit needs a verified signature.' },
    checks: { ...names, description: 'Checks that have to have succeeded on the head.' },
    rules,
  },
} as const;
