/**
 * The synthetic customers of one rollout: one strict look before any user meets a candidate, then round after round beside
 * the ticks. What they saw is kept on disk, so that a run that goes on after a crash knows it.
 */
import type { PlannedJourney } from '../../policies/probes/plan-journey.ts';
import {
  compareAnswers,
  noNoise,
  type AnswerNoise,
  type ComparedAnswers,
} from '../../policies/probes/compare-answers.ts';
import { placeOf, withRefusals } from '../../policies/probes/find-refusals.ts';
import type { ProbePolicy } from '../../policies/probes/probe-policy.ts';
import type { PlannedProbe } from '../../policies/probes/probe-request.ts';
import {
  decideProbes,
  learnRound,
  noProbes,
  type ProbedVersion,
  type ProbeHistory,
  type ProbeRound,
  type ProbeVerdict,
} from '../../policies/probes/probe-verdict.ts';
import type { Endpoints } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { openLocation, withSecrets, type ProbeLocation } from './probe-location.ts';
import { runRound, type FinishedRound, type ProbeTarget } from './run-round.ts';

/** Where both versions are reached without a router in between, as far as that is known. */
export type DirectUrls = Pick<Endpoints, 'stable' | 'candidate'>;

export interface ProberOptions {
  policy: ProbePolicy;
  plan(): Promise<{ probes: readonly PlannedProbe[]; journeys: readonly PlannedJourney[] }>;
  hasStable: boolean;
  pins: { stable: string; candidate: string };
  publicUrl(): string;
  /** Whether the public address is known to keep pins: our own router does. */
  hasPins(): Promise<boolean>;
  direct(): Promise<DirectUrls>;
  /** What was kept by `save`; null: nothing. */
  kept: ProberState | null;
  save(state: ProberState): void;
  newId(): string;
  env: Readonly<Record<string, string | undefined>>;
  /** Seconds on a clock that only runs forward. */
  nowSeconds(): number;
  progress(line: string): void;
  signal: AbortSignal;
}

/** Plain JSON. */
export interface ProberState {
  history: ProbeHistory;
  /** By location and operation. */
  noise: Record<string, AnswerNoise>;
  differences: string[];
  /** The newest last, for latency. */
  recent: ProbeRound[];
}

export interface Prober {
  /** Fails when the candidate is not in order from every place that can be used; the number of operations. */
  probeCandidate(endpoints: Endpoints, signal: AbortSignal): Promise<number>;
  /** What is known about this part of the rollout; begins a round where one is due. */
  look(part: string): ProbeVerdict;
  /** What the candidate alone answers differently, several rounds in a row. */
  differences(): readonly string[];
  /** Rounds that ended since the last call. */
  take(): ProbeRound[];
  isGathering(): boolean;
  /** Ends a round that is under way. */
  close(): void;
}

const keptRounds = 20;
/** A failure is looked at again soon, whatever the pace. */
const againSeconds = 0.5;

export function openProber(options: ProberOptions): Prober {
  const { policy, hasStable } = options;
  const quorum = Math.min(policy.quorum, policy.locations.length);
  let locations: ProbeLocation[] | null = null;
  const openLocations = (): ProbeLocation[] =>
    (locations ??= policy.locations.map((one) => openLocation(one, options.env, policy.timeoutSeconds)));
  let state: ProberState = options.kept ?? { history: noProbes, noise: {}, differences: [], recent: [] };
  let running: Promise<void> | null = null;
  let problem: string | null = null;
  let startedAtSeconds = -Infinity;
  let rounds = 0;
  const ended: ProbeRound[] = [];
  const closing = new AbortController();

  async function round(
    part: string,
    places: readonly ProbeLocation[],
    direct: DirectUrls,
    signal: AbortSignal,
  ) {
    const { probes, journeys } = await options.plan();
    const turn = rounds++;
    const finished = await runRound({
      part,
      probes,
      journeys,
      locations: places,
      targetOf: (place, version) => targetOf(options, place, version, direct, turn),
      isCompared: hasStable && policy.compare !== 'off',
      newId: () => options.newId(),
      withSecrets: (request) => withSecrets(request, options.env),
      signal,
    });
    return { ...finished, round: withRefusals(finished.round, finished.compared, state.noise) };
  }

  async function begin(part: string): Promise<void> {
    const signal = AbortSignal.any([options.signal, closing.signal]);
    try {
      const finished = await round(part, openLocations(), await options.direct(), signal);
      state = learn(state, finished);
      ended.push(finished.round);
      options.save(state);
      problem = null;
    } catch (error) {
      // An aborted round says nothing; any other failure must not look like silence.
      if (!signal.aborted) problem = error instanceof Error ? error.message : String(error);
    } finally {
      running = null;
    }
  }

  function isDue(part: string): boolean {
    const { last } = state.history;
    if (last?.part !== part) return true;
    const hasFailed = Object.keys(state.history.streaks).length > 0;
    const waitSeconds = hasFailed ? Math.min(againSeconds, policy.everySeconds) : policy.everySeconds;
    return options.nowSeconds() - startedAtSeconds >= waitSeconds;
  }

  return {
    async probeCandidate(endpoints, signal) {
      const ask = (places: readonly ProbeLocation[], direct: DirectUrls): Promise<FinishedRound> =>
        round('before', places, direct, signal);
      const count = await proveDirectly(ask, endpoints, options);
      // Through the public address as well, as customers come.
      const elsewhere = openLocations().filter(({ name }) => name !== 'here');
      const all = (await options.hasPins()) ? openLocations() : elsewhere;
      if (all.length > 0) await prove((places) => ask(places, { stable: [], candidate: [] }), all, options);
      return count;
    },
    look(part) {
      if (running === null && isDue(part)) {
        startedAtSeconds = options.nowSeconds();
        running = begin(part);
      }
      const verdict = decideProbes(state.history, { part, quorum, hasStable });
      if (problem === null || verdict.verdict === 'fail') return verdict;
      return {
        ...verdict,
        verdict: 'no-data',
        reasonCode: 'unprobed',
        message: `probes cannot be sent: ${problem}`,
      };
    },
    differences: () => state.differences,
    take: () => ended.splice(0),
    isGathering: () => running !== null,
    close() {
      closing.abort();
      for (const location of locations ?? []) location.close();
    },
  };
}

/** Each instance of the candidate by itself, beside one of stable's: what one of them lacks, the others must not hide. */
async function proveDirectly(
  ask: (places: readonly ProbeLocation[], direct: DirectUrls) => Promise<FinishedRound>,
  endpoints: Endpoints,
  options: ProberOptions,
): Promise<number> {
  const here = openLocation({ kind: 'here', name: 'here' }, options.env, options.policy.timeoutSeconds);
  let count = 0;
  for (const candidate of endpoints.candidate) {
    const direct = { stable: endpoints.stable.slice(0, 1), candidate: [candidate] };
    count = await prove((places) => ask(places, direct), [here], options);
  }
  return count;
}

/** Three times at most: one failure alone decides nothing. Stricter than a step: what differs from one place only is not proven. */
async function prove(
  ask: (places: readonly ProbeLocation[]) => Promise<FinishedRound>,
  places: readonly ProbeLocation[],
  { policy, hasStable, progress }: ProberOptions,
): Promise<number> {
  const quorum = Math.min(policy.quorum, places.length);
  let history = noProbes;
  let verdict: ProbeVerdict;
  let looks = 0;
  do {
    const { round } = await ask(places);
    history = learnRound(history, round);
    verdict = decideProbes(history, { part: 'before', quorum, hasStable });
    looks++;
  } while (verdict.verdict !== 'pass' && verdict.verdict !== 'fail' && looks < 3);
  if (verdict.verdict !== 'pass') {
    const isPlace = verdict.verdict === 'no-data';
    throw effectFailure(
      isPlace
        ? 'locations-unhealthy'
        : verdict.reasonCode === 'document-wrong'
          ? 'document-wrong'
          : 'probe-failed',
      `the candidate is not proven: ${verdict.message}; no user met it`,
      isPlace,
    );
  }
  if (verdict.unhealthyLocations.length > 0)
    progress(`probes: location unhealthy: ${verdict.unhealthyLocations.join(', ')}`);
  return new Set(history.last?.observations.map(({ operation }) => operation)).size;
}

/**
 * Here, an instance is asked directly, another one every round, so that the router counts users and not probes; from
 * elsewhere it is the public address, pinned by a header.
 */
function targetOf(
  { hasStable, pins, publicUrl }: ProberOptions,
  place: ProbeLocation,
  version: ProbedVersion,
  direct: DirectUrls,
  turn: number,
): ProbeTarget | null {
  if (version === 'stable' && !hasStable) return null;
  const urls = direct[version];
  const url = urls[turn % Math.max(1, urls.length)];
  if (place.name === 'here' && url !== undefined) return { url, headers: {} };
  return { url: place.target ?? publicUrl(), headers: { 'x-evenkeel-pin': pins[version] } };
}

function learn(state: ProberState, { round, compared }: FinishedRound): ProberState {
  const noise = { ...state.noise };
  const differences: string[] = [];
  for (const one of compared) differences.push(...differencesOf(one, noise));
  return {
    history: learnRound(state.history, round),
    noise,
    differences,
    recent: [...state.recent, round].slice(-keptRounds),
  };
}

function differencesOf(one: ComparedAnswers, noise: Record<string, AnswerNoise>): string[] {
  const key = placeOf(one);
  const compared = compareAnswers(noise[key] ?? noNoise, one.stable, one.candidate);
  noise[key] = compared.noise;
  return compared.differences.map(({ place, what }) => `${one.operation}: ${place} ${what}`);
}
