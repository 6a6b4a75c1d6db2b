export const commandsSchema = {
  type: 'object',
  description: 'Who may use which command.',
  additionalProperties: false,
  properties: {
    roles: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 100 }, minItems: 1 },
  },
} as const;
