import type { CommandReasonCode } from './command-decision.ts';
import type { CommandSituation, PlaceSituation } from './command-situation.ts';
import type { Place } from './command.ts';

export interface Refusal {
  ok: false;
  reasonCode: CommandReasonCode;
  message: string;
}

export type ChosenPlace = { ok: true; place: PlaceSituation } | Refusal;

/**
 * The one service and environment that a command is about. Where several fit and none is named, the only one that
 * `isMeant` is taken; a command that changes what runs never guesses. One that takes a whole train back (`isOfWholeTrain`)
 * means the same whichever of its places it is given.
 */
export function choosePlace(
  { places }: CommandSituation,
  { service, environment }: Place,
  isMeant: (place: PlaceSituation) => boolean,
  isOfWholeTrain = false,
): ChosenPlace {
  const fitting = places.filter(
    (place) =>
      (service === undefined || place.service === service) &&
      (environment === undefined || place.environment === environment),
  );
  if (fitting.length === 0) {
    if (places.length === 0) {
      return refuse('nothing-deployed', 'nothing has been deployed from here yet; `evenkeel deploy` starts');
    }
    return refuse(
      'place-unknown',
      `${[service, environment].filter((name) => name !== undefined).join(' in ')} was not deployed from here; there are: ${listPlaces(places)}`,
    );
  }
  const meant = fitting.filter(isMeant);
  const [only, ...others] = meant.length > 0 ? meant : fitting;
  const train = only?.rollout?.train?.id;
  const isOneTrain =
    isOfWholeTrain && train !== undefined && others.every(({ rollout }) => rollout?.train?.id === train);
  if (only !== undefined && (others.length === 0 || isOneTrain)) return { ok: true, place: only };
  return refuse('place-ambiguous', `this could be several; say which: ${listPlaces(fitting)}`);
}

export function refuse(reasonCode: CommandReasonCode, message: string): Refusal {
  return { ok: false, reasonCode, message };
}

/** How each is named. */
export function listPlaces(places: readonly PlaceSituation[]): string {
  return places
    .map(({ service, environment }) => `--service ${service} --environment ${environment}`)
    .join(', or ');
}
