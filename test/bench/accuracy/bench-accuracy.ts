/**
 * How often the containment engine is right, about random pairs of schemas whose truth comes from ajv:
 *
 *   npm run bench:accuracy -- [--pairs 20000] [--seed 1] [--from 0] [--json]
 *
 * A `compatible` that a sample refutes, a `breaking` whose witness plain ajv does not confirm, a rewrite of the same
 * meaning that is called a break, and a throw are wrong answers: the smallest pair of each is printed, and the exit
 * code is 1. A `compatible` that no sample refutes may still be wrong: samples are a net with holes.
 */
import { parseArgs } from 'node:util';
import { drawPair } from './draw-pair.ts';
import { measurePair, type Measured } from './measure-pair.ts';

interface Totals {
  pairs: number;
  unreadable: number;
  verdicts: Record<Measured['verdict'], number>;
  missed: number;
  rewritten: { pairs: number; notCompatible: number; byRewrite: Map<string, number> };
  wrong: Map<string, { count: number; smallest: Measured }>;
  unproven: Map<string, { count: number; missed: number; smallest: Measured }>;
  slowest: Measured | undefined;
  seconds: number;
}

/** Measures pairs `from` up to `from + pairs`; the same seed and numbers give the same pairs. */
export function measurePairs(seed: number, from: number, pairs: number): Totals {
  const totals: Totals = {
    pairs: 0,
    unreadable: 0,
    verdicts: { compatible: 0, breaking: 0, unproven: 0, failed: 0 },
    missed: 0,
    rewritten: { pairs: 0, notCompatible: 0, byRewrite: new Map() },
    wrong: new Map(),
    unproven: new Map(),
    slowest: undefined,
    seconds: 0,
  };
  const start = performance.now();
  for (let number = from; number < from + pairs; number++) {
    const measured = measurePair(drawPair(seed, number), seed);
    if (measured === undefined) totals.unreadable += 1;
    else count(totals, measured);
  }
  totals.seconds = (performance.now() - start) / 1000;
  return totals;
}

function count(totals: Totals, measured: Measured): void {
  totals.pairs += 1;
  totals.verdicts[measured.verdict] += 1;
  if (measured.missed !== undefined) totals.missed += 1;
  if (measured.pair.origin === 'rewritten') {
    totals.rewritten.pairs += 1;
    if (measured.verdict !== 'compatible') {
      totals.rewritten.notCompatible += 1;
      for (const name of measured.pair.rewrites) {
        totals.rewritten.byRewrite.set(name, (totals.rewritten.byRewrite.get(name) ?? 0) + 1);
      }
    }
  }
  if (measured.wrong !== undefined) {
    const known = totals.wrong.get(measured.wrong.what);
    const smallest = known === undefined ? measured : smaller(known.smallest, measured);
    totals.wrong.set(measured.wrong.what, { count: (known?.count ?? 0) + 1, smallest });
  }
  if (measured.verdict === 'unproven') {
    for (const reason of new Set(measured.reasons)) {
      const known = totals.unproven.get(reason);
      const smallest = known === undefined ? measured : smaller(known.smallest, measured);
      const missed = (known?.missed ?? 0) + (measured.missed === undefined ? 0 : 1);
      totals.unproven.set(reason, { count: (known?.count ?? 0) + 1, missed, smallest });
    }
  }
  if (measured.milliseconds > (totals.slowest?.milliseconds ?? 0)) totals.slowest = measured;
}

function smaller(one: Measured, other: Measured): Measured {
  return sizeOf(other) < sizeOf(one) ? other : one;
}

function sizeOf({ pair }: Measured): number {
  return JSON.stringify([pair.before, pair.after]).length;
}

function print(totals: Totals): void {
  const { pairs, verdicts, rewritten, seconds } = totals;
  const share = (part: number, whole = pairs) => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
  const lines = [
    `${pairs} pairs in ${seconds.toFixed(1)} s (${totals.unreadable} more that ajv cannot read)`,
    ...(['compatible', 'breaking', 'unproven', 'failed'] as const).map(
      (verdict) =>
        `  ${verdict.padEnd(12)}${String(verdicts[verdict]).padStart(7)}  ${share(verdicts[verdict])}`,
    ),
    `  unproven that a sample shows to be breaking: ${totals.missed} (${share(totals.missed)})`,
    `  same meaning in other words, not compatible: ${rewritten.notCompatible} of ${rewritten.pairs} (${share(rewritten.notCompatible, rewritten.pairs)})`,
    ...[...rewritten.byRewrite]
      .sort((one, other) => other[1] - one[1])
      .map(([name, number]) => `    ${number} × ${name}`),
    'unproven, by reason (of which a sample shows to be breaking), with the smallest pair:',
    ...[...totals.unproven]
      .sort((one, other) => other[1].count - one[1].count)
      .slice(0, 15)
      .flatMap(([reason, { count: number, missed, smallest }]) => [
        `  ${number} (${missed}) × ${reason}`,
        `      ${show(smallest)}`,
      ]),
    ...(totals.slowest
      ? [`slowest: ${totals.slowest.milliseconds.toFixed(0)} ms, pair ${totals.slowest.pair.number}`]
      : []),
    ...[...totals.wrong].flatMap(([what, { count: number, smallest }]) => [
      `WRONG ${number} × ${what}; the smallest:`,
      `  ${show(smallest)}`,
      `  ${JSON.stringify(smallest.wrong)}`,
    ]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function show({ pair }: Measured): string {
  return `#${pair.number} ${pair.dialect} ${JSON.stringify(pair.before)} -> ${JSON.stringify(pair.after)}`;
}

function toJson(totals: Totals): unknown {
  return {
    ...totals,
    wrong: Object.fromEntries(totals.wrong),
    unproven: Object.fromEntries(totals.unproven),
    rewritten: { ...totals.rewritten, byRewrite: Object.fromEntries(totals.rewritten.byRewrite) },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  });
  const totals = measurePairs(Number(values.seed), Number(values.from), Number(values.pairs));
  if (values.json) process.stdout.write(`${JSON.stringify(toJson(totals))}\n`);
  else print(totals);
  process.exitCode = totals.wrong.size > 0 ? 1 : 0;
}
