/**
 * The judge's own trust boundary. Sources leave out what they could not read; should a number that is none (NaN, an
 * infinity, a negative count) get here all the same, that metric of that version was not read at this tick. It is never a
 * zero, and it never gets into sums that would be lost with it.
 */
import type { EventSample, LatencySample, Tick, VersionSample } from './tick.ts';

/** The tick itself where all of it can be right, which is nearly always. */
export function readableTick(tick: Tick): Tick {
  const candidate = readableSample(tick.candidate);
  const baseline = readableSample(tick.baseline);
  return candidate === tick.candidate && baseline === tick.baseline ? tick : { ...tick, candidate, baseline };
}

export function readableSample<Sample extends VersionSample | null>(sample: Sample): Sample | VersionSample {
  if (sample === null) return sample;
  const { events, latencies, gauges } = sample;
  const areEventsRight = isEach(events, isEventSample);
  const areLatenciesRight = isEach(latencies, isLatencySample);
  const areGaugesRight = isEach(gauges, areFinite);
  if (areEventsRight && areLatenciesRight && areGaugesRight) return sample;
  return {
    ...(events === undefined ? {} : { events: only(events, isEventSample) }),
    ...(latencies === undefined ? {} : { latencies: only(latencies, isLatencySample) }),
    // An instance that told nonsense does not silence the others.
    ...(gauges === undefined
      ? {}
      : {
          gauges: Object.fromEntries(
            Object.entries(gauges).map(([name, values]) => [name, values.filter(Number.isFinite)]),
          ),
        }),
  };
}

function isEach<Value>(
  values: Readonly<Record<string, Value>> | undefined,
  isRight: (value: Value) => boolean,
): boolean {
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && !isRight(value)) return false;
  }
  return true;
}

function only<Value>(
  values: Readonly<Record<string, Value>>,
  isRight: (value: Value) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => isRight(value)));
}

function isEventSample({ events, trials, groups, instances }: EventSample): boolean {
  if (!isAmount(events) || !isAmount(trials) || !isAmount(groups ?? 0)) return false;
  for (const [own, ownEvents] of instances ?? []) if (!isAmount(own) || !isAmount(ownEvents)) return false;
  return true;
}

function isLatencySample({ bounds, within, answered }: LatencySample): boolean {
  return isAmount(answered) && within.length === bounds.length && within.every(isAmount);
}

function areFinite(values: readonly number[]): boolean {
  return values.every(Number.isFinite);
}

function isAmount(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY;
}
