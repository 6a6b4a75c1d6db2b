import type { ProbePhases } from './probe-request.ts';
import type { ProbedVersion, ProbeRound } from './probe-verdict.ts';

/** How long each part of the way took at a version, from a place: medians over the last rounds, null where there was none. */
export interface PhaseLatency extends ProbePhases {
  location: string;
  version: ProbedVersion;
  answers: number;
}

const phaseNames = ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'] as const;

export function phaseLatency(rounds: readonly ProbeRound[]): PhaseLatency[] {
  const groups = new Map<string, { location: string; version: ProbedVersion; phases: ProbePhases[] }>();
  for (const { location, version, phases, isAnswered } of rounds.flatMap(
    ({ observations }) => observations,
  )) {
    if (!isAnswered || phases === null) continue;
    const key = JSON.stringify([location, version]);
    const group = groups.get(key) ?? { location, version, phases: [] };
    group.phases.push(phases);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ location, version, phases }) => {
    const [dnsMs, connectMs, tlsMs, firstByteMs, totalMs] = phaseNames.map((name) =>
      median(phases.map((one) => one[name]).filter((one) => one !== null)),
    );
    return {
      location,
      version,
      answers: phases.length,
      dnsMs: dnsMs ?? null,
      connectMs: connectMs ?? null,
      tlsMs: tlsMs ?? null,
      firstByteMs: firstByteMs ?? null,
      totalMs: totalMs ?? 0,
    };
  });
}

/** `oslo: candidate 41 ms (connect 12, tls 14, first byte 13), stable 40 ms`, a line for each place. */
export function latencyLines(latencies: readonly PhaseLatency[]): string[] {
  const places = [...new Set(latencies.map(({ location }) => location))];
  return places.map((place) => {
    const own = latencies.filter(({ location }) => location === place);
    return `${place}: ${own.map((one) => `${one.version} ${inMs(one.totalMs)} ms (${partsOf(one)})`).join(', ')}`;
  });
}

function partsOf({ dnsMs, connectMs, tlsMs, firstByteMs }: ProbePhases): string {
  const parts: [string, number | null][] = [
    ['dns', dnsMs],
    ['connect', connectMs],
    ['tls', tlsMs],
    ['first byte', firstByteMs],
  ];
  return parts.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${inMs(ms)}`])).join(', ');
}

function inMs(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0);
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
