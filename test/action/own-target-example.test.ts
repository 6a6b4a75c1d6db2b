/** The example of stacks/TARGETS.md, through the real Pulumi: real processes, a real balancer, real users. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformanceCases } from '../../action/target/conformance-cases.ts';
import { openBench } from '../../action/target/open-bench.ts';
import { runConformance } from '../../action/target/run-conformance.ts';
import { commitFiles } from '../support/git-repository.ts';

const root = join(import.meta.dirname, '../..');
const fixture = join(root, 'test/fixtures/own-target');

test('the example is what stands in the document', () => {
  const document = readFileSync(join(root, 'stacks/TARGETS.md'), 'utf8');
  const quoted = /```js\n([\s\S]*?)```/.exec(document)?.[1];
  assert.equal(quoted, readFileSync(join(fixture, 'target.mjs'), 'utf8'));
});

test('every promise has its line in the document', () => {
  const document = readFileSync(join(root, 'stacks/TARGETS.md'), 'utf8');
  for (const { name } of conformanceCases) assert.match(document, new RegExp(`^- \`${name}\`: `, 'm'));
});

test('the example moves users by updates and by its fast flip, and leaves nothing', async (context) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'evenkeel-test-')));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(fixture, directory, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const bench = await openBench({
    module: './target.mjs',
    service: null,
    workingDirectory: directory,
    env: process.env,
    progress: () => undefined,
    signal: new AbortController().signal,
  });
  // The whole suite takes a minute: it is run with `npm run bench:rollout targets`.
  const cases = conformanceCases.filter(({ name }) => ['create', 'pins', 'fast'].includes(name));
  const results = await runConformance(bench, new AbortController().signal, () => undefined, cases);
  assert.deepEqual(
    results.map(({ name, outcome }) => [name, outcome]),
    ['create', 'pins', 'fast', 'destroy'].map((name) => [name, 'passed']),
    JSON.stringify(results, null, 1),
  );
  bench.close();
});

test('a service of the policy is both versions, under two names', async (context) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'evenkeel-test-')));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(fixture, directory, { recursive: true });
  commitFiles(directory, 'Adopt', {
    'evenkeel.yml': `version: 1
services:
  till:
    paths: [till/**]
    target: ./target.mjs
    run: { command: node server.js, directory: till, health: /, port: 18111 }
    metrics: [{ name: errors, critical: true }]
unclaimed: allow
`,
    'till/server.js': '// the till\n',
  });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const open = (service: string): ReturnType<typeof openBench> =>
    openBench({
      module: './target.mjs',
      service,
      workingDirectory: directory,
      env: process.env,
      progress: () => undefined,
      signal: new AbortController().signal,
    });
  const bench = await open('till');
  assert.notEqual(bench.blue.digest, bench.green.digest);
  for (const release of [bench.blue, bench.green])
    assert.equal(readFileSync(join(release.directory, 'till/server.js'), 'utf8'), '// the till\n');
  assert.notEqual(bench.service.publicPort, 18_111, 'what is deployed is left alone');
  bench.close();
  await assert.rejects(open('tull'), /evenkeel\.yml has no service "tull"/);
});
