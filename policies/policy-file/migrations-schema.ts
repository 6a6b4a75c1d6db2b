/** The part of the policy file's JSON Schema that says where migrations are, and where they are applied. */
const globs = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 } as const;
const secret = {
  type: 'string',
  pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^/].*)$',
} as const;
const duration = { type: 'string', pattern: '^[1-9][0-9]*(ms|s|m|h)$' } as const;

export const migrationsSchema = {
  type: 'object',
  description: 'SQL for PostgreSQL, one file a migration.',
  additionalProperties: false,
  required: ['files'],
  properties: {
    files: {
      anyOf: [{ type: 'string', minLength: 1 }, globs],
      description: 'A glob, or several, from the root of the repository.',
    },
    runner: { type: 'string', minLength: 1 },
    database: {
      ...secret,
      description:
        'Where the URL of the database is, env:NAME or file:/PATH. With it a rollout applies new migrations before its canary; without it they are only checked.',
    },
    scratch: {
      ...secret,
      description:
        'Where the URL of a server is on which a copy of the schema may be made. Default: the same server.',
    },
    lockTimeout: {
      ...duration,
      description: 'How long a statement may wait for a lock before it is tried again. Default: 2s.',
    },
    statementTimeout: {
      ...duration,
      description: 'How long a statement of an expand may take. Default: 5m.',
    },
  },
} as const;
