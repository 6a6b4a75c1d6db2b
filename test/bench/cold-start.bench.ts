import { resolve } from 'node:path';
import type { BenchRow } from './bench-row.ts';
import { timePaired } from './paired.ts';

/** The Action's bundle from start to its first decision (an event that it refuses), beside Node doing nothing. */
export function benchColdStart(): Promise<BenchRow[]> {
  const times = timePaired(
    {
      command: [process.execPath, resolve('action/dist/index.js')],
      env: {
        GITHUB_EVENT_NAME: 'fork',
        GITHUB_REPOSITORY: 'acme/shop',
        INPUT_TOKEN: 'none',
        GITHUB_SHA: '0'.repeat(40),
        GITHUB_EVENT_PATH: resolve('package.json'),
      },
      exitCode: 1,
      prints: /^::error::.*event/im,
    },
    { command: [process.execPath, '--eval', ''] },
    15,
  );
  return Promise.resolve([
    {
      name: 'cold start of the Action bundle, beside bare Node',
      value: times.ratio,
      unit: 'x',
      goal: 'at most 3x',
      isMet: times.ratio <= 3,
      detail: `${times.firstMs.toFixed(0)} ms, Node ${times.secondMs.toFixed(0)} ms`,
    },
  ]);
}
