/** A router's files on a disk that is really full: a small one of its own, which only root can mount. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeWhole } from '../../stacks/local/router/write-whole.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const skip = !isRoot && process.env['EVENKEEL_TEST_STRICT'] === undefined && 'only root can mount a disk';

test('on a full disk a file keeps being replaced as long as it fits where it is', { skip }, (context) => {
  const disk = temporaryDirectory(context);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  try {
    const path = join(disk, 'kept.json');
    writeWhole(path, JSON.stringify({ share: 5000, note: 'long enough' }));
    fill(join(disk, 'ballast'));
    writeWhole(path, JSON.stringify({ share: 0 }));
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { share: 0 });
    assert.throws(() => writeWhole(path, JSON.stringify('x'.repeat(10_000))), { code: 'ENOSPC' });
    assert.throws(() => writeWhole(join(disk, 'new.json'), '{}'), { code: 'ENOSPC' });
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { share: 0 }, 'what was there is still there');
    assert.deepEqual(readdirSync(disk).sort(), ['ballast', 'kept.json'], 'nothing half written is left');
  } finally {
    execFileSync('umount', [disk]);
  }
});

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC');
  } finally {
    closeSync(file);
  }
}
