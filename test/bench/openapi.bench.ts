import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { entriesOf, isObject, pointerTo, valueAt } from '../../analyzers/document/document.ts';
import { editDocument, type Edit } from '../support/edit-document.ts';
import type { BenchRow } from './bench-row.ts';
import { timePaired, timeSingle } from './paired.ts';

const description = 'node_modules/@octokit/openapi/generated/api.github.com.json';
const oasdiff = 'github.com/oasdiff/oasdiff@v1.35.0';
const goalMs = 1500;

/** `compare` over GitHub's REST description, 13 MB, and a copy of it with twenty edits; start included, beside oasdiff. */
export function benchOpenapi(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-openapi-'));
  try {
    copyFileSync(resolve(description), join(directory, 'before.json'));
    const before: unknown = JSON.parse(readFileSync(resolve(description), 'utf8'));
    writeFileSync(
      join(directory, 'after.json'),
      JSON.stringify(editDocument(before, editsOf(before)), null, 2),
    );
    const arguments_ = ['compare', '--kind', 'openapi', 'before.json', 'after.json', '--json'];
    const own = {
      command: [process.execPath, resolve('action/dist/cli.js'), ...arguments_],
      cwd: directory,
      exitCode: 1,
      prints: /"breaking"/,
    };
    const peer = findOasdiff(directory);
    const timed =
      peer === undefined
        ? {
            firstMs: timeSingle(own, 5),
            detail: `${oasdiff} is neither on PATH nor could it be installed here`,
          }
        : paired(
            own,
            { command: [peer.program, 'breaking', 'before.json', 'after.json'], cwd: directory },
            peer.origin,
          );
    return Promise.resolve([
      {
        name: 'compare of two OpenAPI descriptions of 13 MB',
        value: timed.firstMs,
        unit: 'ms',
        goal: `at most ${goalMs} ms`,
        isMet: timed.firstMs <= goalMs,
        detail: timed.detail,
      },
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Task = Parameters<typeof timePaired>[0];

function paired(own: Task, peer: Task, origin: string): { firstMs: number; detail: string } {
  const times = timePaired(own, peer, 3);
  const faster = (1 / times.ratio).toFixed(1);
  return {
    firstMs: times.firstMs,
    detail: `oasdiff, ${origin}: ${times.secondMs.toFixed(0)} ms, ${faster}x as long`,
  };
}

/** Twenty edits of different kinds: to shared components, to single operations, breaking ones and harmless ones. */
function editsOf(document: unknown): Edit[] {
  const schemas = entriesOf(valueAt(document, '/components/schemas'))
    .filter(
      ([, schema]) => isObject(schema) && isObject(schema['properties']) && Array.isArray(schema['required']),
    )
    .map(([name]) => pointerTo('/components/schemas', name));
  const operations = entriesOf(valueAt(document, '/paths'))
    .filter(([, item]) => isObject(item) && isObject(item['get']) && Array.isArray(item['get']['parameters']))
    .map(([name]) => `${pointerTo('/paths', name)}/get`);
  const spread = (list: readonly string[], count: number) =>
    Array.from(
      { length: count },
      (_, index) => list[Math.floor(((index + 0.5) * list.length) / count)] ?? '',
    );
  const added = { name: 'probe', in: 'query', required: true, schema: { type: 'string' } };
  return [
    ['delete', '/components/schemas/simple-user/required/0'],
    ...spread(schemas, 4).map((schema): Edit => ['delete', `${schema}/required/0`]),
    ...spread(schemas.slice(1), 5).map((schema): Edit => [
      'set',
      `${schema}/properties/probe`,
      { type: 'string' },
    ]),
    ...spread(operations, 5).map((operation): Edit => ['add', `${operation}/parameters`, added]),
    ...spread(operations.slice(1), 4).map((operation): Edit => ['set', `${operation}/deprecated`, true]),
    ['delete', pointerTo('/paths', '/zen')],
  ];
}

function findOasdiff(directory: string): { program: string; origin: string } | undefined {
  const runs = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  if (runs('oasdiff')) return { program: 'oasdiff', origin: 'on PATH' };
  spawnSync('go', ['install', oasdiff], { env: { ...process.env, GOBIN: directory }, stdio: 'ignore' });
  const installed = join(directory, 'oasdiff');
  return runs(installed) ? { program: installed, origin: `installed from ${oasdiff}` } : undefined;
}
