import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BenchRow } from './bench-row.ts';
import { timePaired } from './paired.ts';

const files = 2000;
const manyFiles = 20_000;
const cli = resolve('action/dist/cli.js');

/** `check` over changed configuration, beside the peers over the same files; start included in all of them. */
export function benchCheck(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-check-'));
  try {
    const repository = join(directory, 'files');
    makeRepository(repository, files);
    return Promise.resolve([
      besideAjv(repository),
      besideCheckJsonschema(repository, directory),
      besideSecretlint(repository),
      withManyFiles(directory),
      inLargeRepository(directory),
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function besideAjv(cwd: string): BenchRow {
  const peer = [process.execPath, resolve('node_modules/ajv-cli/dist/index.js')];
  const times = timePaired(
    { command: checkCommand, cwd, prints: /"decision": "allow"/ },
    { command: [...peer, 'validate', '-s', 'schema.json', '-d', 'config/*.json'], cwd },
    5,
  );
  return fasterRow(`check over ${files} JSON files`, 'ajv-cli', 2, times);
}

/** The peer is a Python program; it is installed for the run where Python can, and missing is said, not guessed. */
function besideCheckJsonschema(cwd: string, directory: string): BenchRow {
  const environment = join(directory, 'python');
  const program = join(environment, 'bin/check-jsonschema');
  spawnSync('python3', ['-m', 'venv', environment], { stdio: 'ignore' });
  spawnSync(join(environment, 'bin/pip'), ['install', '--quiet', 'check-jsonschema'], { stdio: 'ignore' });
  if (!existsSync(program)) return missingRow(`check over ${files} JSON files`, 'check-jsonschema', 5);
  const names = Array.from({ length: files }, (_, index) => `config/${index}.json`);
  const times = timePaired(
    { command: checkCommand, cwd, prints: /"decision": "allow"/ },
    { command: [program, '--schemafile', 'schema.json', ...names], cwd },
    3,
  );
  return fasterRow(`check over ${files} JSON files`, 'check-jsonschema', 5, times);
}

/** All of `check`, of which the search for secrets is a part, beside a program that does nothing else. */
function besideSecretlint(cwd: string): BenchRow {
  const peer = [process.execPath, resolve('node_modules/secretlint/bin/secretlint.js')];
  const preset = resolve('node_modules/@secretlint/secretlint-rule-preset-recommend');
  writeFileSync(join(cwd, '.secretlintrc.json'), JSON.stringify({ rules: [{ id: preset }] }));
  const times = timePaired(
    { command: checkCommand, cwd, prints: /"decision": "allow"/ },
    { command: [...peer, 'config/*.json'], cwd },
    1,
  );
  return fasterRow(`secrets in ${files} files`, "secretlint's CLI", 20, times);
}

function withManyFiles(directory: string): BenchRow {
  const cwd = join(directory, 'many');
  makeRepository(cwd, manyFiles);
  const probe = join(directory, 'probe.mjs');
  const memory = join(directory, 'memory');
  writeFileSync(
    probe,
    "import { writeFileSync } from 'node:fs';\n" +
      "process.on('exit', () => writeFileSync(process.env.PROBE, String(process.resourceUsage().maxRSS)));\n",
  );
  const started = performance.now();
  const [program = '', ...args] = checkCommand;
  const { status } = spawnSync(program, ['--import', probe, ...args], {
    cwd,
    env: { ...process.env, PROBE: memory },
    stdio: 'ignore',
  });
  const seconds = (performance.now() - started) / 1000;
  const megabytes = Number(readFileSync(memory, 'utf8')) / 1024;
  return {
    name: `check over ${manyFiles} JSON files`,
    value: seconds,
    unit: 's',
    goal: 'at most 20 s and 500 MB',
    isMet: status === 0 && seconds <= 20 && megabytes <= 500,
    detail: `${megabytes.toFixed(0)} MB${status === 0 ? '' : ', and it failed'}`,
  };
}

/** The same change of one file, in a repository of 50,000 files and in one of 10. */
function inLargeRepository(directory: string): BenchRow {
  const [large, small] = [50_000, 10].map((count) => {
    const cwd = join(directory, `of-${count}`);
    makeRepository(cwd, count);
    writeFileSync(join(cwd, 'config/0.json'), JSON.stringify({ ...Object(documentOf(0)), port: 1025 }));
    commit(cwd, 'one file');
    return { command: checkCommand, cwd, prints: /"changedPaths": 1\b/ };
  });
  if (large === undefined || small === undefined) throw new Error('both repositories were made');
  const times = timePaired(large, small, 9);
  return {
    name: 'one changed file among 50,000, beside one among 10',
    value: times.ratio,
    unit: 'x',
    goal: 'at most 1.25x',
    isMet: times.ratio <= 1.25,
    detail: `${times.firstMs.toFixed(0)} ms, ${times.secondMs.toFixed(0)} ms`,
  };
}

const checkCommand = [process.execPath, cli, 'check', '--base', 'HEAD^', '--json'];

function fasterRow(
  what: string,
  peer: string,
  goal: number,
  times: { firstMs: number; secondMs: number; ratio: number },
): BenchRow {
  const speedup = 1 / times.ratio;
  return {
    name: `${what}, times faster than ${peer}`,
    value: speedup,
    unit: 'x',
    goal: `at least ${goal}x`,
    isMet: speedup >= goal,
    detail: `${times.firstMs.toFixed(0)} ms, ${peer} ${times.secondMs.toFixed(0)} ms`,
  };
}

function missingRow(what: string, peer: string, goal: number): BenchRow {
  const name = `${what}, times faster than ${peer}`;
  const detail = `${peer} could not be installed here`;
  return { name, value: Number.NaN, unit: 'x', goal: `at least ${goal}x`, isMet: false, detail };
}

/** A base with a policy and a schema, and a head that adds the files. */
function makeRepository(directory: string, count: number): void {
  mkdirSync(join(directory, 'config'), { recursive: true });
  execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: directory });
  writeFileSync(
    join(directory, 'evenkeel.yml'),
    "version: 1\nservices:\n  bench:\n    paths: ['config/**']\n    config: [{ files: 'config/*.json', schema: schema.json }]\n",
  );
  writeFileSync(join(directory, 'schema.json'), JSON.stringify(schema));
  commit(directory, 'base');
  for (let index = 0; index < count; index++) {
    const text = `${JSON.stringify(documentOf(index), null, 2)}\n`;
    writeFileSync(join(directory, 'config', `${index}.json`), text);
  }
  commit(directory, 'head');
}

function commit(directory: string, message: string): void {
  const options = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', '-c', 'gc.auto=0'];
  execFileSync('git', [...options, 'add', '--all'], { cwd: directory, stdio: 'ignore' });
  execFileSync('git', [...options, 'commit', '--quiet', '--message', message], {
    cwd: directory,
    stdio: 'ignore',
  });
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
