/**
 * The main job, whole: the built bundle runs the demo as a user would, with real processes, the real router, the real
 * Pulumi CLI and real load. Slow (minutes), and the one test that would notice if the parts did not fit together.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { DemoReport } from '../../action/demo/run-demo.ts';

async function runDemo(
  router: string,
): Promise<{ exitCode: number | null; report: DemoReport; progress: string }> {
  const child = spawn(
    process.execPath,
    [resolve('action/dist/cli.js'), 'demo', '--json', '--router', router],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let printed = '';
  let progress = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (progress += chunk));
  const exitCode = await new Promise<number | null>((done) => child.once('close', done));
  assert.notEqual(printed, '', `the demo printed nothing; its progress was:\n${progress}`);
  // Our own command's versioned output.
  const { result } = JSON.parse(printed) as { result: DemoReport };
  return { exitCode, report: result, progress };
}

test('the demo takes every change to where it belongs and drops no request', async () => {
  const { exitCode, report, progress } = await runDemo('auto');
  assert.equal(exitCode, 0, progress);
  const verdicts = Object.fromEntries(report.rows.map((row) => [row.scenario, row.verdict]));
  assert.deepEqual(verdicts, {
    'first deployment': 'settled',
    'good configuration': 'settled',
    'configuration that hurts': 'rolled-back',
    'code that is slow': 'rolled-back',
    'breaking schema': 'block',
    'good code, approved late': 'settled',
    'good code, process killed': 'settled',
    'edited audit entry': 'not-valid',
  });
  assert.equal(report.dropped, 0);
  assert.ok(report.requests > 10_000, `${report.requests} requests are too few to have tested anything`);
  const hurt = report.rows.find((row) => row.scenario === 'configuration that hurts');
  assert.ok(hurt !== undefined && hurt.step.startsWith('canary at 10 %'), 'it was stopped at the first step');
  assert.ok(hurt.errorsOnBadVersion > 0, 'users did meet the bad version, so the judge had something to see');
});
