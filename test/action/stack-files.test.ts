/** Pulumi's locks as its file backend writes them; that a real CLI leaves one when it is killed is in pulumi-stack.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  clearDeadLocks,
  isLeftUnfinished,
  readStackState,
} from '../../action/deployer/pulumi/stack-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const deadProcess = spawnSync(process.execPath, ['--version']).pid;

function write(path: string, value: unknown): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

test('only the lock of a process that is provably gone is cleared', (context) => {
  const rows: { what: string; lock: unknown; isCleared: boolean }[] = [
    { what: 'a process that is gone', lock: { pid: deadProcess, hostname: hostname() }, isCleared: true },
    { what: 'its number is another program’s now', lock: { pid: 1, hostname: hostname() }, isCleared: true },
    {
      what: 'a process of another host',
      lock: { pid: deadProcess, hostname: 'elsewhere' },
      isCleared: false,
    },
    { what: 'a lock that names nobody', lock: { hostname: hostname() }, isCleared: false },
    { what: 'a damaged lock', lock: '{"pid":', isCleared: false },
  ];
  for (const { what, lock, isCleared } of rows) {
    const directory = temporaryDirectory(context);
    const place = { backendUrl: `file://${directory}`, project: 'evenkeel-shop', stack: 'production' };
    const path = write(
      join(directory, '.pulumi/locks/organization/evenkeel-shop/production/one.json'),
      typeof lock === 'object' ? { username: 'ada', timestamp: '2026-01-01T00:00:00Z', ...lock } : lock,
    );
    assert.ok(isLeftUnfinished(place), what);
    if (isCleared) clearDeadLocks(place);
    else
      assert.throws(
        () => clearDeadLocks(place),
        /is locked by .*; wait for it to end, or when it is certainly gone/,
        what,
      );
    assert.equal(existsSync(path), !isCleared, what);
  }
});

test('a lock that a dead CLI had not yet written to its end is cleared', (context) => {
  const directory = temporaryDirectory(context);
  const place = { backendUrl: `file://${directory}`, project: 'evenkeel-shop', stack: 'production' };
  const path = write(
    join(directory, '.pulumi/locks/organization/evenkeel-shop/production/one.json.18ea330e8bdb4429.tmp'),
    '',
  );
  assert.ok(isLeftUnfinished(place));
  clearDeadLocks(place);
  assert.equal(existsSync(path), false);
});

test('what an update had begun is seen in the state, and a remote backend shows nothing', (context) => {
  const directory = temporaryDirectory(context);
  const place = { backendUrl: `file://${directory}`, project: 'evenkeel-shop', stack: 'production' };
  assert.equal(readStackState(place), null);
  const resource = {
    urn: 'urn:pulumi:production::evenkeel-shop::evenkeel:local:Instance::shop-a-0',
    type: 'x',
  };
  const latest = { resources: [], pending_operations: [{ resource, type: 'creating' }] };
  write(join(directory, '.pulumi/stacks/evenkeel-shop/production.json'), {
    version: 3,
    checkpoint: { latest },
  });
  assert.deepEqual(readStackState(place)?.pending, ['shop-a-0']);
  assert.ok(isLeftUnfinished(place));
  assert.equal(isLeftUnfinished({ ...place, backendUrl: 's3://states' }), false);
});
