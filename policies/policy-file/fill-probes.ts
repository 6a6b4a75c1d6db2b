import { pointerTo } from '../../analyzers/document/document.ts';
import { isSecretName, redactText } from '../audit/redact.ts';
import {
  defaultProbes,
  safeMethods,
  type JourneyPolicy,
  type JourneyStep,
  type LocationPolicy,
  type ProbeData,
  type ProbePolicy,
} from '../probes/probe-policy.ts';
import { readSeconds } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';
import { readSecretReference } from './secret-reference.ts';

/** The `probes` of a service as their JSON Schema lets them through. */
export interface RawProbes {
  openapi?: string;
  paths?: string[];
  headers?: Record<string, string>;
  data?: Record<
    string,
    {
      parameters?: Record<string, string | number | boolean>;
      headers?: Record<string, string>;
      body?: unknown;
      status?: number;
    }
  >;
  journeys?: { name: string; steps: RawStep[] }[];
  locations?: RawLocation[];
  quorum?: number;
  compare?: ProbePolicy['compare'];
  every?: string;
  timeout?: string;
  excused?: Record<string, string>;
}

interface RawStep {
  request: string;
  headers?: Record<string, string>;
  body?: unknown;
  expect?: { status?: number };
  keep?: Record<string, string>;
}

type RawLocation =
  | 'here'
  | { name: string; agent: string; ca: string; cert: string; key: string; target?: string }
  | { name: string; proxy: string; target?: string };

type Say = (message: string, ...place: (string | number)[]) => void;

export function fillProbes(raw: RawProbes | undefined, pointer: string, faults: PolicyFault[]): ProbePolicy {
  if (raw === undefined) return defaultProbes;
  const say: Say = (message, ...place) => {
    const at = place.reduce<string>((parent, part) => pointerTo(parent, String(part)), pointer);
    faults.push({ pointer: at, onKey: false, message });
  };
  refuseSecrets(raw.headers ?? {}, ['headers'], say);
  const locations = fillLocations(raw.locations ?? ['here'], say);
  const quorum = raw.quorum ?? Math.min(defaultProbes.quorum, locations.length);
  if (quorum > locations.length)
    say(`no ${quorum} locations can agree where there are ${locations.length}`, 'quorum');
  const data = fillData(raw.data ?? {}, say);
  for (const operation of Object.keys(raw.excused ?? {}))
    if (Object.hasOwn(data, operation)) say('it has test data, so it needs no excuse', 'excused', operation);
  return {
    openapi: raw.openapi?.replace(/^(?:\.\/+)+/, '') ?? null,
    paths: raw.paths ?? [],
    headers: raw.headers ?? {},
    data,
    journeys: fillJourneys(raw.journeys ?? [], say),
    locations,
    quorum,
    compare: raw.compare ?? defaultProbes.compare,
    excused: raw.excused ?? {},
    everySeconds: readSeconds(raw.every ?? `${defaultProbes.everySeconds}s`),
    timeoutSeconds: readSeconds(raw.timeout ?? `${defaultProbes.timeoutSeconds}s`),
  };
}

function fillData(raw: NonNullable<RawProbes['data']>, say: Say): Record<string, ProbeData> {
  return Object.fromEntries(
    Object.entries(raw).map(([operation, written]): [string, ProbeData] => {
      refuseSecrets(written.headers ?? {}, ['data', operation, 'headers'], say);
      if (written.body !== undefined && isBodiless(operation))
        say('a request with this method has no body', 'data', operation, 'body');
      const parameters = Object.entries(written.parameters ?? {});
      return [
        operation,
        {
          parameters: Object.fromEntries(parameters.map(([name, value]) => [name, String(value)])),
          headers: written.headers ?? {},
          ...(written.body === undefined ? {} : { body: written.body }),
          status: written.status ?? null,
        },
      ];
    }),
  );
}

function isBodiless(operation: string): boolean {
  return safeMethods.includes(operation.split(' ')[0] ?? '');
}

function fillJourneys(raw: NonNullable<RawProbes['journeys']>, say: Say): JourneyPolicy[] {
  const names = new Set<string>();
  return raw.map(({ name, steps }, index) => {
    if (names.has(name)) say(`the journey ${name} is named twice`, 'journeys', index, 'name');
    names.add(name);
    const kept = new Set<string>();
    return {
      name,
      steps: steps.map((step, place) =>
        fillStep(step, kept, (message, ...inner) =>
          say(message, 'journeys', index, 'steps', place, ...inner),
        ),
      ),
    };
  });
}

/** A step may use only what a step before it has kept. */
function fillStep(raw: RawStep, kept: Set<string>, say: Say): JourneyStep {
  const [method = '', path = ''] = raw.request.split(' ');
  refuseSecrets(raw.headers ?? {}, ['headers'], say);
  if (raw.body !== undefined && isBodiless(raw.request))
    say('a request with this method has no body', 'body');
  for (const [, name = ''] of path.matchAll(/\{([^{}]*)\}/g))
    if (!kept.has(name)) say(`no step before this one keeps {${name}}`, 'request');
  for (const name of Object.keys(raw.keep ?? {})) kept.add(name);
  return {
    method,
    path,
    headers: raw.headers ?? {},
    ...(raw.body === undefined ? {} : { body: raw.body }),
    status: raw.expect?.status ?? null,
    keep: raw.keep ?? {},
  };
}

function fillLocations(raw: readonly RawLocation[], say: Say): LocationPolicy[] {
  const names = new Set<string>();
  return raw.map((written, index): LocationPolicy => {
    const name = written === 'here' ? 'here' : written.name;
    if (names.has(name)) say(`the location ${name} is named twice`, 'locations', index);
    names.add(name);
    if (written === 'here') return { kind: 'here', name };
    const target = written.target?.replace(/\/+$/, '') ?? null;
    if ('proxy' in written) return { kind: 'proxy', name, url: written.proxy.replace(/\/+$/, ''), target };
    const { agent, ca, cert, key } = written;
    return { kind: 'agent', name, url: agent.replace(/\/+$/, ''), ca, cert, key, target };
  });
}

function refuseSecrets(
  headers: Readonly<Record<string, string>>,
  place: (string | number)[],
  say: Say,
): void {
  for (const [name, value] of Object.entries(headers)) {
    if (readSecretReference(value) !== null) continue;
    const isSecret = isSecretName(name) || /^(authorization|cookie|x-api-key)$/i.test(name);
    if (isSecret || redactText(value) !== value)
      say(
        'this looks like a secret; name where it is (`env:NAME` or `file:/PATH`), never the secret itself',
        ...place,
        name,
      );
  }
}
