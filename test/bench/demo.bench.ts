import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { DemoReport } from '../../action/demo/run-demo.ts';
import type { BenchRow } from './bench-row.ts';

/** The demo with both routers: from the judge's verdict to no user on the candidate, and requests dropped on the way. */
export function benchDemo(): Promise<BenchRow[]> {
  return Promise.resolve((['haproxy', 'embedded'] as const).flatMap(measure));
}

function measure(router: 'haproxy' | 'embedded'): BenchRow[] {
  const run = spawnSync(
    process.execPath,
    [resolve('action/dist/cli.js'), 'demo', '--json', '--quiet', '--router', router],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (run.status !== 0)
    throw new Error(`the demo with ${router} ended with ${String(run.status)}: ${run.stderr.slice(-500)}`);
  // Our own command's versioned output.
  const { result } = JSON.parse(run.stdout) as { result: DemoReport };
  const worstMs = Math.max(...result.rows.flatMap((row) => row.verdictToTrafficOffMs ?? []));
  return [
    {
      name: `verdict to traffic off, ${router}, the slowest of the demo`,
      value: worstMs,
      unit: 'ms',
      goal: 'at most 50 ms',
      isMet: worstMs <= 50,
    },
    {
      name: `dropped in the demo, ${router}`,
      value: result.dropped,
      unit: 'requests',
      goal: '0',
      isMet: result.dropped === 0,
      detail: `of ${result.requests}`,
    },
  ];
}
