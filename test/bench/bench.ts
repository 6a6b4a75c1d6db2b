/** `npm run bench`: every figure that the project promises, with its peer in the same run, as a ratio where time is meant. */
import { benchApproval } from './approval.bench.ts';
import { benchCheck } from './check.bench.ts';
import { benchColdStart } from './cold-start.bench.ts';
import type { BenchRow } from './bench-row.ts';
import { benchDemo } from './demo.bench.ts';
import { benchOpenapi } from './openapi.bench.ts';
import { benchProtobuf } from './protobuf.bench.ts';
import { printRows } from './print-rows.ts';

const benches: { name: string; run: () => Promise<BenchRow[]> }[] = [
  { name: 'cold start', run: benchColdStart },
  { name: 'check', run: benchCheck },
  { name: 'approval', run: benchApproval },
  { name: 'openapi', run: benchOpenapi },
  { name: 'protobuf', run: benchProtobuf },
  { name: 'rollout', run: benchDemo },
];

const wanted = process.argv.slice(2);
let areAllMet = true;
for (const bench of benches) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
  process.stderr.write(`${bench.name} …\n`);
  areAllMet = printRows(await bench.run()) && areAllMet;
}
process.exitCode = areAllMet ? 0 : 1;
