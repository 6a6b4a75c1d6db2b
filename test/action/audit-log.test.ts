import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { openAuditLog, readEntries, verifyDirectory } from '../../action/audit-log/directory-store.ts';
import { segmentPath, segmentRecords } from '../../action/audit-log/segments.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const writer = join(import.meta.dirname, '../support/audit-writer.ts');
const run = promisify(execFile);

test('a log begins with its own key, counts from there, and verifies', (context) => {
  const directory = logOf(context, 3);
  const entries = [...readEntries(directory)];
  assert.deepEqual(
    entries.map(({ sequence, event }) => [sequence, event]),
    [
      [0, 'log.created'],
      [1, 'approval'],
      [2, 'approval'],
      [3, 'approval'],
    ],
  );
  assert.equal(entries[0]?.inputs?.['publicKey'], readFileSync(join(directory, 'key.pub'), 'utf8').trim());
  const verified = verifyDirectory(directory, {});
  assert.equal(verified.outcome, 'valid');
  assert.equal(verified.size, 4);
  if (process.platform !== 'win32') assert.equal(statSync(join(directory, 'key')).mode & 0o777, 0o600);
});

test('no secret reaches the disk', (context) => {
  const directory = logOf(context, 0);
  open(directory).append({
    actor: { kind: 'person', name: 'ada' },
    event: 'command.requested',
    inputs: { env: { API_TOKEN: 'hunter2' }, output: 'PASSWORD=hunter2 https://ada:hunter2@example.com' },
  });
  assert.doesNotMatch(readFileSync(segmentPath(directory, 0), 'utf8'), /hunter2/);
});

test('a checkpoint that was kept proves that the log has only grown', (context) => {
  const directory = logOf(context, 3);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  appendTo(directory, 5);
  const verified = verifyDirectory(directory, { since: seen });
  assert.equal(verified.outcome, 'valid');
  assert.ok((verified.consistencyProof?.length ?? 0) > 0);
});

test('a log over several files goes on from the hashes it keeps, and without them', (context) => {
  const directory = logOf(context, segmentRecords + 10);
  assert.ok(existsSync(segmentPath(directory, 1)));
  appendTo(directory, 1);
  rmSync(join(directory, 'range.json'));
  appendTo(directory, 1);
  // Hashes that are wrong are found out by the root that was signed, and not believed.
  writeFileSync(
    join(directory, 'range.json'),
    JSON.stringify({ size: segmentRecords, hashes: [Buffer.alloc(32).toString('base64')] }),
  );
  appendTo(directory, 1);
  const verified = verifyDirectory(directory, {});
  assert.equal(verified.outcome, 'valid');
  assert.equal(verified.size, segmentRecords + 14);
});

test('several processes append at once, and nothing is lost or forked', async (context) => {
  const directory = temporaryDirectory(context);
  const runs = await Promise.all(
    Array.from({ length: 4 }, () => run(process.execPath, [writer, directory, '25'])),
  );
  const places = runs.flatMap(({ stdout }) => stdout.trim().split('\n').map(Number));
  assert.deepEqual(
    places.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
});

test('a writer killed at any moment leaves a log that verifies and goes on; what it announced is there', async (context) => {
  const directory = temporaryDirectory(context);
  for (let round = 1; round <= 3; round++) {
    const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let announced = '';
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      announced += chunk.toString();
      if (announced.split('\n').length > 10 * round) child.kill('SIGKILL');
    });
    await ended;
    const last = Number(announced.slice(0, announced.lastIndexOf('\n')).split('\n').at(-1));
    assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
    appendTo(directory, 1);
    const sequences = [...readEntries(directory)].map(({ sequence }) => sequence);
    assert.ok(sequences.includes(last), `entry ${last} was announced`);
  }
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
});

test('a torn last line was never announced: verification passes over it, and the next append removes it', (context) => {
  const directory = logOf(context, 2);
  appendFileSync(segmentPath(directory, 0), '{"checkpoint":"half a rec');
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  appendTo(directory, 1);
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.equal([...readEntries(directory)].length, 4);
});

test('a head that was lost in a crash is published again by the next append', (context) => {
  const directory = logOf(context, 2);
  const before = readFileSync(join(directory, 'checkpoint'), 'utf8');
  appendTo(directory, 1);
  writeFileSync(join(directory, 'checkpoint'), before);
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  appendTo(directory, 1);
  assert.match(readFileSync(join(directory, 'checkpoint'), 'utf8'), /\n5\n/);
});

test(
  'a write that stops half way leaves nothing behind',
  { skip: process.platform === 'win32' },
  async (context) => {
    const directory = logOf(context, 0);
    // The shell's limit on file sizes, in blocks of 512 or 1,024 bytes, cuts a record in two as a full disk does.
    const script = 'ulimit -f 8; exec "$0" "$@"';
    const limited = await run('sh', ['-c', script, process.execPath, writer, directory]).then(
      () => null,
      (error: unknown) => error,
    );
    assert.match(String(limited), /so nothing was done/);
    assert.match(readFileSync(segmentPath(directory, 0), 'utf8'), /\n$/);
    assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
    appendTo(directory, 1);
    assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  },
);

test('a full disk is said in one sentence', { skip: !existsSync('/dev/full') }, (context) => {
  const directory = logOf(context, 1);
  symlinkSync('/dev/full', join(directory, `lock.${process.pid}`));
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'disk-full', message: /free some space/ });
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
});

test('the lock of a writer that is gone is broken; one of another host never', async (context) => {
  const directory = logOf(context, 1);
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('close', resolve));
  const owner = { processId: child.pid, processStart: '', host: hostname() };
  writeFileSync(join(directory, 'lock'), JSON.stringify(owner));
  appendTo(directory, 1);
  assert.ok(!existsSync(join(directory, 'lock')));
});

test('without its key a log is not written to, and no other key takes its place', (context) => {
  const directory = logOf(context, 1);
  rmSync(join(directory, 'key'));
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'audit-key-missing' });
  assert.ok(!existsSync(join(directory, 'key')));
});

test('a directory without a log is no valid log', (context) => {
  assert.throws(() => verifyDirectory(temporaryDirectory(context), {}), { reasonCode: 'no-audit-log' });
});

/** Each on a log of six entries; what `verify` says of it, and at which entry. */
const tampering: [string, (log: Tampered) => void, string, number | null][] = [
  [
    'an entry edited',
    ({ edit }) => edit((lines) => lines.with(3, swap(lines[3], 'grace 3', 'mallory'))),
    'root-wrong',
    3,
  ],
  [
    'the last entry edited',
    ({ edit }) => edit((lines) => lines.with(5, swap(lines[5], 'grace 5', 'mallory'))),
    'root-wrong',
    5,
  ],
  [
    'an entry spelt differently',
    ({ edit }) => edit((lines) => lines.with(3, ` ${lines[3] ?? ''}`)),
    'record-unreadable',
    3,
  ],
  ['an entry dropped', ({ edit }) => edit((lines) => lines.toSpliced(3, 1)), 'sequence-wrong', 3],
  ['the first entry dropped', ({ edit }) => edit((lines) => lines.slice(1)), 'sequence-wrong', 0],
  [
    'an entry duplicated',
    ({ edit }) => edit((lines) => lines.toSpliced(4, 0, lines[3] ?? '')),
    'sequence-wrong',
    4,
  ],
  [
    'the last entry duplicated',
    ({ edit }) => edit((lines) => [...lines, lines[5] ?? '']),
    'sequence-wrong',
    6,
  ],
  [
    'an entry inserted and the rest renumbered',
    ({ edit }) =>
      edit((lines) => lines.toSpliced(3, 0, lines[2] ?? '').map((line, place) => renumber(line, place))),
    'head-size-wrong',
    3,
  ],
  [
    'an entry inserted below the heads that were signed',
    ({ edit }) =>
      edit((lines) =>
        lines.map((line, place) => {
          const entry = renumber(lines[place > 3 ? place - 1 : place] ?? '', place).replace(
            'grace 3',
            'mallory',
          );
          return line.slice(0, line.indexOf('"entry"')) + entry.slice(entry.indexOf('"entry"'));
        }),
      ),
    'root-wrong',
    3,
  ],
  [
    'an entry added at the end without a signature over it',
    ({ edit }) => edit((lines) => [...lines, renumber(lines[5] ?? '', 6)]),
    'head-size-wrong',
    6,
  ],
  [
    'two entries reordered',
    ({ edit }) => edit((lines) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? '')),
    'sequence-wrong',
    2,
  ],
  ['the end cut off', ({ edit }) => edit((lines) => lines.slice(0, 4)), 'truncated', 5],
  ['everything cut off', ({ edit }) => edit(() => []), 'truncated', 5],
  [
    'the end cut off within a line',
    ({ directory }) => truncateSync(segmentPath(directory, 0), 900),
    'truncated',
    5,
  ],
  [
    'a signature removed',
    ({ edit }) => edit((lines) => lines.with(3, (lines[3] ?? '').replace(/— [^"]*\\n"/, '"'))),
    'signature-missing',
    3,
  ],
  [
    'the head’s signature removed',
    ({ directory }) => editFile(join(directory, 'checkpoint'), (text) => text.slice(0, text.indexOf('—'))),
    'signature-missing',
    null,
  ],
  [
    'an unknown signer',
    ({ directory, other }) => cpSync(join(other, 'key.pub'), join(directory, 'key.pub')),
    'origin-wrong',
    0,
  ],
  [
    'the head of another log',
    ({ directory, other }) => cpSync(join(other, 'checkpoint'), join(directory, 'checkpoint')),
    'origin-wrong',
    null,
  ],
  [
    'two heads of the same size, both signed by the key',
    ({ directory, fork }) => cpSync(join(fork, 'checkpoint'), join(directory, 'checkpoint')),
    'two-heads',
    5,
  ],
  [
    'entries of a fork spliced in',
    ({ edit, fork }) => edit((lines) => [...lines.slice(0, 5), readLines(fork)[5] ?? '']),
    'two-heads',
    5,
  ],
];

/** Nothing is built on a log that does not hold; a writer looks at the tree and the newest head, not at every signature. */
const unnoticedByWriters = new Set(['a signature removed', 'an unknown signer']);

for (const [what, tamper, reasonCode, sequence] of tampering) {
  test(`caught: ${what}`, (context) => {
    const log = tamperedLog(context);
    assert.equal(verifyDirectory(log.directory, {}).outcome, 'valid');
    tamper(log);
    assert.deepEqual(firstProblem(log.directory), [reasonCode, sequence]);
    if (!unnoticedByWriters.has(what)) assertUnwritten(log.directory);
  });
}

test('caught with a checkpoint that was seen before: the end cut off together with its heads', (context) => {
  const { directory, edit } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  edit((lines) => lines.slice(0, 4));
  rmSync(join(directory, 'checkpoint'));
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(directory, seen), ['since-beyond-end', 4]);
});

test('caught with a checkpoint that was seen before: the log rewritten under a fresh key', (context) => {
  const { directory, other } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  rmSync(directory, { recursive: true });
  cpSync(other, directory, { recursive: true });
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(directory, seen), ['since-not-verified', null]);
});

test('caught with a checkpoint that was seen before: the log rewritten under its own key', (context) => {
  const { directory, fork } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  assert.equal(verifyDirectory(fork, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(fork, seen), ['two-heads', 5]);
});

test('caught with a pinned key: the log rewritten under a fresh one', (context) => {
  const { directory, other } = tamperedLog(context);
  const key = readFileSync(join(directory, 'key.pub'), 'utf8');
  const verified = verifyDirectory(other, { key });
  assert.equal(verified.outcome === 'not-valid' ? verified.problems[0].reasonCode : '', 'origin-wrong');
});

test('a clock that was set back is noticed, and does not take the log’s time with it', (context) => {
  const directory = logOf(context, 2);
  openAuditLog(directory, { now: () => new Date('2020-01-01T00:00:00Z') }).append({
    actor: { kind: 'person', name: 'ada' },
    event: 'approval',
  });
  const verified = verifyDirectory(directory, {});
  assert.equal(verified.outcome, 'valid');
  assert.deepEqual(
    verified.notices.map(({ reasonCode, sequence }) => [reasonCode, sequence]),
    [['clock-behind', 3]],
  );
});

interface Tampered {
  directory: string;
  /** Another log, with a key of its own. */
  other: string;
  /** The same log under the same key, with another last entry. */
  fork: string;
  edit(change: (lines: string[]) => string[]): void;
}

function tamperedLog(context: TestContext): Tampered {
  const directory = logOf(context, 4);
  const fork = temporaryDirectory(context);
  cpSync(directory, fork, { recursive: true });
  appendTo(directory, 1);
  open(fork).append({ actor: { kind: 'person', name: 'mallory' }, event: 'approval' });
  return {
    directory,
    fork,
    other: logOf(context, 5),
    edit: (change) =>
      editFile(segmentPath(directory, 0), (text) =>
        change(text.split('\n').slice(0, -1))
          .map((line) => `${line}\n`)
          .join(''),
      ),
  };
}

function logOf(context: TestContext, entries: number): string {
  const directory = temporaryDirectory(context);
  appendTo(directory, entries);
  return directory;
}

function open(directory: string): ReturnType<typeof openAuditLog> {
  return openAuditLog(directory, { now: () => new Date('2026-01-01T00:00:00Z') });
}

/** Entry n is by `grace n`. */
function appendTo(directory: string, entries: number): void {
  const log = open(directory);
  for (let count = 0; count < entries; count++) {
    const name = `grace ${log.nextSequence()}`;
    log.append({ actor: { kind: 'person', name }, event: 'approval' });
  }
  log.close();
}

function firstProblem(directory: string, since?: string): [string, number | null] {
  const verified = verifyDirectory(directory, since === undefined ? {} : { since });
  assert.equal(verified.outcome, 'not-valid');
  const [problem] = verified.problems;
  return [problem.reasonCode, problem.sequence];
}

function assertUnwritten(directory: string): void {
  const before = readdirSync(directory, { recursive: true }).length;
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'audit-log-damaged' });
  assert.equal(readdirSync(directory, { recursive: true }).length, before);
}

function readLines(directory: string): string[] {
  return readFileSync(segmentPath(directory, 0), 'utf8').split('\n').slice(0, -1);
}

function editFile(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  assert.notEqual(changed, text);
  writeFileSync(path, changed);
}

function swap(line: string | undefined, from: string, to: string): string {
  assert.ok(line?.includes(from) === true);
  return line.replace(from, to);
}

function renumber(line: string, sequence: number): string {
  return line.replace(/"sequence":\d+/, `"sequence":${sequence}`);
}
