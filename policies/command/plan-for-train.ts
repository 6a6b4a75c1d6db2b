/** Pause and resume where no place is named and one train is all that is under way: the whole of it is meant. */
import { listPlaces, refuse } from './choose-place.ts';
import type { CommandSituation, PlaceSituation } from './command-situation.ts';
import type { Place } from './command.ts';
import type { Planning, PlannedCommand } from './plan-command.ts';

/** Null: a place is named, or no single train is all that is under way, and the command is about one place. */
export function planForTrain(
  { name, service, environment }: Place & { name: string },
  { places }: CommandSituation,
  planPlace: (name: 'pause' | 'resume', place: PlaceSituation) => Planning,
): Planning | null {
  if (service !== undefined || environment !== undefined) return null;
  const members = places.filter(({ rollout }) => rollout?.isUnderWay === true);
  const train = members[0]?.rollout?.train;
  if (train === undefined || members.length < 2) return null;
  if (members.some(({ rollout }) => rollout?.train?.id !== train.id)) return null;
  const title = `train ${train.id} (${train.name})`;
  if (name === 'promote') {
    return refuse(
      'place-ambiguous',
      `a promotion goes past the judge in one place of ${title}, never in all of them at once; say which: ${listPlaces(members)}`,
    );
  }
  if (name !== 'pause' && name !== 'resume') return null;
  const planned = members.map((place) => planPlace(name, place));
  const able = planned.flatMap((answer) => (answer.ok ? [answer] : []));
  const [first] = able;
  const refusals = planned.flatMap((answer) => (answer.ok ? [] : [answer.message]));
  if (first === undefined)
    return refuse('not-possible-now', `no place of ${title} can be told to ${name}: ${refusals.join('; ')}`);
  const words = [
    `told to ${name}: ${able.length} of ${members.length} places of ${title}`,
    ...able.flatMap(({ plan }) => plan.words),
    ...refusals,
  ];
  // The first one's own inputs stand for where it is looked whether it was done.
  const inputs = { ...first.plan.inputs, places: able.map(({ plan }) => plan.inputs) };
  return { ...first, plan: { words, inputs }, effect: wholeTrain(first.effect) };
}

function wholeTrain(effect: PlannedCommand['effect']): PlannedCommand['effect'] {
  return effect.kind === 'steer' ? { ...effect, isWholeTrain: true } : effect;
}
