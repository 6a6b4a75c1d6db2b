/**
 * The traffic of one simulated rollout, tick by tick. Requests arrive as a Poisson process and choose a version by chance;
 * errors are binomial, or come in bursts that arrive as a Poisson process and stay inside one instance and tick.
 */
import { counterIncrease } from '../../../policies/judge/counter-increase.ts';
import type { LatencyTick, ScenarioTick, VersionTick } from './procedure.ts';
import { sampleBinomial, sampleGeometric, samplePoisson } from './sample-counts.ts';
import type { Behaviour, Bursts, Scenario } from './scenario.ts';
import type { Random } from './seeded-random.ts';
import { histogramBounds, shareSlowerThan } from './service-time.ts';

export interface Traffic {
  /** One tick of the stable version alone, as it was before the deployment. */
  before(): VersionTick;
  next(): ScenarioTick;
}

interface Version {
  share: number;
  instances: number;
  behaviour: Behaviour;
}

const daySeconds = 86_400;
/** With `bursts` there are twenty instances, one of them the candidate's. */
const baselineInstances = 19;
const spikeSeconds = 300;
const spikeEverySeconds = 7200;
const spikeFactor = 10;
const driftFactor = 3;

export function startTraffic(scenario: Scenario, random: Random): Traffic {
  const { tickSeconds, candidate, baseline } = scenario;
  const spikes = scenario.drift === 'spikes' ? spikeTimes(scenario.horizonSeconds, random) : [];
  const restarts = { candidate: startCounters(), baseline: startCounters() };
  let ticks = 0;
  let share = scenario.share;
  const versionTick = (version: Version, factor: { traffic: number; errors: number }): VersionTick => {
    const seconds = tickSeconds * version.share * factor.traffic;
    const errorRate = Math.min(1, version.behaviour.errorRate * factor.errors);
    return drawVersion(scenario, version, scenario.requestsPerSecond * seconds, errorRate, random);
  };
  return {
    before: () =>
      versionTick({ share: 1, instances: baselineInstances, behaviour: baseline }, { traffic: 1, errors: 1 }),
    next() {
      const beginsAt = ticks * tickSeconds;
      ticks++;
      for (const step of scenario.shareSteps) if (step.atSeconds <= beginsAt) share = step.share;
      const factor = commonFactors(scenario.drift, beginsAt, spikes);
      const hasChanged = beginsAt >= scenario.changeAtSeconds;
      let own: VersionTick | null = versionTick(
        { share, instances: 1, behaviour: hasChanged ? candidate : baseline },
        factor,
      );
      let other: VersionTick | null = versionTick(
        { share: 1 - share, instances: baselineInstances, behaviour: baseline },
        factor,
      );
      const { restartEverySeconds } = scenario;
      if (restartEverySeconds !== null) {
        const ticksBetween = Math.round(restartEverySeconds / tickSeconds);
        // Not both in the same tick.
        own = throughCounters(restarts.candidate, own, ticks % ticksBetween === 0, random);
        other = throughCounters(
          restarts.baseline,
          other,
          (ticks + ticksBetween / 2) % ticksBetween === 0,
          random,
        );
      }
      if (scenario.missingTicks > 0 && random() < scenario.missingTicks) {
        const which = random() * 3;
        if (which < 2) own = null;
        if (which >= 1) other = null;
      }
      return { atSeconds: ticks * tickSeconds, candidate: own, baseline: other };
    },
  };
}

/** What changes for both versions alike. */
function commonFactors(
  drift: Scenario['drift'],
  atSeconds: number,
  spikes: readonly number[],
): { traffic: number; errors: number } {
  if (drift === 'daily') {
    // Between a third and three times the usual, errors a quarter of a day behind the traffic.
    const angle = (2 * Math.PI * atSeconds) / daySeconds;
    return { traffic: driftFactor ** Math.sin(angle), errors: driftFactor ** -Math.cos(angle) };
  }
  const isSpike = spikes.some((begins) => atSeconds >= begins && atSeconds < begins + spikeSeconds);
  return { traffic: 1, errors: isSpike ? spikeFactor : 1 };
}

function spikeTimes(horizonSeconds: number, random: Random): number[] {
  const count = samplePoisson(horizonSeconds / spikeEverySeconds, random);
  return Array.from({ length: count }, () => random() * horizonSeconds);
}

function drawVersion(
  { bursts, metric }: Scenario,
  { instances, behaviour }: Version,
  meanRequests: number,
  errorRate: number,
  random: Random,
): VersionTick {
  if (bursts !== null) return drawBursts(bursts, instances, meanRequests, errorRate, random);
  const requests = samplePoisson(meanRequests, random);
  const errors = sampleBinomial(requests, errorRate, random);
  if (metric === 'ratio') return { requests, errors };
  return { requests, errors, latency: drawLatency(requests, behaviour.stretch, random) };
}

function drawBursts(
  { meanSize, sizes, shown }: Bursts,
  instances: number,
  meanRequests: number,
  errorRate: number,
  random: Random,
): VersionTick {
  const counts: [requests: number, errors: number][] = [];
  let bursts = 0;
  for (let instance = 0; instance < instances; instance++) {
    const requests = samplePoisson(meanRequests / instances, random);
    const arrivals = samplePoisson((requests * errorRate) / meanSize, random);
    let errors = 0;
    for (let burst = 0; burst < arrivals; burst++) {
      errors += sizes === 'fixed' ? meanSize : sampleGeometric(meanSize, random);
    }
    bursts += arrivals;
    counts.push([requests, Math.min(requests, errors)]);
  }
  let requests = 0;
  let errors = 0;
  for (const [own, ownErrors] of counts) {
    requests += own;
    errors += ownErrors;
  }
  if (shown === 'instances') return { requests, errors, instances: counts };
  return shown === 'bursts' ? { requests, errors, bursts } : { requests, errors };
}

/** A histogram of this many answers: bucket by bucket, each answer that took longer than the last bound by chance in it. */
function drawLatency(requests: number, stretch: number, random: Random): LatencyTick {
  let slower = requests;
  const counts: number[] = [];
  for (const chance of staysSlower(stretch)) {
    slower = sampleBinomial(slower, chance, random);
    counts.push(requests - slower);
  }
  return { le: histogramBounds, counts };
}

const chancesByStretch = new Map<number, readonly number[]>();

/** The chance of being slower than each bound, given slower than the one before. */
function staysSlower(stretch: number): readonly number[] {
  const known = chancesByStretch.get(stretch);
  if (known !== undefined) return known;
  let before = 1;
  const chances = histogramBounds.map((le) => {
    const share = shareSlowerThan(le, stretch);
    const chance = before > 0 ? share / before : 0;
    before = share;
    return chance;
  });
  chancesByStretch.set(stretch, chances);
  return chances;
}

interface Counters {
  requests: number;
  errors: number;
}

function startCounters(): Counters {
  return { requests: 0, errors: 0 };
}

/** What a reader of cumulative counters sees: at a restart, what was counted since the last look is lost. */
function throughCounters(
  counters: Counters,
  tick: VersionTick,
  isRestart: boolean,
  random: Random,
): VersionTick {
  const before = { ...counters };
  const kept = isRestart ? random() : 1;
  const requests = sampleBinomial(tick.requests, kept, random);
  const errors = sampleHypergeometric(tick, requests, random);
  counters.requests = (isRestart ? 0 : counters.requests) + requests;
  counters.errors = (isRestart ? 0 : counters.errors) + errors;
  return {
    requests: counterIncrease([before.requests, counters.requests]),
    errors: counterIncrease([before.errors, counters.errors]),
  };
}

/** How many of a tick's errors are among `kept` of its requests. */
function sampleHypergeometric({ requests, errors }: VersionTick, kept: number, random: Random): number {
  if (kept === requests) return errors;
  let found = 0;
  for (let error = 0; error < errors; error++) {
    if (random() < (kept - found) / (requests - error)) found++;
  }
  return found;
}
