import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BenchRow } from './bench-row.ts';
import { timePaired } from './paired.ts';

const files = 2000;

/** `check` over 2,000 changed JSON files with one schema, beside ajv-cli over the same files; start included in both. */
export function benchCheck(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-check-'));
  try {
    const git = (...args: string[]): void => {
      execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
        cwd: directory,
        stdio: 'ignore',
      });
    };
    git('init', '--quiet', '--initial-branch=main');
    writeFileSync(
      join(directory, 'evenkeel.yml'),
      "version: 1\nservices:\n  bench:\n    paths: ['config/**']\n    config: [{ files: 'config/*.json', schema: schema.json }]\n",
    );
    writeFileSync(join(directory, 'schema.json'), JSON.stringify(schema));
    git('add', '--all');
    git('commit', '--quiet', '--message', 'base');
    mkdirSync(join(directory, 'config'));
    for (let index = 0; index < files; index++) {
      writeFileSync(
        join(directory, 'config', `${index}.json`),
        `${JSON.stringify(documentOf(index), null, 2)}\n`,
      );
    }
    git('add', '--all');
    git('commit', '--quiet', '--message', 'head');
    const times = timePaired(
      {
        command: [process.execPath, resolve('action/dist/cli.js'), 'check', '--base', 'HEAD^', '--json'],
        cwd: directory,
      },
      {
        command: [
          process.execPath,
          resolve('node_modules/ajv-cli/dist/index.js'),
          'validate',
          '-s',
          'schema.json',
          '-d',
          'config/*.json',
        ],
        cwd: directory,
      },
      5,
    );
    const speedup = 1 / times.ratio;
    return Promise.resolve([
      {
        name: `check over ${files} JSON files, times faster than ajv-cli`,
        value: speedup,
        unit: 'x',
        goal: 'at least 2x',
        isMet: speedup >= 2,
        detail: `${times.firstMs.toFixed(0)} ms, ajv-cli ${times.secondMs.toFixed(0)} ms`,
      },
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['name', 'port', 'limits'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9-]+$' },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    hosts: { type: 'array', items: { type: 'string' } },
    limits: {
      type: 'object',
      properties: { cpu: { type: 'number' }, memoryMiB: { type: 'integer' } },
      required: ['cpu'],
    },
  },
};

function documentOf(index: number): unknown {
  return {
    name: `service-${index}`,
    port: 1024 + (index % 60000),
    hosts: [`a${index}.internal`, `b${index}.internal`],
    limits: { cpu: (index % 16) + 0.5, memoryMiB: 128 * ((index % 8) + 1) },
  };
}
