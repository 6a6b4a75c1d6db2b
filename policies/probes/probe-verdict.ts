/**
 * What rounds of probes say, from several places, about two versions.
 *
 *   V1  An operation fails on the candidate where `quorum` healthy locations (all, where there are fewer) saw it fail there
 *       twice in a row while the stable version was in order at the same place.
 *   V2  What fails on both versions is not the candidate's: the document, the place, or the world is wrong. An operation
 *       that the stable version does not have yet excuses nothing.
 *   V3  A location that reaches neither version says nothing; when all do, there is no data.
 *   V4  A pass needs a whole round since the step began, in which `quorum` locations were healthy and every operation was in
 *       order in each of them. One place that differs holds the rollout and never takes it back.
 *
 * A first deployment has no stable version: V1 looks at the candidate alone, and no location is excused by V3 for a
 * candidate that nobody reaches.
 */
import type { ProbePhases } from './probe-request.ts';

export type ProbedVersion = 'stable' | 'candidate';

/** One operation or journey, once, at one version, from one place. */
export interface ProbeObservation {
  location: string;
  version: ProbedVersion;
  operation: string;
  /** Why it is not in order, as the end of a sentence about the operation; null: it is. */
  problem: string | null;
  isAnswered: boolean;
  /** It answered that it has no such operation, and that is not in order. */
  isMissing: boolean;
  /** The place itself could not be used, whatever the versions would have said. */
  isLocationFault: boolean;
  phases: ProbePhases | null;
}

/** One look from every place at every operation. */
export interface ProbeRound {
  /** Which part of the rollout it began in, such as `canary:1`. */
  part: string;
  observations: ProbeObservation[];
}

/** Failures in a row by location, version and operation; plain JSON. */
export interface ProbeHistory {
  streaks: Record<string, number>;
  last: ProbeRound | null;
}

export const noProbes: ProbeHistory = { streaks: {}, last: null };

export interface ProbeVerdict {
  verdict: 'pass' | 'fail' | 'undecided' | 'no-data';
  /** Which sentence of the head it comes from. */
  reasonCode:
    'in-order' | 'probe-failed' | 'failing-somewhere' | 'document-wrong' | 'location-unhealthy' | 'unprobed';
  message: string;
  unhealthyLocations: string[];
}

const failuresInARow = 2;

export function learnRound(history: ProbeHistory, round: ProbeRound): ProbeHistory {
  const unhealthy = new Set(unhealthyLocations(round.observations));
  const streaks: Record<string, number> = {};
  for (const observation of round.observations) {
    const key = keyOf(observation);
    const before = history.streaks[key] ?? 0;
    // A place that says nothing neither ends a row of failures nor adds to it.
    const now = unhealthy.has(observation.location) ? before : observation.problem === null ? 0 : before + 1;
    if (now > 0) streaks[key] = now;
  }
  return { streaks, last: round };
}

/** `part`: where the rollout is now; rounds of another part prove nothing about this one. */
export function decideProbes(
  { streaks, last }: ProbeHistory,
  question: { part: string; quorum: number; hasStable: boolean },
): ProbeVerdict {
  if (last === null || last.part !== question.part || last.observations.length === 0)
    return verdictOf('undecided', 'unprobed', 'no round of probes has ended at this step yet', []);
  const locations = [...new Set(last.observations.map(({ location }) => location))];
  const unhealthy = unhealthyLocations(last.observations);
  const healthy = locations.filter((location) => !unhealthy.includes(location));
  if (healthy.length === 0) {
    const why = last.observations.find(({ problem }) => problem !== null)?.problem ?? 'no reason given';
    return verdictOf(
      'no-data',
      'location-unhealthy',
      `no location reaches either version: ${why}`,
      unhealthy,
    );
  }
  const needed = Math.min(question.quorum, healthy.length);
  const failing = failuresOf(last.observations, streaks, healthy, question.hasStable);
  const worst = failing.find(({ locations: seen }) => seen.length >= needed);
  if (worst !== undefined)
    return verdictOf(
      'fail',
      'probe-failed',
      `${worst.operation} ${worst.problem} on the candidate, twice in a row ${fromPlaces(worst.locations, locations)}`,
      unhealthy,
    );
  const [partial] = failing;
  if (partial !== undefined)
    return verdictOf(
      'undecided',
      'failing-somewhere',
      `${partial.operation} ${partial.problem} on the candidate ${fromPlaces(partial.locations, locations)} only, while the stable version is in order there`,
      unhealthy,
    );
  return decideClean(last.observations, healthy, unhealthy, question);
}

function decideClean(
  observations: readonly ProbeObservation[],
  healthy: readonly string[],
  unhealthy: string[],
  { quorum, hasStable }: { quorum: number; hasStable: boolean },
): ProbeVerdict {
  const broken = observations.find(
    ({ location, version, problem }) =>
      healthy.includes(location) && version === 'candidate' && problem !== null,
  );
  if (broken !== undefined) {
    const { operation, problem, location } = broken;
    const isOnBoth = observations.some(
      (other) =>
        other.version === 'stable' &&
        other.operation === operation &&
        other.location === location &&
        other.problem !== null &&
        (!other.isMissing || broken.isMissing),
    );
    return isOnBoth
      ? verdictOf('undecided', 'document-wrong', wrongDocument(operation, problem ?? ''), unhealthy)
      : verdictOf(
          'undecided',
          'failing-somewhere',
          `${operation} ${problem ?? ''} once from ${location}; looking again`,
          unhealthy,
        );
  }
  if (healthy.length < quorum)
    return verdictOf(
      'no-data',
      'location-unhealthy',
      `${unhealthy.join(', ')} ${unhealthy.length === 1 ? 'is' : 'are'} unhealthy, and ${quorum} locations have to agree`,
      unhealthy,
    );
  const operations = new Set(observations.map(({ operation }) => operation)).size;
  const versions = hasStable ? 'both versions' : 'the candidate';
  const beside = unhealthy.length === 0 ? '' : ` (location unhealthy: ${unhealthy.join(', ')})`;
  const message = `${operations} operations in order on ${versions} from ${healthy.length} of ${healthy.length + unhealthy.length} locations${beside}`;
  return verdictOf('pass', 'in-order', message, unhealthy);
}

/** Said of an operation that is not in order on either version. */
export function wrongDocument(operation: string, problem: string): string {
  return `${operation} ${problem} on both versions, so the document is wrong about the service; correct it, or excuse the operation in \`probes.excused\``;
}

interface Failing {
  operation: string;
  problem: string;
  locations: string[];
}

/** Operations with failures in a row on the candidate where stable is in order, those of most places first. */
function failuresOf(
  observations: readonly ProbeObservation[],
  streaks: ProbeHistory['streaks'],
  healthy: readonly string[],
  hasStable: boolean,
): Failing[] {
  const failing = new Map<string, Failing>();
  for (const observation of observations) {
    const { location, version, operation, problem } = observation;
    if (version !== 'candidate' || problem === null || !healthy.includes(location)) continue;
    if ((streaks[keyOf(observation)] ?? 0) < failuresInARow) continue;
    const beside = observations.find(
      (other) => other.version === 'stable' && other.location === location && other.operation === operation,
    );
    // What stable does not have yet cannot excuse the candidate.
    const isNew = beside?.isMissing === true && !observation.isMissing;
    if (hasStable && beside?.problem !== null && !isNew) continue;
    const known = failing.get(operation) ?? { operation, problem, locations: [] };
    known.locations.push(location);
    failing.set(operation, known);
  }
  return [...failing.values()].sort((one, other) => other.locations.length - one.locations.length);
}

/** Places that could not be used, or from which neither version answered anything. */
export function unhealthyLocations(observations: readonly ProbeObservation[]): string[] {
  const locations = [...new Set(observations.map(({ location }) => location))];
  return locations.filter((location) => {
    const own = observations.filter((observation) => observation.location === location);
    const hasBoth = new Set(own.map(({ version }) => version)).size === 2;
    return (
      own.every(({ isLocationFault }) => isLocationFault) ||
      (hasBoth && own.every(({ isAnswered }) => !isAnswered))
    );
  });
}

function fromPlaces(places: readonly string[], all: readonly string[]): string {
  return all.length === 1
    ? `from ${places.join(', ')}`
    : `from ${places.join(', ')} (${places.length} of ${all.length} locations)`;
}

function verdictOf(
  verdict: ProbeVerdict['verdict'],
  reasonCode: ProbeVerdict['reasonCode'],
  message: string,
  unhealthy: string[],
): ProbeVerdict {
  return { verdict, reasonCode, message, unhealthyLocations: unhealthy };
}

function keyOf({ location, version, operation }: ProbeObservation): string {
  return JSON.stringify([location, version, operation]);
}
