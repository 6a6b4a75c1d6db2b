/**
 * The README's test command: finds or builds the Pulumi CLI first, saying so, then runs every test file in processes of
 * their own and closes with one line that says how many passed.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';

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

const runner = spawn(
  process.execPath,
  [
    '--test',
    '--test-reporter=spec',
    '--test-timeout=300000',
    `--test-concurrency=${Math.max(1, cpus().length)}`,
    ...files,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, EVENKEEL_PULUMI: pulumi.path } },
);
let passed = 0;
let failed = 0;
let skipped = 0;
createInterface({ input: runner.stdout }).on('line', (line) => {
  process.stdout.write(`${line}\n`);
  const count = /^ℹ (pass|fail|cancelled|skipped) (\d+)$/.exec(line);
  if (count === null) return;
  if (count[1] === 'pass') passed = Number(count[2]);
  else if (count[1] === 'skipped') skipped = Number(count[2]);
  else failed += Number(count[2]);
});
runner.once('close', (code) => {
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  process.exitCode = code === 0 && passed > 0 && failed === 0 ? 0 : 1;
});
