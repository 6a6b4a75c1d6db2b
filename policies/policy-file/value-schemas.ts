/** What values of the policy file look like wherever they stand. */
export const nameSchema = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' } as const;

export const durationSchema = {
  type: 'string',
  pattern: '^[1-9][0-9]*(ms|s|m|h|d)$',
  description: 'For instance 30s, 5m or 2h.',
} as const;

export const shareSchema = {
  type: 'string',
  pattern: '^(100(\\.0{1,2})?|[0-9]{1,2}(\\.[0-9]{1,2})?)%$',
  description: 'Percent with at most two decimals, for instance 5% or 12.5%.',
} as const;
