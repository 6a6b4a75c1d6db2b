/** One round: every operation and journey, once at each version, from every location. */
import type { PlannedJourney } from '../../policies/probes/plan-journey.ts';
import type { ComparedAnswers } from '../../policies/probes/compare-answers.ts';
import type { PlannedProbe, ProbeAnswer, ProbeRequest } from '../../policies/probes/probe-request.ts';
import type { ProbedVersion, ProbeObservation, ProbeRound } from '../../policies/probes/probe-verdict.ts';
import type { ProbeLocation } from './probe-location.ts';

/** Where one version is reached, and what pins a request to it. */
export interface ProbeTarget {
  url: string;
  headers: Readonly<Record<string, string>>;
}

export interface RoundOptions {
  part: string;
  probes: readonly PlannedProbe[];
  journeys: readonly PlannedJourney[];
  locations: readonly ProbeLocation[];
  /** As a location reaches them; null: there is no such version. */
  targetOf(location: ProbeLocation, version: ProbedVersion): ProbeTarget | null;
  /** Asks stable twice, so that noise can be told from differences. */
  isCompared: boolean;
  /** A new Idempotency-Key. */
  newId(): string;
  /** Puts secrets in their place. */
  withSecrets(request: ProbeRequest): ProbeRequest;
  signal: AbortSignal;
}

export interface FinishedRound {
  round: ProbeRound;
  compared: ComparedAnswers[];
}

const atOncePerLocation = 4;

export async function runRound(options: RoundOptions): Promise<FinishedRound> {
  const perLocation = options.locations.map((location) => roundFrom(location, options));
  const done = await Promise.all(perLocation);
  return {
    round: { part: options.part, observations: done.flatMap(({ observations }) => observations) },
    compared: done.flatMap(({ compared }) => compared),
  };
}

/** A place that cannot be used is not asked again in the same round: each question may take its whole deadline. */
interface Place {
  location: ProbeLocation;
  fault: Extract<ProbeAnswer, { isAnswered: false }> | null;
}

async function roundFrom(
  location: ProbeLocation,
  options: RoundOptions,
): Promise<{ observations: ProbeObservation[]; compared: ComparedAnswers[] }> {
  const place: Place = { location, fault: null };
  const observations: ProbeObservation[] = [];
  const compared: ComparedAnswers[] = [];
  const work: (() => Promise<void>)[] = [
    ...options.probes.map((probe) => async () => {
      const done = await probeBoth(probe, place, options);
      observations.push(...done.observations);
      if (done.compared !== null) compared.push(done.compared);
    }),
    ...options.journeys.map((journey) => async () => {
      observations.push(...(await travelBoth(journey, place, options)));
    }),
  ];
  const worker = async (): Promise<void> => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOncePerLocation }, worker));
  return { observations, compared };
}

async function probeBoth(
  probe: PlannedProbe,
  place: Place,
  options: RoundOptions,
): Promise<{ observations: ProbeObservation[]; compared: ComparedAnswers | null }> {
  const send = async (version: ProbedVersion): Promise<ProbeAnswer | null> => {
    const target = options.targetOf(place.location, version);
    return target === null ? null : await sendTo(target, probe.request, probe.isUnsafe, place, options);
  };
  const stable = await send('stable');
  const candidate = await send('candidate');
  const observations = [observationOf('stable', stable), observationOf('candidate', candidate)].filter(
    (observation) => observation !== null,
  );
  const mayCompare = options.isCompared && probe.isCompared && stable?.isAnswered && candidate?.isAnswered;
  if (mayCompare !== true) return { observations, compared: null };
  const again = await send('stable');
  const { name } = place.location;
  const compared = again?.isAnswered
    ? { location: name, operation: probe.operation, stable: [stable, again] as const, candidate }
    : null;
  return { observations, compared };

  function observationOf(version: ProbedVersion, answer: ProbeAnswer | null): ProbeObservation | null {
    if (answer === null) return null;
    const problem = answer.isAnswered ? probe.check(answer) : answer.message;
    return observe(place, version, probe.operation, answer, problem);
  }
}

async function travelBoth(
  journey: PlannedJourney,
  place: Place,
  options: RoundOptions,
): Promise<ProbeObservation[]> {
  const observations: ProbeObservation[] = [];
  for (const version of ['stable', 'candidate'] as const) {
    const target = options.targetOf(place.location, version);
    if (target !== null) observations.push(await travel(journey, version, target, place, options));
  }
  return observations;
}

/** One customer, step by step; the first step that is not in order ends the journey. */
async function travel(
  { name, steps }: PlannedJourney,
  version: ProbedVersion,
  target: ProbeTarget,
  place: Place,
  options: RoundOptions,
): Promise<ProbeObservation> {
  let kept: Record<string, string> = {};
  let last: ProbeAnswer | null = null;
  for (const [index, step] of steps.entries()) {
    last = await sendTo(target, step.fill(kept), step.isUnsafe, place, options);
    const found = last.isAnswered ? step.keep(last) : null;
    const problem = last.isAnswered ? step.check(last) : last.message;
    const broken = problem ?? (found?.ok === false ? found.message : null);
    if (broken !== null)
      return observe(
        place,
        version,
        `journey ${name}`,
        last,
        `ends at step ${index + 1}: ${step.request} ${broken}`,
      );
    kept = { ...kept, ...(found?.ok === true ? found.kept : {}) };
  }
  return observe(place, version, `journey ${name}`, last, null);
}

async function sendTo(
  target: ProbeTarget,
  request: ProbeRequest,
  isUnsafe: boolean,
  place: Place,
  options: RoundOptions,
): Promise<ProbeAnswer> {
  if (place.fault !== null) return place.fault;
  const key = isUnsafe ? { 'idempotency-key': options.newId() } : {};
  const full = options.withSecrets({
    ...request,
    headers: { ...request.headers, ...key, ...target.headers },
  });
  const answer = await place.location.send(full, target.url, options.signal);
  if (!answer.isAnswered && answer.isLocationFault) place.fault = answer;
  return answer;
}

function observe(
  { location }: Place,
  version: ProbedVersion,
  operation: string,
  answer: ProbeAnswer | null,
  problem: string | null,
): ProbeObservation {
  return {
    location: location.name,
    version,
    operation,
    problem,
    isAnswered: answer?.isAnswered === true,
    isMissing: problem !== null && answer?.isAnswered === true && [404, 405, 501].includes(answer.status),
    isLocationFault: answer?.isAnswered === false && answer.isLocationFault,
    phases: answer?.phases ?? null,
  };
}
