import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockOwner, takeLock } from '../../action/deployer/rollout-lock.ts';
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

test('a lock of another host is never broken: nobody here can know that its owner is gone', (context) => {
  const path = join(temporaryDirectory(context), 'lock.json');
  writeFileSync(path, JSON.stringify(ownerLike({ host: 'elsewhere', processId: 1 })));
  assert.throws(() => takeLock(path, 'evenkeel deploy', now), /holds the lock/);
  assert.match(readFileSync(path, 'utf8'), /elsewhere/);
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
