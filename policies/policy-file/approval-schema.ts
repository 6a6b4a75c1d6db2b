export const approvalSchema = {
  type: 'object',
  description: 'Without it nothing is deployed.',
  additionalProperties: false,
  required: ['required'],
  properties: {
    required: { type: 'integer', minimum: 1, maximum: 20 },
    codeOwners: { type: 'boolean' },
    roles: { type: 'array', items: { enum: ['triage', 'write', 'maintain', 'admin'] }, minItems: 1 },
  },
} as const;
