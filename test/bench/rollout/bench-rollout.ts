/** `npm run bench:rollout [part …]`: what a rollout promises, measured on real routers, processes and databases. */
import type { BenchRow } from '../bench-row.ts';
import { printRows } from '../print-rows.ts';
import { crashModelBench } from './crash-model.bench.ts';
import { benchCrashSchedules } from './crash-schedules.bench.ts';
import { benchFailback } from './failback.bench.ts';
import { benchRollbackTimes } from './rollback-times.bench.ts';
import { benchRouterDrops } from './router-drops.bench.ts';
import { benchRouterSpeed } from './router-speed.bench.ts';
import { targetsBench } from './targets.bench.ts';

const parts: { name: string; run: () => Promise<BenchRow[]> }[] = [
  { name: 'crash-model', run: crashModelBench },
  { name: 'crash-schedules', run: benchCrashSchedules },
  { name: 'failback', run: benchFailback },
  { name: 'rollback-times', run: benchRollbackTimes },
  { name: 'router-drops', run: benchRouterDrops },
  { name: 'router-speed', run: benchRouterSpeed },
  { name: 'targets', run: targetsBench },
];

const wanted = process.argv.slice(2);
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
  areAllMet = printRows(await part.run()) && areAllMet;
}
process.exitCode = areAllMet ? 0 : 1;
