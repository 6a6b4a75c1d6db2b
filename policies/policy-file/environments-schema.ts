export const environmentsSchema = {
  type: 'object',
  description: 'What an environment asks for before anything in it is widened.',
  propertyNames: { pattern: '^[a-z0-9][a-z0-9_]*$' },
  additionalProperties: { type: 'object', additionalProperties: false, properties: {} },
} as const;
