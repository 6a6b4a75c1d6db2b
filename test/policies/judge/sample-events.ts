import type { EventSample } from '../../../policies/judge/tick.ts';

/** A Poisson number: how many of something rare happen. Small means by multiplying out, large ones as a sum of halves. */
export function samplePoisson(mean: number, random: () => number): number {
  if (mean > 30) return samplePoisson(mean / 2, random) + samplePoisson(mean / 2, random);
  const end = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > end; product *= random()) count++;
  return count;
}

/** Events that come `size` at a time, `mean` of them on average. */
export function sampleBursts(mean: number, size: number, random: () => number): number {
  return size * samplePoisson(mean / size, random);
}

export interface SampledVersion {
  /** Requests of each instance in a tick; one number: not counted by instance. */
  loads: readonly number[] | number;
  rate: number;
  /** How many events come together; 1: they are independent. */
  burst?: number;
}

/** One tick of one version. */
export function sampleEvents({ loads, rate, burst = 1 }: SampledVersion, random: () => number): EventSample {
  const eventsIn = (trials: number): number => Math.min(trials, sampleBursts(trials * rate, burst, random));
  if (typeof loads === 'number') return { trials: loads, events: eventsIn(loads) };
  const instances = loads.map((trials): [number, number] => [trials, eventsIn(trials)]);
  return {
    trials: loads.reduce((sum, trials) => sum + trials, 0),
    events: instances.reduce((sum, [, events]) => sum + events, 0),
    instances,
  };
}
