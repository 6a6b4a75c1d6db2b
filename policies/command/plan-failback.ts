import { refuse } from './choose-place.ts';
import type { Command } from './command.ts';
import type { PlaceSituation, ReturningInstance } from './command-situation.ts';
import type { Planning } from './plan-command.ts';

/** Gives instances back what they carried. One person's word is enough: it happens in steps, and each has to be earned. */
export function planFailback(
  { instance, zone }: Extract<Command, { name: 'failback' }>,
  { service, environment, returning }: PlaceSituation,
): Planning {
  const chosen = returning.filter(
    (one) => (instance === undefined || one.name === instance) && (zone === undefined || one.zone === zone),
  );
  if (returning.length === 0) {
    return refuse(
      'nothing-to-return',
      `every instance of ${service} in ${environment} carries its whole share`,
    );
  }
  if (chosen.length === 0) {
    const meant = instance ?? `zone ${zone ?? ''}`;
    return refuse(
      'instance-unknown',
      `${meant} of ${service} in ${environment} has nothing to take back; there are: ${returning.map(nameOf).join(', ')}`,
    );
  }
  const names = chosen.map(({ name }) => name).sort();
  return {
    ok: true,
    use: 'failback',
    need: 'one',
    plan: {
      words: [
        `${service} in ${environment} gives ${chosen.map(nameOf).join(', ')} its share back in steps, each when it has done as well as its peers at the one before`,
      ],
      inputs: { command: 'failback', service, environment, instances: names },
    },
    effect: { kind: 'failback', service, environment, instances: names },
  };
}

function nameOf({ name, zone }: ReturningInstance): string {
  return zone === null ? name : `${name} (zone ${zone})`;
}
