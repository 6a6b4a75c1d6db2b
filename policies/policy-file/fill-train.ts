import { pointerTo } from '../../analyzers/document/document.ts';
import { isSecretName, redactText } from '../audit/redact.ts';
import { serviceAt } from '../train/at-place.ts';
import type { GroupPolicy, PlacePolicy, PlaceRun, TrainPolicy, WavePolicy } from '../train/train-policy.ts';
import { nameHint } from './nearest-name.ts';
import type { ServicePolicy } from './policy.ts';
import { readFraction, readSeconds } from './quantities.ts';
import { readSteps } from './read-steps.ts';
import type { PolicyFault } from './schema-faults.ts';
import { readSecretReference } from './secret-reference.ts';

/** What an environment says about the place that it is, as its JSON Schema lets it through. */
export interface RawPlace extends RawPlaceRun {
  services?: Record<string, RawPlaceRun>;
  steps?: string[];
  bake?: string;
  locations?: string[];
}

interface RawPlaceRun {
  port?: number;
  instances?: number;
  target?: string;
  env?: Record<string, string>;
}

export interface RawTrain {
  waves?: { name: string; environments: string[]; bake?: string }[] | undefined;
  blastRadius?: string | undefined;
  groups?: Record<string, string[]> | undefined;
  environments?: Record<string, RawPlace> | undefined;
}

/** Says that something is wrong at a place of the file. */
type Blame = (message: string, ...place: (string | number)[]) => void;

/** Waves, groups and places; every name that is named has to exist. */
export function fillTrain(
  raw: RawTrain,
  services: readonly ServicePolicy[],
  faults: PolicyFault[],
): TrainPolicy {
  const blame: Blame = (message, ...place) => faults.push({ pointer: at(...place), onKey: false, message });
  const places = Object.entries(raw.environments ?? {}).map(([name, place]) =>
    fillPlace(name, place, services, faults, blame),
  );
  const waves = fillWaves(raw.waves ?? [], places, blame);
  const groups = fillGroups(raw.groups ?? {}, services, blame);
  const blastRadius = Math.round(readFraction(raw.blastRadius ?? '100%') * 10_000);
  if (blastRadius === 0)
    blame('nothing could ever begin; give at least the part of one place', 'rollout', 'blastRadius');
  const train = { waves, groups, places, blastRadiusBasisPoints: blastRadius };
  checkPorts(train, services, raw.environments ?? {}, blame);
  return train;
}

function fillWaves(
  raw: NonNullable<RawTrain['waves']>,
  places: readonly PlacePolicy[],
  blame: Blame,
): WavePolicy[] {
  const names = places.map(({ name }) => name);
  const seen = new Map<string, string>();
  return raw.map((wave, index): WavePolicy => {
    const here = ['rollout', 'waves', index] as const;
    if (raw.findIndex(({ name }) => name === wave.name) !== index)
      blame('two waves have this name', ...here, 'name');
    wave.environments.forEach((name, place) => {
      const other = seen.get(name);
      if (!names.includes(name)) blame(unknown('environment', name, names), ...here, 'environments', place);
      else if (other !== undefined)
        blame(
          `${name} is in the wave ${other} already; a place gets a release once`,
          ...here,
          'environments',
          place,
        );
      seen.set(name, wave.name);
    });
    return {
      name: wave.name,
      environments: wave.environments,
      bakeSeconds: wave.bake === undefined ? null : readSeconds(wave.bake),
    };
  });
}

function fillGroups(
  raw: Record<string, string[]>,
  services: readonly ServicePolicy[],
  blame: Blame,
): GroupPolicy[] {
  const names = services.map(({ name }) => name);
  const seen = new Map<string, string>();
  return Object.entries(raw).map(([group, members]): GroupPolicy => {
    members.forEach((name, index) => {
      const other = seen.get(name);
      const service = services.find((one) => one.name === name);
      if (service === undefined) blame(unknown('service', name, names), 'groups', group, index);
      else if (service.target === null)
        blame(`${name} has no \`target\`, so it is checked and never deployed`, 'groups', group, index);
      else if (other !== undefined)
        blame(
          other === group ? `${name} is named twice` : `${name} is in the group ${other} already`,
          'groups',
          group,
          index,
        );
      seen.set(name, group);
    });
    return { name: group, services: members };
  });
}

function fillPlace(
  name: string,
  raw: RawPlace,
  services: readonly ServicePolicy[],
  faults: PolicyFault[],
  blame: Blame,
): PlacePolicy {
  const known = services.map((service) => service.name);
  const deployable = services.filter(({ target }) => target !== null);
  if (raw.port !== undefined && deployable.length > 1)
    blame(
      'several services run here, and one port is not enough; say it under `services`',
      'environments',
      name,
      'port',
    );
  const run = (written: RawPlaceRun, ...below: string[]): PlaceRun => {
    for (const [variable, value] of Object.entries(written.env ?? {})) {
      if (readSecretReference(value) !== null) continue;
      if (isSecretName(variable) || redactText(value) !== value)
        blame(
          'this looks like a secret; name where it is (`env:NAME` or `file:/PATH`), never the secret itself',
          ...['environments', name, ...below, 'env', variable],
        );
    }
    return {
      publicPort: written.port ?? null,
      instances: written.instances ?? null,
      target: written.target ?? null,
      env: written.env ?? {},
    };
  };
  for (const service of Object.keys(raw.services ?? {}))
    if (!known.includes(service))
      faults.push({
        pointer: at('environments', name, 'services', service),
        onKey: true,
        message: unknown('service', service, known),
      });
  const locations = [...new Set(deployable.flatMap(({ probes }) => probes.locations.map((one) => one.name)))];
  (raw.locations ?? []).forEach((location, index) => {
    const lacking = deployable.find(({ probes }) => !probes.locations.some((one) => one.name === location));
    if (!locations.includes(location) || lacking !== undefined)
      blame(unknown('probe location', location, locations), 'environments', name, 'locations', index);
  });
  return {
    name,
    stepBasisPoints:
      raw.steps === undefined ? null : readSteps(raw.steps, at('environments', name, 'steps'), faults),
    bakeSeconds: raw.bake === undefined ? null : readSeconds(raw.bake),
    locations: raw.locations ?? null,
    run: run(raw),
    services: Object.fromEntries(
      Object.entries(raw.services ?? {}).map(([service, written]) => [
        service,
        run(written, 'services', service),
      ]),
    ),
  };
}

/** Routers of this machine cannot share a port; other targets run where we do not know. */
function checkPorts(
  train: TrainPolicy,
  services: readonly ServicePolicy[],
  raw: Record<string, RawPlace>,
  blame: Blame,
): void {
  const taken = new Map<number, string>();
  for (const environment of train.waves.flatMap((wave) => wave.environments)) {
    for (const declared of services) {
      const service = serviceAt(train, declared, environment);
      if (service.target !== 'local' || service.run === null) continue;
      const { publicPort } = service.run;
      const here = `${service.name} in ${environment}`;
      const other = taken.get(publicPort);
      taken.set(publicPort, here);
      if (other === undefined || other === here) continue;
      const written = raw[environment]?.services?.[service.name]?.port;
      const pointer = written === undefined ? [] : ['services', service.name, 'port'];
      blame(
        `the port ${publicPort} of ${here} is that of ${other} as well; give each a \`port\` of its own`,
        ...['environments', environment, ...pointer],
      );
    }
  }
}

function unknown(what: string, name: string, valid: readonly string[]): string {
  return `there is no ${what} ${JSON.stringify(name)}; ${nameHint(name, valid)}`;
}

function at(...parts: (string | number)[]): string {
  return parts.reduce<string>((pointer, part) => pointerTo(pointer, String(part)), '');
}
