/** A real preview of somebody's own Pulumi program, by the real CLI: what it would do, or one sentence on why nobody can say. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as automation from '@pulumi/pulumi/automation/index.js';
import type { Preview } from '../../analyzers/scope.ts';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';
import { previewProgram } from '../../action/deployer/pulumi/preview-program.ts';
import { linkCli } from '../../action/deployer/pulumi/pulumi-home.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const never = new AbortController().signal;
const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal: never });
const sdk = join(import.meta.dirname, '../../node_modules/@pulumi');

const table = (name: string, input: string): string =>
  `import * as pulumi from '@pulumi/pulumi';\nexport const table = new pulumi.Stash('${name}', { input: ${input} }).output;\n`;

interface Project {
  directory: string;
  preview(overrides?: { timeoutSeconds?: number; env?: Record<string, string> }): Promise<Preview>;
}

function writeProject(context: TestContext, files: Record<string, string>): Project {
  const directory = temporaryDirectory(context);
  const all = {
    'Pulumi.yaml': 'name: shop-infra\nruntime: nodejs\n',
    'package.json': '{ "type": "module" }',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(directory, name), text);
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(sdk, join(directory, 'node_modules/@pulumi'));
  return {
    directory,
    preview: ({ timeoutSeconds = 120, env = {} } = {}) =>
      previewProgram({
        service: 'shop',
        path: 'infra',
        directory,
        stack: 'production',
        timeoutSeconds,
        env: { ...process.env, EVENKEEL_PULUMI: pulumi.path, ...env },
        progress: () => undefined,
        signal: never,
      }),
  };
}

function messageOf(preview: Preview): string {
  return preview.outcome === 'previewed' ? assert.fail('it was previewed') : preview.message;
}

function stepsOf(preview: Preview): string[] {
  if (preview.outcome !== 'previewed') return assert.fail(preview.message);
  return preview.steps.map((step) => `${step.op} ${step.type} ${step.name}`);
}

test('a program without state: everything would be created, with its stack’s settings', async (context) => {
  const project = writeProject(context, {
    'index.ts': `import * as pulumi from '@pulumi/pulumi';
const config = new pulumi.Config();
new pulumi.Stash(config.require('table'), { input: 1 satisfies number });\n`,
    'Pulumi.production.yaml': 'config:\n  shop-infra:table: orders\n',
  });
  const before = readdirSync(project.directory).sort();
  assert.deepEqual(stepsOf(await project.preview()), ['create pulumi:index:Stash orders']);
  assert.deepEqual(readdirSync(project.directory).sort(), before, 'nothing is written into the project');
  assert.equal(
    readFileSync(join(project.directory, 'Pulumi.production.yaml'), 'utf8'),
    'config:\n  shop-infra:table: orders\n',
  );
});

test('against the stack’s real state, a resource that is gone from the program would be deleted', async (context) => {
  const project = writeProject(context, { 'index.ts': table('customers', '2') });
  const state = temporaryDirectory(context);
  const backend = `file://${state}`;
  const env = { PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: 'of the test', PULUMI_HOME: state };
  await deployBefore(project.directory, state, env);
  const preview = await project.preview({ env });
  assert.deepEqual(stepsOf(preview).sort(), [
    'create pulumi:index:Stash customers',
    'delete pulumi:index:Stash orders',
  ]);
});

/** What stands in the stack before the change: one table, and it really is in the state. */
async function deployBefore(directory: string, state: string, env: Record<string, string>): Promise<void> {
  const workDir = join(state, 'work');
  mkdirSync(workDir);
  const before = join(directory, 'before.mjs');
  writeFileSync(before, table('orders', '1'));
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    {
      projectName: 'shop-infra',
      stackName: 'production',
      program: async () => {
        const program: unknown = await import(before);
        assert.ok(typeof program === 'object' && program !== null);
        return { ...program };
      },
    },
    {
      workDir,
      pulumiCommand: await automation.PulumiCommand.get({ root: linkCli(state, pulumi.path) }),
      envVars: env,
      projectSettings: { name: 'shop-infra', runtime: 'nodejs' },
    },
  );
  await stack.up({ color: 'never' });
}

const failing: [string, Record<string, string>, RegExp][] = [
  ['throws', { 'index.ts': `throw new Error('no such subnet');\n` }, /^[^\n]*no such subnet[^\n]*$/],
  [
    'lacks a setting',
    {
      'index.ts': `import * as pulumi from '@pulumi/pulumi';
new pulumi.Config().require('table');\n`,
    },
    /Missing required configuration variable 'shop-infra:table'/,
  ],
  ['has no program', {}, /^it has no program \(index\.ts, index\.js, index\.mjs\); name it in `main`$/],
  [
    'is of another runtime',
    { 'Pulumi.yaml': 'name: shop-infra\nruntime: yaml\n' },
    /^its runtime is "yaml"; /,
  ],
  ['has broken settings', { 'Pulumi.yaml': 'name: [\n' }, /^its Pulumi\.yaml does not parse$/],
];
for (const [name, files, message] of failing) {
  test(`a program that ${name} fails with one sentence`, async (context) => {
    const preview = await writeProject(context, files).preview();
    assert.equal(preview.outcome, 'failed');
    assert.match(messageOf(preview), message);
    assert.doesNotMatch(messageOf(preview), /node_modules|\n\s+at /);
  });
}

test('a program that never ends is given up, with everything it started', async (context) => {
  const project = writeProject(context, {
    'index.ts': `await new Promise(() => setInterval(() => {}, 1000));\n`,
  });
  const preview = await project.preview({ timeoutSeconds: 4 });
  assert.equal(preview.outcome, 'timed-out');
  assert.match(messageOf(preview), /did not end within 4 s/);
});

test('the program does not get the tokens of the workflow that checks it', async (context) => {
  const project = writeProject(context, {
    'index.ts': `if (process.env.INPUT_TOKEN ?? process.env.GITHUB_TOKEN) throw new Error('a token is here');\n`,
  });
  const env = { INPUT_TOKEN: 'secret', GITHUB_TOKEN: 'secret' };
  assert.deepEqual(stepsOf(await project.preview({ env })), []);
});

test('a project whose dependencies are not installed, or without a CLI, says so', async (context) => {
  const bare = temporaryDirectory(context);
  const project = writeProject(context, { 'index.ts': '' });
  const missing = await project.preview({ env: { EVENKEEL_PULUMI: '/nowhere/pulumi' } });
  assert.equal(missing.outcome, 'not-started');
  assert.match(messageOf(missing), /EVENKEEL_PULUMI names \/nowhere\/pulumi/);
  writeFileSync(join(bare, 'Pulumi.yaml'), 'name: shop-infra\nruntime: nodejs\n');
  writeFileSync(join(bare, 'index.ts'), '');
  const uninstalled = await previewProgram({
    service: 'shop',
    path: 'infra',
    directory: bare,
    stack: 'production',
    timeoutSeconds: 60,
    env: { ...process.env, EVENKEEL_PULUMI: pulumi.path },
    progress: () => undefined,
    signal: never,
  });
  assert.match(messageOf(uninstalled), /its dependencies are not installed/);
});
