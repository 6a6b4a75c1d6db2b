/**
 * Exact samples of counts in constant expected time. Small means by inversion; large ones by transformed rejection with
 * a squeeze (W. Hörmann: PTRS, "The transformed rejection method for generating Poisson random variables", 1993, and
 * BTRS, "The generation of binomial random variates", 1993). No normal approximation: false alarms live in the tails.
 */
import type { Random } from './seeded-random.ts';

const inversionUpTo = 10;

/** A Poisson count. */
export function samplePoisson(mean: number, random: Random): number {
  if (!(mean > 0)) return 0;
  return mean < inversionUpTo ? invertPoisson(mean, random) : rejectPoisson(mean, random);
}

/** How many of `trials` happen, each with the same chance. */
export function sampleBinomial(trials: number, chance: number, random: Random): number {
  if (!(chance > 0) || trials <= 0) return 0;
  if (chance >= 1) return trials;
  if (chance > 0.5) return trials - sampleBinomial(trials, 1 - chance, random);
  return trials * chance < inversionUpTo
    ? invertBinomial(trials, chance, random)
    : rejectBinomial(trials, chance, random);
}

/** At least one, geometric with this mean. */
export function sampleGeometric(mean: number, random: Random): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log1p(-random()) / Math.log1p(-1 / mean));
}

function invertPoisson(mean: number, random: Random): number {
  let left = random();
  let probability = Math.exp(-mean);
  let count = 0;
  while (left >= probability && count < 100) {
    left -= probability;
    count++;
    probability *= mean / count;
  }
  return count;
}

function invertBinomial(trials: number, chance: number, random: Random): number {
  const odds = chance / (1 - chance);
  let left = random();
  let probability = Math.exp(trials * Math.log1p(-chance));
  let count = 0;
  while (left >= probability && count < trials && count < 100) {
    left -= probability;
    probability *= (odds * (trials - count)) / (count + 1);
    count++;
  }
  return count;
}

function rejectPoisson(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const distance = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / distance + b) * u + mean + 0.43);
    if (distance >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (distance < 0.013 && v > distance)) continue;
    const proposed = Math.log((v * inverseAlpha) / (a / (distance * distance) + b));
    if (proposed <= count * logMean - mean - logFactorial(count)) return count;
  }
}

function rejectBinomial(trials: number, chance: number, random: Random): number {
  const deviation = Math.sqrt(trials * chance * (1 - chance));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * chance;
  const centre = trials * chance + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const logOdds = Math.log(chance / (1 - chance));
  const mode = Math.floor((trials + 1) * chance);
  const atMode = logFactorial(mode) + logFactorial(trials - mode);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const distance = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / distance + b) * u + centre);
    if (distance >= 0.07 && v <= squeeze) return count;
    if (count < 0 || count > trials) continue;
    const proposed = Math.log((v * alpha) / (a / (distance * distance) + b));
    const wanted = atMode - logFactorial(count) - logFactorial(trials - count) + (count - mode) * logOdds;
    if (proposed <= wanted) return count;
  }
}

const tableSize = 4096;
const logFactorials = new Float64Array(tableSize);
for (let n = 2; n < tableSize; n++) logFactorials[n] = (logFactorials[n - 1] ?? 0) + Math.log(n);

function logFactorial(n: number): number {
  if (n < tableSize) return logFactorials[n] ?? 0;
  // Stirling's series; at 4096 the next term is below 1e-15.
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
