import { placeProperties } from './train-schema.ts';

const wallClock = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  description: 'A date and time as the clock on the wall says it, without an offset: 2026-12-20T18:00.',
} as const;
const timeOfWeek = {
  type: 'string',
  pattern: '^((mon|tue|wed|thu|fri|sat|sun) )?(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
  description: 'A time of the day such as 18:00 or 24:00; without `days`, with its day: fri 16:00.',
} as const;
const texts = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 200 },
  minItems: 1,
} as const;

const freezeWindow = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'zone'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 80 },
    zone: {
      type: 'string',
      minLength: 1,
      maxLength: 64,
      description: 'The zone of all its times, a name of the IANA database such as Europe/Berlin.',
    },
    weekly: {
      type: 'object',
      additionalProperties: false,
      required: ['from', 'to'],
      description: 'Every week: on `days` between two times, or from one time of the week to another.',
      properties: {
        days: {
          type: 'array',
          minItems: 1,
          maxItems: 7,
          uniqueItems: true,
          items: { enum: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
          description: 'The days on which it begins; it ends on the next day when `to` is not after `from`.',
        },
        from: timeOfWeek,
        to: timeOfWeek,
      },
    },
    from: wallClock,
    to: wallClock,
    except: {
      type: 'array',
      maxItems: 100,
      description: 'Spans in which it does not hold.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['from', 'to'],
        properties: {
          from: wallClock,
          to: wallClock,
          reason: { type: 'string', minLength: 1, maxLength: 200 },
        },
      },
    },
    allow: {
      type: 'object',
      additionalProperties: false,
      description: 'What may pass while it holds: one of these is enough.',
      properties: {
        commits: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'string',
            pattern: '^[0-9a-f]{12,64}$',
            description: 'A commit by at least its first 12 hexadecimal digits.',
          },
        },
        labels: { ...texts, description: 'Labels of the pull request.' },
        kinds: {
          type: 'array',
          minItems: 1,
          items: { enum: ['config', 'schema', 'sql', 'code', 'infra'] },
          description: 'Kinds of changes; a change passes when it touches no others.',
        },
      },
    },
  },
} as const;

export const environmentsSchema = {
  type: 'object',
  description: 'What an environment asks for before anything in it is widened, and what is different there.',
  propertyNames: { pattern: '^[a-z0-9][a-z0-9_]*$' },
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: {
      freeze: {
        type: 'array',
        maxItems: 100,
        items: freezeWindow,
        description: 'Times in which nothing is widened; a rollback never waits for one.',
      },
      separateDuties: {
        type: 'boolean',
        description: 'Who approved a change neither starts nor promotes its rollout; default: false.',
      },
      makersMayDeploy: {
        type: 'boolean',
        description: 'Whether who made a change may start or promote its rollout; default: true.',
      },
      ...placeProperties,
    },
  },
} as const;
