/**
 * Rounds of probes as a metric of the judge. The probes of a round share a moment, a network and a database, so they are
 * no independent trials: a whole round is one, and it went wrong when anything in it did, from a place that can be used.
 * Rounds of a candidate with a fault fail one after the other; the judge asks for no independence of harm that is there.
 */
import {
  unhealthyLocations,
  type ProbedVersion,
  type ProbeRound,
} from '../../policies/probes/probe-verdict.ts';
import type { VersionSample } from '../../policies/judge/tick.ts';
import type { MetricSource } from '../metrics/metric-source.ts';

export function probeSource(takeRounds: () => ProbeRound[]): MetricSource {
  return {
    look() {
      const rounds = takeRounds();
      if (rounds.length === 0) return Promise.resolve(null);
      const candidate = sampleOf(rounds, 'candidate');
      const baseline = sampleOf(rounds, 'stable');
      const isBlind = candidate === null && baseline === null;
      const problems = isBlind ? [{ metric: 'probes', message: 'no location reaches either version' }] : [];
      return Promise.resolve({ candidate, baseline, problems });
    },
  };
}

/** Null: no round says anything of this version. */
function sampleOf(rounds: readonly ProbeRound[], version: ProbedVersion): VersionSample | null {
  let trials = 0;
  let events = 0;
  for (const { observations } of rounds) {
    const unhealthy = unhealthyLocations(observations);
    const own = observations.filter((one) => one.version === version && !unhealthy.includes(one.location));
    if (own.length === 0) continue;
    trials++;
    if (own.some(({ problem }) => problem !== null)) events++;
  }
  return trials === 0 ? null : { events: { probes: { events, trials } } };
}
