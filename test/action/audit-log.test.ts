import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  openAuditLog,
  readEntries,
  readEntriesSoFar,
  verifyDirectory,
} from '../../action/audit-log/directory-store.ts';
import { segmentPath, segmentRecords } from '../../action/audit-log/segments.ts';
import { appendTo, auditLogOf, openAt2026 } from '../support/audit-logs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const writer = join(import.meta.dirname, '../support/audit-writer.ts');
const run = promisify(execFile);

test('a log begins with its own key, counts from there, and verifies', (context) => {
  const directory = auditLogOf(context, 3);
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
  const directory = auditLogOf(context, 0);
  openAt2026(directory).append({
    actor: { kind: 'person', name: 'ada' },
    event: 'command.requested',
    inputs: { env: { API_TOKEN: 'hunter2' }, output: 'PASSWORD=hunter2 https://ada:hunter2@example.com' },
  });
  assert.doesNotMatch(readFileSync(segmentPath(directory, 0), 'utf8'), /hunter2/);
});

test('a checkpoint that was kept proves that the log has only grown', (context) => {
  const directory = auditLogOf(context, 3);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  appendTo(directory, 5);
  const verified = verifyDirectory(directory, { since: seen });
  assert.equal(verified.outcome, 'valid');
  assert.ok((verified.consistencyProof?.length ?? 0) > 0);
});

test('a log over several files goes on from the hashes it keeps, and without them', (context) => {
  const directory = auditLogOf(context, segmentRecords + 10);
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
  const directory = auditLogOf(context, 2);
  appendFileSync(segmentPath(directory, 0), '{"checkpoint":"half a rec');
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  appendTo(directory, 1);
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.equal([...readEntries(directory)].length, 4);
});

test('a head that was lost in a crash is published again by the next append', (context) => {
  const directory = auditLogOf(context, 2);
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
    const directory = auditLogOf(context, 0);
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
  const directory = auditLogOf(context, 1);
  symlinkSync('/dev/full', join(directory, `lock.${process.pid}`));
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'disk-full', message: /free some space/ });
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
});

test('the lock of a writer that is gone is broken; one of another host never', async (context) => {
  const directory = auditLogOf(context, 1);
  const child = spawn(process.execPath, ['--eval', '']);
  await new Promise((resolve) => child.once('close', resolve));
  const owner = { processId: child.pid, processStart: '', host: hostname() };
  writeFileSync(join(directory, 'lock'), JSON.stringify(owner));
  appendTo(directory, 1);
  assert.ok(!existsSync(join(directory, 'lock')));
});

test('without its key a log is not written to, and no other key takes its place', (context) => {
  const directory = auditLogOf(context, 1);
  rmSync(join(directory, 'key'));
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'audit-key-missing' });
  assert.ok(!existsSync(join(directory, 'key')));
});

test('a directory without a log is no valid log', (context) => {
  assert.throws(() => verifyDirectory(temporaryDirectory(context), {}), { reasonCode: 'no-audit-log' });
});

test('a clock that was set back is noticed, and does not take the log’s time with it', (context) => {
  const directory = auditLogOf(context, 2);
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

test('a log without its head is read and not taken for empty: what was owed in it stays owed', (context) => {
  assert.deepEqual(readEntriesSoFar(temporaryDirectory(context)), []);
  const directory = auditLogOf(context, 3);
  rmSync(join(directory, 'checkpoint'));
  assert.equal(readEntriesSoFar(directory).length, 4);
});
