import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { BenchRow } from './bench-row.ts';
import { timePaired, timeSingle } from './paired.ts';

const files = 1300;
const bufVersion = '1.75.0';

/**
 * `compare` over two trees of 1,300 .proto files, of which every tenth changed compatibly, beside `buf breaking` over
 * the same trees; start included in both. buf is the one on PATH, or is installed for the bench.
 */
export function benchProtobuf(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-protobuf-'));
  try {
    for (const side of ['before', 'after'] as const) {
      for (let index = 0; index < files; index++) {
        const path = join(directory, side, pathOf(index));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, protoOf(index, side === 'after' && index % 10 === 0));
      }
    }
    const own = {
      command: [
        process.execPath,
        resolve('action/dist/cli.js'),
        'compare',
        '--kind',
        'protobuf',
        'before',
        'after',
        '--json',
      ],
      cwd: directory,
      prints: /"compatible"/,
    };
    const name = `compare over ${files} .proto files, time of buf breaking`;
    const buf = findBuf(directory);
    if (buf === undefined) {
      const ms = timeSingle(own, 5);
      const detail = `${ms.toFixed(0)} ms; buf ${bufVersion} is neither on PATH nor could it be installed here`;
      return Promise.resolve([
        { name, value: ms, unit: 'ms', goal: 'at most 2200 ms', isMet: ms <= 2200, detail },
      ]);
    }
    const peer = { command: [buf, 'breaking', 'after', '--against', 'before'], cwd: directory };
    const times = timePaired(own, peer, 5);
    return Promise.resolve([
      {
        name,
        value: times.ratio,
        unit: 'x',
        goal: 'at most 1x',
        isMet: times.ratio <= 1,
        detail: `${times.firstMs.toFixed(0)} ms, buf ${times.secondMs.toFixed(0)} ms`,
      },
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function findBuf(directory: string): string | undefined {
  const runs = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  if (runs('buf')) return 'buf';
  const prefix = join(directory, 'peer');
  mkdirSync(prefix);
  spawnSync('npm', ['install', '--no-save', '--prefix', prefix, `@bufbuild/buf@${bufVersion}`], {
    stdio: 'ignore',
  });
  const installed = join(prefix, 'node_modules/.bin/buf');
  return runs(installed) ? installed : undefined;
}

function pathOf(index: number): string {
  return `shop/area${index % 40}/v1/file${index}.proto`;
}

/** About what people write: two messages, an enum, a service, one import of a file that stands before it. */
function protoOf(index: number, isChanged: boolean): string {
  const imported = index >= 40 ? pathOf(index - 40) : undefined;
  const fields = Array.from(
    { length: 20 },
    (_, field) =>
      `  // What field ${field} is for.\n  ${fieldTypes[field % fieldTypes.length] ?? 'string'} field_${field} = ${field + 1};\n`,
  );
  return [
    'syntax = "proto3";',
    `package shop.area${index % 40}.v1;`,
    ...(imported === undefined ? [] : [`import "${imported}";`]),
    `option go_package = "example.com/shop/area${index % 40}/v1";`,
    `message Item${index} {\n${fields.join('')}${imported === undefined ? '' : `  Item${index - 40} other = 30;\n`}${isChanged ? '  string added = 40;\n' : ''}}`,
    `message Get${index}Request { string id = 1; }`,
    `enum State${index} { STATE${index}_UNSPECIFIED = 0; STATE${index}_OPEN = 1; STATE${index}_CLOSED = 2; }`,
    `service Service${index} { rpc Get(Get${index}Request) returns (Item${index}); }`,
    '',
  ].join('\n');
}

const fieldTypes = [
  'string',
  'int32',
  'repeated string',
  'optional int64',
  'map<string, string>',
  'bool',
  'bytes',
];
