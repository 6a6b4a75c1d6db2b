import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { breakLock, lockOwner, takeLock } from '../../action/deployer/rollout-lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const now = new Date('2026-01-01T00:00:00Z');

test('a second taker is told who holds the lock, since when, and for what', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  const lock = takeLock(path, 'evenkeel deploy', now);
  assert.throws(
    () => takeLock(path, 'evenkeel deploy', now),
    new RegExp(`holds the lock since 2026-01-01T00:00:00.000Z \\(evenkeel deploy, process ${process.pid} on`),
  );
  lock.release();
  takeLock(path, 'evenkeel deploy', now).release();
  assert.ok(!existsSync(path));
});

test('the lock of a process that is gone is taken over', async (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  const child = spawn(process.execPath, ['--eval', '']);
  const processId = child.pid;
  await new Promise((resolve) => child.once('close', resolve));
  writeFileSync(path, JSON.stringify(ownerLike({ processId })));
  assert.equal(lockOwner(path), null);
  takeLock(path, 'evenkeel deploy', now).release();
});

test(
  'the lock of a process whose id was given to another one is taken over',
  { skip: process.platform !== 'linux' },
  (context) => {
    const path = join(temporaryDirectory(context), 'lock.json');
    writeFileSync(path, JSON.stringify(ownerLike({ processId: process.pid, processStart: '1' })));
    takeLock(path, 'evenkeel deploy', now).release();
  },
);

test('a lock of another host that has no lease is never broken', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  writeFileSync(path, JSON.stringify(ownerLike({ host: 'elsewhere', processId: 1 })));
  assert.throws(() => takeLock(path, 'evenkeel deploy', now), /holds the lock/);
  assert.match(readFileSync(path, 'utf8'), /elsewhere/);
});

const elsewhere = { host: 'elsewhere', machine: 'another boot', processId: 1, leaseSeconds: 60 };

test('a lock of another host is taken when it was silent for two leases, by both clocks', (context) => {
  const rows: { what: string; renewed: string; written: string; isTaken: boolean }[] = [
    { what: 'silent for 119 s', renewed: '00:00:00Z', written: '00:00:00Z', isTaken: false },
    { what: 'silent for 121 s', renewed: '23:59:58Z', written: '23:59:58Z', isTaken: true },
    { what: 'a clock here that jumped ahead', renewed: '20:00:00Z', written: '00:01:58Z', isTaken: false },
    { what: 'a clock there that is ahead', renewed: '02:00:00Z', written: '23:00:00Z', isTaken: false },
  ];
  const at = Date.parse('2026-01-02T00:01:59Z');
  const timeOf = (time: string): Date => new Date(`2026-01-0${time.startsWith('2') ? 1 : 2}T${time}`);
  for (const { what, renewed, written, isTaken } of rows) {
    const path = join(temporaryDirectory(context), 'lock.json');
    writeFileSync(
      path,
      JSON.stringify(ownerLike({ ...elsewhere, renewedAt: timeOf(renewed).toISOString() })),
    );
    // As long ago on the disk as it would be when it is `at` there.
    const ago = (at - timeOf(written).getTime()) / 1000;
    utimesSync(path, Date.now() / 1000 - ago, Date.now() / 1000 - ago);
    const take = (): void => takeLock(path, 'evenkeel deploy', new Date(at)).release();
    if (isTaken) assert.doesNotThrow(take, what);
    else assert.throws(take, /holds the lock/, what);
  }
});

test('a lock file that nobody can read is nobody’s to break, and says what to do', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  for (const [text, sentence] of [
    ['{"processId": 12', /is damaged, so nobody can tell who holds the lock; make sure/],
    ['{}', /is damaged/],
    [
      JSON.stringify({ version: 2, anything: 'else' }),
      /written by a later version of evenkeel; use that version/,
    ],
  ] as const) {
    writeFileSync(path, text);
    assert.throws(() => takeLock(path, 'evenkeel deploy', now), sentence);
    assert.equal(breakLock(path, { processId: 12, host: hostname(), since: '' }), false);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('an owner that could not renew in time, or has been replaced, stops itself', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  let uptimeSeconds = 1000;
  const lock = takeLock(path, 'evenkeel deploy', now, { uptimeSeconds: () => uptimeSeconds });
  lock.assertHeld();
  uptimeSeconds = 1061;
  assert.throws(() => lock.assertHeld(), /is lost \(it could not be renewed within 60 s\)/);
  uptimeSeconds = 1001;
  writeFileSync(path, JSON.stringify(ownerLike({ id: 'another', processId: 1 })));
  assert.throws(() => lock.assertHeld(), /is lost \(another process has it\)/);
  lock.release();
  assert.match(readFileSync(path, 'utf8'), /another/, 'a lock that is not ours any more stays');
});

test('the lock is renewed while the tool’s own thread stands still', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  const lock = takeLock(path, 'evenkeel deploy', now);
  const before = readFileSync(path, 'utf8');
  // A build does this for minutes; here it lasts until the thread has renewed.
  const deadline = performance.now() + 60_000;
  while (readFileSync(path, 'utf8') === before) assert.ok(performance.now() < deadline, 'it is renewed');
  lock.release();
});

test('of many processes that want one stale lock exactly one has it', async (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  writeFileSync(path, JSON.stringify(ownerLike({ processId: process.pid, processStart: '1' })));
  const takers = Array.from({ length: 12 }, () =>
    fork(join(import.meta.dirname, '../support/lock-taker.ts'), [path]),
  );
  try {
    const said = takers.map((taker) => new Promise<unknown>((resolve) => taker.once('message', resolve)));
    const ready = takers.map((taker) => new Promise((resolve) => taker.once('spawn', resolve)));
    await Promise.all(ready);
    for (const taker of takers) taker.send('go');
    const answers = await Promise.all(said);
    assert.equal(answers.filter((answer) => answer === 'taken').length, 1, JSON.stringify(answers));
    assert.equal(answers.filter((answer) => answer === 'lock-held').length, 11);
  } finally {
    for (const taker of takers) taker.kill('SIGKILL');
  }
});

function ownerLike(owner: Record<string, unknown>): Record<string, unknown> {
  return {
    processStart: '',
    host: hostname(),
    user: 'ada',
    since: now.toISOString(),
    doing: 'evenkeel deploy',
    ...owner,
  };
}
