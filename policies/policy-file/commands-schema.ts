import { commandUses, riskyByChoice } from '../command/command-policy.ts';

const names = (description: string) =>
  ({
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 100 },
    minItems: 1,
    description,
  }) as const;

const duration = {
  type: 'string',
  pattern: '^[1-9][0-9]*(s|m|h)$',
  description: 'For instance 15m or 4h.',
} as const;

const login = {
  type: 'string',
  pattern: '^[A-Za-z0-9](-?[A-Za-z0-9])*$',
  maxLength: 39,
  description: 'A login on GitHub, without @.',
} as const;

const users = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  description: 'Anyone who is in one of these.',
  properties: {
    roles: names('Roles in the repository.'),
    teams: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^[A-Za-z0-9-]+/[A-Za-z0-9_.-]+$',
        description: 'Write organisation/team.',
      },
      minItems: 1,
    },
    users: { type: 'array', items: login, minItems: 1 },
  },
} as const;

export const commandsSchema = {
  type: 'object',
  description: 'Who may use which command, and what a second person has to confirm.',
  additionalProperties: false,
  properties: {
    roles: names('Roles in the repository that may use commands.'),
    who: {
      type: 'object',
      additionalProperties: false,
      description:
        'In place of roles for one command; for pause, abort and rollback beside them, since stopping is always allowed. Without break-glass here nobody can use it.',
      properties: Object.fromEntries(commandUses.map((use) => [use, users])),
    },
    risky: {
      type: 'array',
      items: { enum: riskyByChoice },
      description: 'Commands that always need a second person, beside those that do anyway.',
    },
    actWithin: duration,
    confirmWithin: duration,
    breakGlassWithin: duration,
    terminal: {
      type: 'object',
      maxProperties: 500,
      description: 'Who somebody at a terminal is, by the account of the operating system.',
      additionalProperties: {
        type: ['string', 'object'],
        pattern: login.pattern,
        maxLength: login.maxLength,
        description: 'A login on GitHub, or a login and the number of its account.',
        additionalProperties: false,
        required: ['login'],
        properties: { login, id: { type: 'integer', minimum: 1 } },
      },
    },
  },
} as const;
