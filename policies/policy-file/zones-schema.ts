/** `run.zones` and `run.minHealthy`: where instances stand, and how many of them have to stay. */
export const zonesSchema = {
  zones: {
    type: 'array',
    minItems: 1,
    maxItems: 16,
    uniqueItems: true,
    items: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' },
    description:
      'Zones that instances are placed in, in turn; on one machine a zone is a group of processes.',
  },
  minHealthy: {
    type: 'integer',
    minimum: 1,
    maximum: 16,
    description:
      'How many healthy instances of full weight must stay when others are drained; default: all but one.',
  },
} as const;
