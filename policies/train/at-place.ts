import type { RolloutPolicy, ServicePolicy } from '../policy-file/policy.ts';
import type { PlaceRun, TrainPolicy } from './train-policy.ts';

/** The service as it is in one environment. */
export function serviceAt<Service extends ServicePolicy>(
  { places }: Pick<TrainPolicy, 'places'>,
  service: Service,
  environment: string,
): Service {
  const place = places.find(({ name }) => name === environment);
  if (place === undefined) return service;
  const own = Object.hasOwn(place.services, service.name) ? place.services[service.name] : undefined;
  const changed = [place.run, ...(own === undefined ? [] : [own])].reduce(withRun, service);
  if (place.locations === null) return changed;
  const { locations, quorum } = changed.probes;
  const here = locations.filter(({ name }) => place.locations?.includes(name));
  // Fewer places to look from cannot be asked to agree in greater number.
  return {
    ...changed,
    probes: { ...changed.probes, locations: here, quorum: Math.min(quorum, here.length) },
  };
}

function withRun<Service extends ServicePolicy>(service: Service, place: PlaceRun): Service {
  return {
    ...service,
    // A service that is not deployed is not deployed here either.
    target: service.target === null ? null : (place.target ?? service.target),
    run:
      service.run === null
        ? null
        : {
            ...service.run,
            publicPort: place.publicPort ?? service.run.publicPort,
            instances: place.instances ?? service.run.instances,
            env: { ...service.run.env, ...place.env },
          },
  };
}

/** How a rollout goes in one environment: its own steps, and the bake of its wave, of itself, or of the policy. */
export function rolloutAt(
  { places, waves }: Pick<TrainPolicy, 'places' | 'waves'>,
  rollout: RolloutPolicy,
  environment: string,
): RolloutPolicy {
  const place = places.find(({ name }) => name === environment);
  const wave = waves.find(({ environments }) => environments.includes(environment));
  return {
    ...rollout,
    stepBasisPoints: place?.stepBasisPoints ?? rollout.stepBasisPoints,
    bakeSeconds: wave?.bakeSeconds ?? place?.bakeSeconds ?? rollout.bakeSeconds,
  };
}
