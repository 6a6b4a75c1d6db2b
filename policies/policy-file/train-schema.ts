/** The parts of the policy file that say in which order places get a release, and what goes out together. */
import { durationSchema as duration, nameSchema as name, shareSchema as share } from './value-schemas.ts';

export const wavesSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  description:
    'Places in order; a wave begins when all before it have baked. The first place is the one box that goes first.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'environments'],
    properties: {
      name: { ...name, description: 'How people call it.' },
      environments: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: { type: 'string', minLength: 1, maxLength: 40 },
        description: 'Names of `environments`, in order.',
      },
      bake: { ...duration, description: 'How long its places bake; default: as each says, or the rollout.' },
    },
  },
} as const;

export const blastRadiusSchema = {
  ...share,
  description:
    'The part of all instances that candidates may serve before they have baked; default: 100%, one wave at once.',
} as const;

export const groupsSchema = {
  type: 'object',
  minProperties: 1,
  propertyNames: { pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' },
  description: 'Services that go out together, of one commit, and come back together.',
  additionalProperties: { type: 'array', minItems: 2, maxItems: 50, items: name },
} as const;

const placeRun = {
  port: { type: 'integer', minimum: 1, maximum: 65535, description: 'Where users reach it here.' },
  instances: { type: 'integer', minimum: 1, maximum: 16, description: 'How many serve everybody here.' },
  target: { type: 'string', minLength: 1, description: '`local`, or the path of a module of your own.' },
  env: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      "Beside the service's own. Secrets are named, as env:NAME or file:/PATH, and never written here.",
  },
} as const;

/** What an environment changes of the services that run in it. */
export const placeProperties = {
  ...placeRun,
  services: {
    type: 'object',
    propertyNames: { pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' },
    description: 'The same for one service, where there are several.',
    additionalProperties: { type: 'object', additionalProperties: false, properties: placeRun },
  },
  steps: {
    type: 'array',
    items: share,
    minItems: 1,
    maxItems: 20,
    description: "The candidate's shares here, in order; default: the rollout's.",
  },
  bake: { ...duration, description: 'How long it bakes here; default: as the rollout does.' },
  locations: {
    type: 'array',
    minItems: 1,
    maxItems: 20,
    items: { type: 'string', minLength: 1, maxLength: 40 },
    description: "Which of the service's probe locations look at it here.",
  },
} as const;
