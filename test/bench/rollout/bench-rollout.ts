/**
 * `npm run bench:rollout [part …]`: what a rollout promises, measured on real routers, processes and databases. A part
 * that counts requests takes how many, for a short look: `router-drops=50000`.
 */
import type { BenchRow } from '../bench-row.ts';
import { printRows } from '../print-rows.ts';
import { crashModelBench } from './crash-model.bench.ts';
import { benchCrashSchedules } from './crash-schedules.bench.ts';
import { benchFailback } from './failback.bench.ts';
import { benchRollbackTimes } from './rollback-times.bench.ts';
import { benchRouterDrops } from './router-drops.bench.ts';
import { benchRouterSpeed } from './router-speed.bench.ts';
import { schemaStepsBench } from './schema-steps.bench.ts';
import { targetsBench } from './targets.bench.ts';

const parts: { name: string; run: (size?: number) => Promise<BenchRow[]> }[] = [
  { name: 'crash-model', run: crashModelBench },
  { name: 'crash-schedules', run: benchCrashSchedules },
  { name: 'failback', run: benchFailback },
  { name: 'rollback-times', run: benchRollbackTimes },
  { name: 'router-drops', run: benchRouterDrops },
  { name: 'router-speed', run: benchRouterSpeed },
  { name: 'schema-steps', run: schemaStepsBench },
  { name: 'targets', run: targetsBench },
];

const sizes = new Map(
  process.argv.slice(2).map((argument) => {
    const [name = '', size] = argument.split('=');
    return [name, size === undefined ? undefined : Number(size)];
  }),
);
const wanted = [...sizes.keys()];
const known = parts.map(({ name }) => name);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no part ${unknown}; there are ${known.join(', ')}\n`);
  process.exit(2);
}
let areAllMet = true;
for (const part of parts) {
  if (wanted.length > 0 && !wanted.includes(part.name)) continue;
  process.stderr.write(`${part.name} …\n`);
  areAllMet = printRows(await part.run(sizes.get(part.name))) && areAllMet;
}
process.exitCode = areAllMet ? 0 : 1;
