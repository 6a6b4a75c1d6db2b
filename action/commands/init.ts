import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { readFileIfPresent } from '../deployer/state-directory.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import type { Command } from './command.ts';

export const initCommand: Command = {
  name: 'init',
  summary: 'write evenkeel.yml and the workflows for this repository',
  usage: 'evenkeel init [--directory DIR] [--force]',
  example: 'evenkeel init',
  options: { directory: { type: 'string' }, force: { type: 'boolean' } },
  optionHelp: {
    directory: 'the repository (default: where you are)',
    force: 'replace files that are there already',
  },
  run({ values }, context) {
    const { directory } = values;
    const repository = repositoryRoot(
      typeof directory === 'string' ? resolve(context.workingDirectory, directory) : context.workingDirectory,
    );
    const files = filesFor(repository);
    const existing = Object.keys(files).filter((path) => existsSync(join(repository, path)));
    if (existing.length > 0 && values['force'] !== true) {
      throw inputFailure(
        'file-exists',
        `${existing.join(', ')} is there already; nothing was written (--force replaces it)`,
      );
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), text);
    }
    const ignored = ignoreState(repository);
    const written = [...Object.keys(files), ...(ignored ? ['.gitignore'] : [])];
    return Promise.resolve({
      exitCode: 0,
      decision: 'done',
      reasonCode: 'written',
      result: { files: written },
      text: [
        ...written.map((path) => `wrote ${path}`),
        '',
        'Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.',
        'Until it has landed, `evenkeel check` reports and blocks nothing.',
      ].join('\n'),
    });
  },
};

function filesFor(repository: string): Record<string, string> {
  const policy = policyFor(repository);
  const loaded = loadPolicy(policy, 'evenkeel.yml');
  if (!loaded.ok)
    throw new Error(
      `init wrote a policy that does not load: ${loaded.problems.map(describeProblem).join('; ')}`,
    );
  return {
    'evenkeel.yml': policy,
    '.github/workflows/evenkeel-check.yml': checkWorkflow,
    '.github/workflows/evenkeel-deploy.yml': deployWorkflow,
  };
}

/** A policy from what the repository shows: names, a lockfile, an OpenAPI document, migrations. */
function policyFor(repository: string): string {
  const has = (path: string): boolean => existsSync(join(repository, path));
  const openapi = [
    'openapi.yaml',
    'openapi.yml',
    'openapi.json',
    'api/openapi.yaml',
    'api/openapi.json',
  ].find(has);
  const migrations = ['migrations', 'db/migrations'].find(has);
  const lines = ['version: 1', 'services:', `  ${serviceName(repository)}:`, '    paths: ["**"]'];
  if (has('config')) lines.push('    config: [{ files: [config/**/*.json, config/**/*.yaml] }]');
  if (openapi !== undefined)
    lines.push(`    schemas: [{ files: ${openapi}, kind: openapi, direction: produced }]`);
  if (migrations !== undefined) lines.push(`    migrations: { files: ${migrations}/**/*.sql }`);
  if (has('package-lock.json')) lines.push('    code: { commands: [npm ci, npm test], timeout: 15m }');
  if (has('Pulumi.yaml')) lines.push('    infra: { directory: . }');
  lines.push(
    '    # To deploy as well, say where to and how one instance is started:',
    '    # target: local',
    '    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }',
  );
  if (openapi !== undefined) lines.push(`    # probes: { openapi: ${openapi} }`);
  lines.push('approval: { required: 1 }', 'rollout: { preset: standard }', 'unclaimed: block', '');
  return lines.join('\n');
}

function serviceName(repository: string): string {
  const text = readFileIfPresent(join(repository, 'package.json'));
  let name: unknown;
  try {
    const manifest: unknown = JSON.parse(text ?? '{}');
    name =
      typeof manifest === 'object' && manifest !== null && 'name' in manifest ? manifest.name : undefined;
  } catch {
    name = undefined;
  }
  const wanted = typeof name === 'string' ? name : (repository.split('/').at(-1) ?? '');
  const clean = wanted
    .toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 40);
  return clean === '' ? 'service' : clean;
}

function ignoreState(repository: string): boolean {
  const path = join(repository, '.gitignore');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text.split('\n').some((line) => line.trim() === '.evenkeel/' || line.trim() === '.evenkeel'))
    return false;
  writeFileSync(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}.evenkeel/\n`);
  return true;
}

const checkWorkflow = `name: evenkeel check
on:
  pull_request:
permissions:
  contents: read
  checks: write
  pull-requests: write
concurrency:
  group: evenkeel-check-\${{ github.event.pull_request.number }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false }
      - uses: evenkeel/evenkeel@v1
`;

const deployWorkflow = `name: evenkeel deploy
on:
  push:
    branches: [main]
  workflow_dispatch:
permissions:
  contents: read
  checks: write
  pull-requests: read
# One rollout at a time, and none is ever cut short.
concurrency:
  group: evenkeel-deploy-production
  cancel-in-progress: false
jobs:
  deploy:
    # The local target runs the service on this machine: give it one that stays.
    runs-on: self-hosted
    environment: production
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false, clean: false }
      - uses: evenkeel/evenkeel@v1
`;
