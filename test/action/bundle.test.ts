/** What is published: the same bytes from the same sources, small where it starts, and complete without node_modules. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startOfProcess } from '../../stacks/local/process-table.ts';
import { buildBundle } from '../support/bundle.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');
/** The oldest Node that has to run it, where a machine has one beside the project's own. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path)) ?? process.execPath;

test('the bundle', async (context) => {
  const directory = temporaryDirectory(context);
  const dist = join(directory, 'dist');
  await buildBundle(dist);

  await context.test(
    'has the same bytes wherever it is built, and names no place on this machine',
    async () => {
      const again = join(directory, 'elsewhere', 'dist');
      await buildBundle(again);
      const names = readdirSync(dist).sort();
      assert.deepEqual(readdirSync(again).sort(), names);
      for (const name of names) {
        const bytes = readFileSync(join(dist, name));
        assert.ok(bytes.equals(readFileSync(join(again, name))), name);
        assert.equal(bytes.includes(root), false, `${name} names ${root}`);
      }
    },
  );

  await context.test('starts small: what is heavy comes only with the commands that need it', () => {
    for (const entry of ['index.js', 'cli.js']) {
      const kilobytes = sizeOfStart(dist, entry) / 1024;
      assert.ok(kilobytes < 100, `${entry} loads ${Math.round(kilobytes)} KiB before it does anything`);
    }
  });

  await context.test('runs without node_modules, on the oldest Node there is', () => {
    const help = execFileSync(oldNode, [join(dist, 'cli.js'), '--help'], {
      cwd: directory,
      encoding: 'utf8',
    });
    assert.match(help, /deploy/);
    // Every command's code is loaded for its help, and with it whatever would not load on this Node.
    for (const command of [
      'check',
      'compare',
      'rules',
      'deploy',
      'status',
      'rollback',
      'audit',
      'init',
      'demo',
    ]) {
      const shown = execFileSync(oldNode, [join(dist, 'cli.js'), command, '--help'], {
        cwd: directory,
        encoding: 'utf8',
      });
      assert.match(shown, new RegExp(`evenkeel ${command}`));
    }
    const launched = execFileSync(join(dist, 'cli.js'), ['--version'], { cwd: directory, encoding: 'utf8' });
    assert.match(launched, /^\d+\.\d+\.\d+\n$/);
  });

  await context.test('compares in a thread of its own', () => {
    const question = (kind: string, before: string, after: string) =>
      JSON.stringify({ id: kind, kind, before, after });
    const lines = [
      question('config', 'timeout: 30\n', 'timeout: 31\n'),
      question('sql', 'create table a (b int);', 'drop table a;'),
    ];
    const run = spawnSync(oldNode, [join(dist, 'cli.js'), 'compare', '--batch'], {
      cwd: directory,
      encoding: 'utf8',
      input: lines.join('\n'),
    });
    assert.equal(run.status, 1, run.stderr);
    assert.match(run.stdout, /^\{"id":"config","verdict":"compatible".*\n\{"id":"sql","verdict":"breaking"/);
    const rule = execFileSync(oldNode, [join(dist, 'cli.js'), 'rules', 'sql/forbid-destructive'], {
      encoding: 'utf8',
    });
    assert.match(rule, /DROP TABLE .* destroys data/);
  });

  await context.test(
    'its provider prints its port and nothing else, and ends with who started it',
    async (own) => {
      // A shell between the two, so that the provider's parent can be killed and not the test.
      const launcher = join(dist, 'pulumi-resource-evenkeel');
      const script = '"$0" 127.0.0.1:1 & echo "process $!"; wait';
      const parent = spawn('/bin/sh', ['-c', script, launcher], {
        cwd: directory,
        env: { ...process.env, EVENKEEL_NODE: oldNode },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      own.after(() => parent.kill('SIGKILL'));
      const lines: string[] = [];
      createInterface({ input: parent.stdout }).on('line', (line) => lines.push(line));
      await until('the provider’s port', () => lines.length >= 2);
      const provider = Number(/^process (\d+)$/.exec(lines[0] ?? '')?.[1]);
      assert.match(lines[1] ?? '', /^\d{4,5}$/);
      assert.notEqual(startOfProcess(provider), null);
      parent.kill('SIGKILL');
      await until('the provider’s end', () => startOfProcess(provider) === null);
      assert.equal(lines.length, 2);
    },
  );
});

/** Bytes of an entry point and of all it imports without being asked. */
function sizeOfStart(directory: string, entry: string, seen = new Set<string>()): number {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const text = readFileSync(join(directory, entry), 'utf8');
  const imports = [
    ...text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}$,\s]*?from\s*)?"\.\/([\w.-]+\.js)"/g),
  ];
  return imports.reduce(
    (bytes, found) => bytes + sizeOfStart(directory, found[1] ?? '', seen),
    statSync(join(directory, entry)).size,
  );
}
