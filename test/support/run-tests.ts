/**
 * The README's test command: finds or builds the Pulumi CLI first, saying so, then runs every test file in processes of
 * their own and closes with one line that says how many passed.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  isClean: boolean;
}

/** What looks at single requests has the machine for itself: its neighbours' noise would be its own latency. */
const alone = /^test\/stacks\//;
/** Everything else: whole rollouts mostly wait, for soaking and for evidence, and leave room for one more. */
const besideOneAnother = availableParallelism() + 1;
/** Compiled once, for every process of every test. */
const compiled = join(import.meta.dirname, '../../node_modules/.cache/evenkeel-tests');

function runFiles(files: readonly string[], concurrency: number, pulumiPath: string): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0, isClean: true };
  if (files.length === 0) return Promise.resolve(counts);
  const runner = spawn(
    process.execPath,
    [
      '--import',
      './test/support/seed.ts',
      '--test',
      '--test-reporter=spec',
      '--test-timeout=600000',
      `--test-concurrency=${concurrency}`,
      ...files,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled, EVENKEEL_PULUMI: pulumiPath },
    },
  );
  createInterface({ input: runner.stdout }).on('line', (line) => {
    process.stdout.write(`${line}\n`);
    const count = /^ℹ (pass|fail|cancelled|skipped) (\d+)$/.exec(line);
    if (count === null) return;
    if (count[1] === 'pass') counts.passed += Number(count[2]);
    else if (count[1] === 'skipped') counts.skipped += Number(count[2]);
    else counts.failed += Number(count[2]);
  });
  return new Promise((resolve) => {
    runner.once('close', (code) => resolve({ ...counts, isClean: code === 0 }));
  });
}

const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const files = globSync(patterns.length > 0 ? patterns : ['test/**/*.test.ts'], {
  exclude: ['test/fixtures/**'],
}).sort();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${patterns.join(' ')}\n`);
  process.exit(2);
}
const pulumi = await findPulumi({
  env: process.env,
  progress: (line) => process.stderr.write(`${line}\n`),
  signal: new AbortController().signal,
});
process.stderr.write(`Pulumi CLI ${pulumi.version} (${pulumi.foundBy})\n`);

const groups: [files: string[], atATime: number][] = [
  [files.filter((file) => !alone.test(file)), besideOneAnother],
  [files.filter((file) => alone.test(file)), 1],
];
const counts: Counts[] = [];
for (const [group, atATime] of groups) counts.push(await runFiles(group, atATime, pulumi.path));
const sumOf = (key: 'passed' | 'failed' | 'skipped'): number =>
  counts.reduce((sum, count) => sum + count[key], 0);
const [passed, failed, skipped] = [sumOf('passed'), sumOf('failed'), sumOf('skipped')];
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = passed > 0 && failed === 0 && counts.every(({ isClean }) => isClean) ? 0 : 1;
