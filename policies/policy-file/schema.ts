/**
 * The policy file's JSON Schema, for editors and for loading alike. What it cannot say (ascending steps, unique names)
 * is checked in `load-policy.ts`.
 */
import { contractKinds } from '../../analyzers/scope.ts';
import { approvalSchema } from './approval-schema.ts';
import { commandsSchema } from './commands-schema.ts';
import { environmentsSchema } from './environments-schema.ts';
import { limitsSchema, noDataDeadlineSchema } from './limits-schema.ts';
import { migrationsSchema } from './migrations-schema.ts';
import { probesSchema } from './probes-schema.ts';
import { blastRadiusSchema, groupsSchema, wavesSchema } from './train-schema.ts';
import { userKeySchema } from './user-key-schema.ts';
import { durationSchema as duration, shareSchema as share } from './value-schemas.ts';
import { zonesSchema } from './zones-schema.ts';
import { runbookRuleSchema, runbooksSchema, ticketsSchema } from './tickets-schema.ts';

const globs = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 } as const;
const globOrGlobs = {
  anyOf: [{ type: 'string', minLength: 1 }, globs],
  description: 'A glob, or several, from the root of the repository.',
} as const;
const command = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string' }, minItems: 1 },
  ],
  description: 'A command and its arguments; no shell reads it.',
} as const;

const keys = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 200 },
  minItems: 1,
  description: 'Keys such as pool.max, or JSON pointers.',
} as const;

const selector = {
  type: 'string',
  minLength: 1,
  maxLength: 1000,
  description:
    'Series as Prometheus selects them, for instance http_requests_total{code=~"5.."}; no expression.',
} as const;
const secret = {
  type: 'string',
  pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^/].*)$',
  description: 'Where the secret is, env:NAME or file:/PATH; never the secret itself.',
} as const;

const prometheus = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  description: 'A server that speaks the HTTP API of Prometheus.',
  properties: {
    url: {
      type: 'string',
      pattern: '^https?://[^\\s@?#]+$',
      description: 'For instance https://prometheus.internal:9090, without credentials.',
    },
    label: {
      type: 'string',
      pattern: '^[a-zA-Z_][a-zA-Z0-9_]*$',
      description: "The label with the release's digest; default: release.",
    },
    username: secret,
    password: secret,
    token: secret,
    caFile: { type: 'string', minLength: 1 },
    timeout: duration,
    scrapeInterval: duration,
    lag: duration,
    minimumCoverage: share,
  },
} as const;

const service = {
  type: 'object',
  additionalProperties: false,
  required: ['paths'],
  properties: {
    paths: { ...globs, description: 'What belongs to this service, from the root of the repository.' },
    config: {
      type: 'array',
      description: 'Configuration files, and the JSON Schema each has to match.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['files'],
        properties: {
          files: globOrGlobs,
          schema: { type: 'string', minLength: 1 },
          relations: {
            type: 'array',
            maxItems: 100,
            description: 'What has to hold between keys.',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['rule', 'message'],
              properties: {
                rule: {
                  type: 'string',
                  minLength: 1,
                  maxLength: 2000,
                  description:
                    "CEL over doc (the file) and files['path'] (others), for instance doc.pool.max >= doc.pool.min.",
                },
                message: { type: 'string', minLength: 1, maxLength: 500 },
              },
            },
          },
          guards: {
            type: 'array',
            maxItems: 100,
            description: 'Values, and the keys that guard them: both in one change asks for a second look.',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['values', 'guard'],
              properties: {
                values: keys,
                guard: keys,
                guardFile: {
                  type: 'string',
                  minLength: 1,
                  description:
                    'Where the guard stands, from the root of the repository; default: the same file.',
                },
              },
            },
          },
        },
      },
    },
    schemas: {
      type: 'array',
      description: 'Contracts with other programs, compared before and after.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['files', 'kind'],
        properties: {
          files: globOrGlobs,
          kind: { enum: contractKinds },
          direction: {
            enum: ['consumed', 'produced', 'both'],
            description: 'What is consumed may widen, what is produced may narrow.',
          },
          level: {
            type: 'string',
            minLength: 1,
            description:
              "How strict the other side is: one of the kind's own levels, such as backward-transitive.",
          },
          operations: {
            ...globOrGlobs,
            description: 'Documents with the operations that clients are known to send (graphql).',
          },
          deployed: {
            ...globOrGlobs,
            description:
              'Tags of the versions that still run; each of them is compared with the change as well.',
          },
        },
      },
    },
    migrations: migrationsSchema,
    code: {
      type: 'object',
      description: 'Commands that have to succeed in a clean checkout.',
      additionalProperties: false,
      properties: { commands: { type: 'array', items: command }, timeout: duration },
    },
    infra: {
      type: 'object',
      description: 'A Pulumi project that `check` previews.',
      additionalProperties: false,
      required: ['directory'],
      properties: {
        directory: { type: 'string', minLength: 1 },
        stack: { type: 'string', minLength: 1 },
        stateful: { type: 'array', items: { type: 'string', minLength: 1 } },
        timeout: duration,
      },
    },
    target: { type: 'string', minLength: 1, description: '`local`, or the path of a module of your own.' },
    run: {
      type: 'object',
      description: 'How one instance is started.',
      additionalProperties: false,
      required: ['command', 'port'],
      properties: {
        build: {
          type: 'array',
          items: command,
          description: 'Run once in a new release before anything of it starts.',
        },
        command,
        directory: { type: 'string' },
        health: { type: 'string', pattern: '^/' },
        port: { type: 'integer', minimum: 1, maximum: 65535 },
        instances: { type: 'integer', minimum: 1, maximum: 16 },
        start: duration,
        drain: duration,
        router: { enum: ['auto', 'haproxy', 'embedded'] },
        userKey: userKeySchema,
        ...zonesSchema,
        env: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'Secrets are named, as env:NAME or file:/PATH, and never written here.',
        },
      },
    },
    probes: probesSchema,
    metrics: {
      type: 'array',
      description: 'What decides about a rollout. Errors and latency come from the router for nothing.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: {
            type: 'string',
            pattern: '^[a-z][a-z0-9_-]{0,39}$',
            description: 'Lower-case letters, digits, - and _, at most 40.',
          },
          kind: { enum: ['ratio', 'rate', 'latency', 'gauge'] },
          from: { enum: ['router', 'probes', 'prometheus', 'scrape'] },
          critical: { type: 'boolean' },
          tolerate: { ...share, description: 'How much worse than stable is harmless, for instance 10%.' },
          slack: {
            type: 'string',
            pattern: '^[0-9]{1,9}(\\.[0-9]{1,9})?(%|ms|s)?$',
            description:
              'What is harmless whatever stable has: a share of requests (0.1%), for latency a time (5ms), else a number.',
          },
          bad: selector,
          total: selector,
          count: selector,
          exposure: selector,
          histogram: selector,
          gauge: selector,
        },
      },
    },
    scrape: {
      type: 'object',
      description: 'How metrics are read from the instances themselves.',
      additionalProperties: false,
      properties: {
        path: {
          type: 'string',
          pattern: '^/[^\\s#]*$',
          description: 'Where an instance serves its metrics; default: /metrics.',
        },
      },
    },
    traffic: {
      type: 'object',
      additionalProperties: false,
      required: ['requests'],
      description: 'What the service usually gets; check warns when steps are too short for it.',
      properties: {
        requests: {
          type: 'string',
          pattern: '^[1-9][0-9]*(\\.[0-9]+)?/(s|m|h)$',
          description: 'Requests of all users, for instance 100/s or 20/m.',
        },
        errors: { ...share, description: 'The usual share of errors; default: 0.1%.' },
      },
    },
    slo: {
      type: ['string', 'object'],
      minLength: 1,
      description: 'An OpenSLO file; no rollout starts while its error budget does not allow one.',
      additionalProperties: false,
      required: ['file'],
      properties: {
        file: { type: 'string', minLength: 1 },
        minimumRemaining: {
          ...share,
          description: 'No rollout starts with less of the budget left, for instance 10% (the default).',
        },
      },
    },
    runbooks: runbooksSchema,
  },
} as const;

export const policySchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Evenkeel policy',
  type: 'object',
  additionalProperties: false,
  required: ['version', 'services'],
  properties: {
    version: { const: 1 },
    services: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' },
      additionalProperties: service,
    },
    runbooks: runbookRuleSchema,
    tickets: ticketsSchema,
    schemaUrls: {
      type: 'object',
      description: 'Files of the repository that stand in for the URLs of schemas, which are never fetched.',
      additionalProperties: { type: 'string', minLength: 1 },
    },
    unclaimed: {
      enum: ['allow', 'block'],
      description: 'What becomes of changed paths that belong to no service.',
    },
    waivers: {
      type: 'object',
      description: 'How long a finding may be waived for, in evenkeel.waivers.yml.',
      additionalProperties: false,
      properties: { maxDays: { type: 'integer', minimum: 1, maximum: 366 } },
    },
    approval: approvalSchema,
    environments: environmentsSchema,
    commands: commandsSchema,
    groups: groupsSchema,
    prometheus,
    rollout: {
      type: 'object',
      additionalProperties: false,
      properties: {
        preset: { enum: ['careful', 'standard', 'fast'] },
        steps: { type: 'array', items: share, minItems: 1, maxItems: 20 },
        soak: duration,
        deadline: duration,
        bake: duration,
        noData: duration,
        noDataDeadline: noDataDeadlineSchema,
        limits: limitsSchema,
        waves: wavesSchema,
        blastRadius: blastRadiusSchema,
      },
    },
  },
} as const;
