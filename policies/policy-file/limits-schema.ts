/** The part of the policy file that says how long a rollout, and each step of it, may take. */
import { durationSchema as duration } from './value-schemas.ts';

export const noDataDeadlineSchema = {
  ...duration,
  description:
    'No data holds a step at once, and takes users back after this long. Default: 20 times noData.',
} as const;

export const limitsSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'What takes longer is cut short, tried again, and then taken back. The defaults suit most services.',
  properties: {
    rollout: {
      ...duration,
      description:
        'A rollout going forward; time that a gate or a person holds it does not count. Default: a day more than its steps.',
    },
    migrate: { ...duration, description: 'Adding to the database.' },
    backfill: { ...duration, description: 'Filling in what was added.' },
    prepare: { ...duration, description: 'Building the candidate and starting it.' },
    rehearse: { ...duration, description: 'Probing it, and trying the way back.' },
    expose: { ...duration, description: 'Giving it a share.' },
    scale: { ...duration, description: 'Bringing it to full capacity.' },
    flip: { ...duration, description: 'Giving it every user.' },
    settle: { ...duration, description: 'Draining and stopping the version before.' },
  },
} as const;
