import type { Policy, ServicePolicy } from '../policy-file/policy.ts';
import { serviceAt } from './at-place.ts';
import { memberName, type Train, type TrainMember } from './train.ts';

/** Everything about a train but its id and those places that have the release already. */
export type PlannedTrain =
  | { ok: true; train: Omit<Train, 'id'> }
  | { ok: false; reasonCode: 'waves-missing' | 'blast-radius-too-small'; message: string };

/**
 * The members of a train in their order: by wave, then by place, then by service. `environment` names the one place of a
 * policy without waves; null: it has waves.
 */
export function planTrain(
  policy: Policy,
  services: readonly ServicePolicy[],
  name: string,
  environment: string | null,
): PlannedTrain {
  const { train } = policy;
  const waves =
    environment === null
      ? train.waves
      : [{ name: environment, environments: [environment], bakeSeconds: null }];
  if (waves.length === 0)
    return { ok: false, reasonCode: 'waves-missing', message: `${policy.path} has no \`rollout.waves\`` };
  const members = waves.flatMap(({ environments }, wave) =>
    environments.flatMap((place) =>
      services.map((service): TrainMember => ({
        service: service.name,
        environment: place,
        wave,
        capacity: serviceAt(train, service, place).run?.instances ?? 1,
      })),
    ),
  );
  const { blastRadiusBasisPoints } = train;
  const totalCapacity = members.reduce((sum, { capacity }) => sum + capacity, 0);
  const large = members.find(({ capacity }) => capacity * 10_000 > blastRadiusBasisPoints * totalCapacity);
  if (large !== undefined) {
    const share = Math.round((large.capacity / totalCapacity) * 1000) / 10;
    return {
      ok: false,
      reasonCode: 'blast-radius-too-small',
      message: `${memberName(large)} has ${share} % of all instances, and \`rollout.blastRadius\` of ${policy.path} lets ${blastRadiusBasisPoints / 100} % be on a candidate that has not baked, so it could never begin; raise it, or divide the place`,
    };
  }
  return {
    ok: true,
    train: { name, waves: waves.map((wave) => wave.name), members, totalCapacity, blastRadiusBasisPoints },
  };
}
