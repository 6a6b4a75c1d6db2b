/** The whole conformance suite on both targets that are here, and what a rehearsed rollback takes on each. */
import { join } from 'node:path';
import { openBench } from '../../../action/target/open-bench.ts';
import { runConformance } from '../../../action/target/run-conformance.ts';
import type { BenchRow } from '../bench-row.ts';

const root = join(import.meta.dirname, '../../..');
const never = new AbortController().signal;

const targets = [
  { name: 'local', module: 'local' },
  { name: 'a target of one’s own', module: join(root, 'test/fixtures/own-target/target.mjs') },
];

/** A row for each target's broken promises, and one for the time of its whole suite. */
export async function targetsBench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, module } of targets) {
    const bench = await openBench({
      module,
      service: null,
      workingDirectory: root,
      env: process.env,
      progress: () => undefined,
      signal: never,
    });
    const results = await runConformance(bench, never, () => undefined);
    const failed = results.filter(({ outcome }) => outcome === 'failed');
    const rehearsal = results.find((result) => result.name === 'rehearsal')?.message ?? '';
    const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
    const tried = results.length;
    rows.push(
      {
        name: `${name}: promises broken, of ${tried}`,
        value: failed.length,
        unit: 'cases',
        goal: '0',
        isMet: failed.length === 0,
        detail:
          failed.length === 0 ? rehearsal : failed.map((one) => `${one.name}: ${one.message}`).join('; '),
      },
      { name: `${name}: the whole suite`, value: seconds, unit: 's', goal: '≤ 90', isMet: seconds <= 90 },
    );
    if (failed.length === 0) bench.close();
  }
  return rows;
}
