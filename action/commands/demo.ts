import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inputFailure } from '../../stacks/failure.ts';
import { findPulumi } from '../deployer/pulumi/find-pulumi.ts';
import { formatDemo } from '../demo/report-demo.ts';
import { emptyDirectory, runDemo } from '../demo/run-demo.ts';
import type { Command } from './command.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'take good and bad changes to a small real service down the whole road, on this machine',
  usage: 'evenkeel demo [--directory DIR] [--router auto|haproxy|embedded] [--requests-per-second N]',
  example: 'evenkeel demo --json',
  options: {
    directory: { type: 'string' },
    router: { type: 'string' },
    'requests-per-second': { type: 'string' },
  },
  optionHelp: {
    directory: 'where the demo puts its repository; it is emptied first (default: a new temporary directory)',
    router: 'which router carries the traffic (default: HAProxy where it is installed)',
    'requests-per-second': 'the load that users make (default: 400)',
  },
  async run({ values }, context) {
    const router = values['router'] ?? 'auto';
    if (router !== 'auto' && router !== 'haproxy' && router !== 'embedded') {
      throw inputFailure('router-unknown', '--router must be auto, haproxy or embedded');
    }
    const requestsPerSecond = Number(values['requests-per-second'] ?? 400);
    if (!Number.isInteger(requestsPerSecond) || requestsPerSecond < 50 || requestsPerSecond > 5000) {
      throw inputFailure('rate-invalid', '--requests-per-second must be a whole number from 50 to 5000');
    }
    // Before anything else, since building it may take minutes.
    await findPulumi({
      env: context.env,
      progress: (line) => context.progress(line),
      signal: context.signal,
    });
    const report = await runDemo({
      directory: demoDirectory(values['directory'], context.workingDirectory),
      requestsPerSecond,
      router,
      progress: (line) => context.progress(line),
      signal: context.signal,
    });
    const failed = report.rows.filter((row) => !row.isAsExpected);
    const isDone = failed.length === 0 && report.dropped === 0 && !context.signal.aborted;
    return {
      exitCode: context.signal.aborted ? 130 : isDone ? 0 : 1,
      decision: isDone ? 'done' : 'failed',
      reasonCode: isDone ? 'as-expected' : 'not-as-expected',
      result: report,
      text: formatDemo(report),
    };
  },
};

function demoDirectory(wanted: unknown, workingDirectory: string): string {
  if (typeof wanted !== 'string') return mkdtempSync(join(tmpdir(), 'evenkeel-demo-'));
  const directory = resolve(workingDirectory, wanted);
  emptyDirectory(directory);
  return directory;
}
