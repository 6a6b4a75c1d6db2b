import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listRollouts, openJournal, readJournal } from '../../action/deployer/journal.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const at = '2026-01-01T00:00:00.000Z';
const record = (atSeconds: number): JournalRecord => ({
  record: 'event',
  event: { type: 'requested', atSeconds, command: 'pause', by: 'ada' },
  at,
});

test('what was appended is read back in order, across openings', (context) => {
  const directory = temporaryDirectory(context);
  for (const seconds of [1, 2, 3]) {
    const journal = openJournal(directory, '7');
    journal.append(record(seconds));
    journal.close();
  }
  assert.deepEqual(readJournal(directory, '7'), [record(1), record(2), record(3)]);
});

test('a last line that a crash cut off is dropped, at every length it could have been cut', (context) => {
  const directory = temporaryDirectory(context);
  const journal = openJournal(directory, '7');
  journal.append(record(1));
  journal.append(record(2));
  journal.close();
  const path = join(directory, readdirSync(directory)[0] ?? '');
  const whole = readFileSync(path);
  const firstLine = whole.indexOf('\n') + 1;
  for (let length = whole.length - 1; length > firstLine; length--) {
    truncateSync(path, length);
    assert.deepEqual(readJournal(directory, '7'), [record(1)]);
  }
  const again = openJournal(directory, '7');
  again.append(record(3));
  again.close();
  assert.deepEqual(readJournal(directory, '7'), [record(1), record(3)]);
});

test('damage anywhere else is an error that names the line', (context) => {
  const directory = temporaryDirectory(context);
  const journal = openJournal(directory, '7');
  journal.append(record(1));
  journal.close();
  const path = join(directory, readdirSync(directory)[0] ?? '');
  writeFileSync(path, `{"record":\n${readFileSync(path, 'utf8')}`);
  assert.throws(() => readJournal(directory, '7'), /damaged at line 1/);
});

test('rollouts are listed in the order of their numbers, not of their letters', (context) => {
  const directory = temporaryDirectory(context);
  for (const rollout of ['10', '9', '100']) openJournal(directory, rollout).close();
  appendFileSync(join(directory, '10.judge.json'), '{}');
  assert.deepEqual(listRollouts(directory), ['9', '10', '100']);
});

test(
  'a full disk is said in a sentence, and nothing half written stays',
  { skip: process.platform !== 'linux' },
  (context) => {
    const directory = temporaryDirectory(context);
    // /dev/full answers every write with "no space left on device".
    const journal = openJournal(directory, '7', '/dev/full');
    assert.throws(
      () => journal.append(record(1)),
      /the disk is full.*nothing was done.*evenkeel deploy --resume/,
    );
    journal.close();
  },
);
