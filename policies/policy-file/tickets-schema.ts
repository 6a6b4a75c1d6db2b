import { failureKinds } from '../runbooks/failure-kinds.ts';

/** Runbooks of one service, by kind of failure. */
export const runbooksSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'What to do when a rollout goes back: a Markdown file (with #heading, if you like) or an https URL.',
  properties: Object.fromEntries(
    Object.entries(failureKinds).map(([kind, { when }]) => [
      kind,
      { type: 'string', minLength: 1, maxLength: 1000, description: when },
    ]),
  ),
};

/** Whether a service that is rolled out has to have a runbook. */
export const runbookRuleSchema = {
  enum: ['expected', 'required'],
  description:
    'A change to a service that has no runbook which can be reached is a warning (expected, the default) or an error.',
};

export const ticketsSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The issue that a rollback opens on GitHub.',
  properties: {
    labels: {
      type: 'array',
      maxItems: 20,
      items: { type: 'string', minLength: 1, maxLength: 50 },
      description: 'Beside the label evenkeel, by which it is found again.',
    },
    assignees: {
      type: 'array',
      maxItems: 10,
      items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,38}$' },
      description: 'Logins; whom GitHub cannot assign is left out.',
    },
    repository: {
      type: 'string',
      pattern: '^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$',
      description: 'owner/name; default: where the workflow runs. Its token has to reach it.',
    },
  },
};
