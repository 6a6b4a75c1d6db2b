/** The part of the policy file's JSON Schema that says what synthetic customers do. */
const duration = {
  type: 'string',
  pattern: '^[1-9][0-9]*(ms|s|m)$',
  description: 'For instance 5s.',
} as const;
const status = {
  type: 'integer',
  minimum: 100,
  maximum: 499,
  description: 'The one status that is in order; default: any that the document knows, or any success.',
} as const;
const headers = {
  type: 'object',
  propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$" },
  additionalProperties: { type: 'string', maxLength: 8000, pattern: '^[^\\r\\n\\u0000]*$' },
  description: 'Secrets are named, as env:NAME or file:/PATH, and never written here.',
} as const;
const operation = '^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) /[^\\s#]*$';
const secret = {
  type: 'string',
  pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/[^/].*)$',
  description: 'Where it is, env:NAME or file:/PATH; never the text itself.',
} as const;
const locationName = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
  description: 'How reports call it.',
} as const;
const target = {
  type: 'string',
  pattern: '^https?://[^\\s@?#]+$',
  description: 'What this location calls the service; default: its public URL.',
} as const;

export const probesSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'Synthetic customers: what they call, from where, and when their word counts.',
  properties: {
    openapi: {
      type: 'string',
      minLength: 1,
      description: 'An OpenAPI 3 document; every operation is probed.',
    },
    paths: { type: 'array', items: { type: 'string', pattern: '^/[^\\s#]*$' } },
    headers,
    data: {
      type: 'object',
      description: 'What an operation is sent, by its name, such as POST /orders.',
      propertyNames: { pattern: operation },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          parameters: {
            type: 'object',
            additionalProperties: { type: ['string', 'number', 'boolean'] },
            description: 'Values of its parameters, by their names.',
          },
          headers,
          body: { description: 'JSON; a text is sent as it is.' },
          status,
        },
      },
    },
    journeys: {
      description: 'Operations in order, each with what the ones before it answered.',
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'steps'],
        properties: {
          name: {
            type: 'string',
            pattern: '^[a-z0-9][a-z0-9 _-]{0,39}$',
            description: 'How reports call it.',
          },
          steps: {
            description: 'One request each; a step that fails ends the journey.',
            type: 'array',
            minItems: 1,
            maxItems: 50,
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['request'],
              properties: {
                request: {
                  type: 'string',
                  pattern: operation,
                  description: 'Such as GET /cart/{cart}, where cart was kept by a step before.',
                },
                headers,
                body: { description: 'JSON; a text is sent as it is.' },
                expect: {
                  type: 'object',
                  additionalProperties: false,
                  properties: { status },
                  description: 'What its answer has to be.',
                },
                keep: {
                  type: 'object',
                  propertyNames: { pattern: '^[a-zA-Z_][a-zA-Z0-9_]{0,39}$' },
                  additionalProperties: { type: 'string', pattern: '^(/.*)?$' },
                  description: 'Values for later steps, as JSON pointers into the answer.',
                },
              },
            },
          },
        },
      },
    },
    locations: {
      description: 'From where probes are sent: here, by an agent over mutual TLS, or through an HTTP proxy.',
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: {
        anyOf: [
          { const: 'here' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'agent', 'ca', 'cert', 'key'],
            properties: {
              name: locationName,
              agent: {
                type: 'string',
                pattern: '^https://[^\\s@?#]+$',
                description: 'Where `evenkeel probe agent` listens.',
              },
              ca: secret,
              cert: secret,
              key: secret,
              target,
            },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'proxy'],
            properties: {
              name: locationName,
              proxy: {
                type: 'string',
                pattern: '^https?://[^\\s@?#]+$',
                description: 'An HTTP proxy, by which that place is reached.',
              },
              target,
            },
          },
        ],
      },
    },
    quorum: {
      type: 'integer',
      minimum: 1,
      maximum: 20,
      description: 'Locations that have to agree; default: 2.',
    },
    compare: {
      enum: ['warn', 'fail', 'off'],
      description:
        'What follows when the candidate answers otherwise than stable does twice in a row; default: warn.',
    },
    every: { ...duration, description: 'From one round to the next; default: 5s.' },
    timeout: { ...duration, description: 'For one request; default: 5s.' },
    excused: {
      type: 'object',
      description: 'Operations that nothing probes, and why.',
      propertyNames: { pattern: operation },
      additionalProperties: { type: 'string', minLength: 5, maxLength: 500 },
    },
  },
} as const;
