import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { recordStable, stableRelease } from '../../action/deployer/deployment.ts';
import { stateDirectoryOf } from '../../action/deployer/state-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('what is stable is read back; a file that was harmed is a sentence, and nothing is taken for granted', (context) => {
  const directories = stateDirectoryOf(temporaryDirectory(context), {}, 'shop', 'production');
  mkdirSync(dirname(directories.stableFile), { recursive: true });
  assert.equal(stableRelease(directories), null);
  const release = { digest: 'sha256:a', commit: 'c', tree: 't', directory: '/releases/a' };
  recordStable(directories, release);
  assert.deepEqual(stableRelease(directories), release);
  for (const text of ['', '{', 'null', '[]', '"a"', '{"digest":"sha256:a"}', '{"digest":1,"commit":2}']) {
    writeFileSync(directories.stableFile, text);
    assert.throws(() => stableRelease(directories), /stable.json is damaged, .* restore it/, text);
  }
});
