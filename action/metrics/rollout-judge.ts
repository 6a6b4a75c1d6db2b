import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { countTick, noCounters, type CountersSoFar } from '../../policies/judge/counter-increase.ts';
import {
  judge,
  observe,
  startBake,
  startJudge,
  startStep,
  type JudgeSettings,
  type JudgeState,
} from '../../policies/judge/judge.ts';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import type { Tick, VersionSample } from '../../policies/judge/tick.ts';
import type { MetricPolicy, RolloutPolicy } from '../../policies/policy-file/policy.ts';
import { isWidening, type RolloutPlan, type RolloutState } from '../../policies/rollout/state.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { readFileIfPresent, writeFileAtomically } from '../deployer/state-directory.ts';
import type { RolloutJudge } from '../deployer/drive-rollout.ts';
import { recordEvidence, startEvidence } from './evidence-record.ts';
import type { MetricSource, SourceReading } from './metric-source.ts';
import { metricsToJudge } from './metrics-to-judge.ts';

/** The judge's state and the part of the rollout it belongs to; kept on disk so that evidence survives a crash. */
interface SavedJudge {
  part: string;
  state: JudgeState;
  counters: CountersSoFar;
}

const saveEverySeconds = 1;
const saveEvidenceEverySeconds = 10;
/** In the place of a metric's name where a source did not get as far as to name one. */
const unnamed = 'metrics';

export interface RolloutJudgeOptions {
  plan: RolloutPlan;
  stable: string;
  policy: RolloutPolicy;
  metrics: MetricPolicy[];
  connectRouter(): Promise<Router | null>;
  /** What the router does not count. */
  sources: readonly MetricSource[];
  /** The least time for which figures of a source may be missing. */
  staleSecondsOf(metric: MetricPolicy): number;
  /** Where the judge's state and the evidence over time are kept. */
  files: { state: string; evidence: string };
  /** Seconds since 1970, for sources. */
  nowSeconds(): number;
  signal: AbortSignal;
}

/**
 * Judges candidate against stable by what the router counted and what other sources say. What cannot be read is a tick
 * without data: nothing is concluded from it, and the judge says `no-data` when that lasts. Sources are asked beside the
 * ticks, so that a slow server never delays a verdict about what the router sees; what they say joins the next tick.
 */
export function judgeRollout(options: RolloutJudgeOptions): RolloutJudge {
  const { plan, stable, policy, metrics, files } = options;
  const settings = settingsOf(options);
  const asked = askSources(options.sources, options.nowSeconds, options.signal);
  let evidence = readEvidence(files.evidence) ?? startEvidence({ plan, stable, policy });
  let saved = readSaved(files.state);
  let savedAtSeconds = 0;
  let evidenceSavedAtSeconds = 0;

  function begin(state: RolloutState, atSeconds: number): void {
    const part = partOf(state);
    if (part === null || saved?.part === part) return;
    const current = saved?.state ?? startJudge(settings);
    const next =
      state.phase === 'baking' ? startBake(current, atSeconds) : startStep(current, stepOf(state, atSeconds));
    saved = { part, state: next, counters: saved?.counters ?? noCounters };
    evidence = { ...evidence, marks: [...evidence.marks, { atSeconds, label: labelOf(state) }] };
    save(atSeconds);
    keepEvidence(files.evidence, evidence);
  }

  function save(atSeconds: number): void {
    savedAtSeconds = atSeconds;
    writeFileAtomically(files.state, JSON.stringify(saved));
  }

  return {
    begin,
    async look(state, atSeconds) {
      // A step begins with its share: until the widening is done, what is seen belongs to the step before.
      if (state.pending === null || !isWidening(state.pending)) begin(state, atSeconds);
      const counters = await readCounters(options.connectRouter);
      // Before the first share is live nothing is expected of the candidate: harm counts already, silence does not.
      const waiting = { ...startJudge(settings), candidateShare: 0 };
      const current = saved ?? { part: 'before', state: waiting, counters: noCounters };
      const { tick, soFar } = countTick(
        current.counters,
        {
          atSeconds,
          candidate: counters?.versions[plan.candidate] ?? null,
          baseline: counters?.versions[stable] ?? null,
        },
        current.part === 'baking',
      );
      const next = observe(current.state, withReadings(ofRouter(tick, metrics), asked.take()));
      saved = { ...current, state: next, counters: soFar };
      if (atSeconds - savedAtSeconds >= saveEverySeconds) save(atSeconds);
      const judgement = judge(next, atSeconds);
      const problem = asked.problem();
      const told =
        problem === null || judgement.judgement === 'fail' || judgement.judgement === 'pass'
          ? judgement
          : { ...judgement, message: `${judgement.message} (${problem})` };
      evidence = recordEvidence(evidence, told, atSeconds);
      const isDecided = told.judgement === 'fail' || told.judgement === 'pass';
      if (isDecided || atSeconds - evidenceSavedAtSeconds >= saveEvidenceEverySeconds) {
        evidenceSavedAtSeconds = atSeconds;
        keepEvidence(files.evidence, evidence);
      }
      return told;
    },
  };
}

/** Sources that are asked all the time, one question each at once, and what they have said since the last tick. */
function askSources(
  sources: readonly MetricSource[],
  nowSeconds: () => number,
  signal: AbortSignal,
): { take(): SourceReading[]; problem(): string | null } {
  const ready: SourceReading[] = [];
  const problems = new Map<string, string>();
  const busy = new Set<MetricSource>();
  const ask = async (source: MetricSource): Promise<void> => {
    try {
      const reading = await source.look(nowSeconds(), signal);
      problems.delete(unnamed);
      if (reading === null) return;
      ready.push(reading);
      for (const side of [reading.candidate, reading.baseline])
        for (const group of [side?.events, side?.latencies, side?.gauges])
          for (const name of Object.keys(group ?? {})) problems.delete(name);
      for (const { metric, message } of reading.problems) problems.set(metric, message);
    } catch (error) {
      // Aborted: the rollout's run is over. Anything else is a mistake of the source's, and must not look like silence.
      if (!signal.aborted)
        problems.set(unnamed, `their source failed (${error instanceof Error ? error.name : 'no reason'})`);
    } finally {
      busy.delete(source);
    }
  };
  return {
    take() {
      for (const source of sources) {
        if (busy.has(source) || signal.aborted) continue;
        busy.add(source);
        void ask(source);
      }
      return ready.splice(0);
    },
    problem() {
      const [first] = problems;
      return first === undefined ? null : `${first[0]}: ${first[1]}`;
    },
  };
}

/** Only what the policy takes from the router: a metric of that name may come from elsewhere. */
function ofRouter(tick: Tick, metrics: readonly MetricPolicy[]): Tick {
  const has = (name: string): boolean =>
    metrics.some((metric) => metric.name === name && metric.source.from === 'router');
  const keep = (sample: VersionSample | null): VersionSample | null =>
    sample === null
      ? null
      : {
          ...(has('errors') ? { events: sample.events ?? {} } : {}),
          ...(has('latency') ? { latencies: sample.latencies ?? {} } : {}),
        };
  return { ...tick, candidate: keep(tick.candidate), baseline: keep(tick.baseline) };
}

/** Metrics of sources beside the router's. Two windows of one metric never come in one tick: a source answers one at a time. */
function withReadings(tick: Tick, readings: readonly SourceReading[]): Tick {
  return readings.reduce<Tick>(
    (sum, { candidate, baseline }) => ({
      ...sum,
      candidate: merge(sum.candidate, candidate),
      baseline: merge(sum.baseline, baseline),
    }),
    tick,
  );
}

function merge(first: VersionSample | null, second: VersionSample | null): VersionSample | null {
  if (first === null || second === null) return first ?? second;
  return {
    events: { ...first.events, ...second.events },
    latencies: { ...first.latencies, ...second.latencies },
    gauges: { ...first.gauges, ...second.gauges },
  };
}

async function readCounters(connectRouter: () => Promise<Router | null>) {
  try {
    const router = await connectRouter();
    return router === null ? null : await router.counters();
  } catch {
    return null;
  }
}

/** The canary steps share one judge with the phases between them; the bake is a part of its own. */
function partOf(state: RolloutState): string | null {
  if (state.phase === 'canary') return `canary-${state.step}`;
  return state.phase === 'baking' ? 'baking' : null;
}

/** For people who look at the picture. */
function labelOf(state: RolloutState): string {
  if (state.phase !== 'canary') return 'every user';
  return `${(state.plan.stepBasisPoints[state.step] ?? 0) / 100} % of users`;
}

/** The judge is told the share, so that it can tell a silent candidate from a rare one. */
function stepOf(state: RolloutState, atSeconds: number) {
  const index = state.phase === 'canary' ? state.step : 0;
  const candidateBasisPoints = state.plan.stepBasisPoints[index];
  return { index, atSeconds, ...(candidateBasisPoints === undefined ? {} : { candidateBasisPoints }) };
}

function settingsOf({ policy, metrics, plan, staleSecondsOf }: RolloutJudgeOptions): JudgeSettings {
  const stepsSeconds = plan.stepBasisPoints.length * policy.stepDeadlineSeconds + policy.bakeSeconds;
  const stale = new Map(metrics.map((metric) => [metric.name, staleSecondsOf(metric)]));
  return {
    metrics: metricsToJudge(metrics).map((metric) => ({
      ...metric,
      staleSeconds: stale.get(metric.name) ?? policy.noDataSeconds,
    })),
    alpha: policy.alpha,
    beta: policy.beta,
    steps: plan.stepBasisPoints.length,
    hasBake: true,
    minSoakSeconds: policy.minSoakSeconds,
    noDataSeconds: silenceSecondsOf(policy, metrics, stale),
    horizonSeconds: stepsSeconds,
  };
}

/** Whether anybody is there shows at every tick from the router; where it counts nothing, only as often as sources bring figures. */
function silenceSecondsOf(
  policy: RolloutPolicy,
  metrics: readonly MetricPolicy[],
  stale: ReadonlyMap<string, number>,
): number {
  const isCountedByRouter = metrics.some(({ source }) => source.from === 'router');
  return isCountedByRouter ? policy.noDataSeconds : Math.max(policy.noDataSeconds, ...stale.values());
}

/** A picture is never worth a rollout: where it cannot be written there is none. */
function keepEvidence(file: string, evidence: RolloutEvidence): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileAtomically(file, JSON.stringify(evidence));
  } catch {
    // `save` says that the disk cannot be written to.
  }
}

function readSaved(file: string): SavedJudge | null {
  const text = readFileIfPresent(file);
  // Written by `save` only, in a directory that is private to this user.
  return text === null ? null : (JSON.parse(text) as SavedJudge);
}

/** The evidence of a rollout so far; null when it was never judged by figures. */
export function readEvidence(file: string): RolloutEvidence | null {
  const text = readFileIfPresent(file);
  // Written by this file only, in a directory that is private to this user.
  return text === null ? null : (JSON.parse(text) as RolloutEvidence);
}
