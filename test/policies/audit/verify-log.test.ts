import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryText, type AuditEntry } from '../../../policies/audit/audit-entry.ts';
import { recordText } from '../../../policies/audit/audit-record.ts';
import { signCheckpoint, signerOf, type Signer } from '../../../policies/audit/checkpoint.ts';
import { leafHash, rootOf } from '../../../policies/audit/merkle-tree.ts';
import { verifyLog } from '../../../policies/audit/verify-log.ts';

// What files cannot show without a dishonest writer; the tampering with files is in test/action/audit-tampering.test.ts.

const signer = signerOf(Buffer.alloc(32, 1));

test('an empty log without a head is valid, and its root is that of the empty tree', () => {
  const result = verifyLog({ lines: [], head: null, verifier: signer });
  assert.equal(result.outcome, 'valid');
  assert.equal(result.root, 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('an entry that somebody with the key has backdated is found by its time', () => {
  const lines = linesOf(['2026-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'], signer);
  assert.deepEqual(problemsOf(lines), [['time-backwards', 1]]);
});

test('a fresh key does not pass under the log’s name', () => {
  const times = ['2026-01-01T00:00:00.000Z'];
  const impostor = signerOf(Buffer.alloc(32, 2), signer.name);
  assert.deepEqual(problemsOf(linesOf(times, impostor)), [['signer-unknown', 0]]);
});

test('only the first difference is named: every root after it differs as well', () => {
  const lines = linesOf(
    Array.from({ length: 9 }, () => '2026-01-01T00:00:00.000Z'),
    signer,
  );
  const edited = lines.map((line, place) => (place === 4 ? line.replace('"ada"', '"eve"') : line));
  assert.deepEqual(problemsOf(edited), [['root-wrong', 4]]);
});

function linesOf(times: readonly string[], by: Signer): string[] {
  const entries = times.map((at, sequence): AuditEntry => {
    return { sequence, at, actor: { kind: 'person', name: 'ada' }, event: 'check' };
  });
  const leaves = entries.map((entry) => leafHash(entryText(entry)));
  return entries.map((entry, index) =>
    recordText(entry, signCheckpoint(index + 1, rootOf(leaves.slice(0, index + 1)), by)),
  );
}

function problemsOf(lines: readonly string[]): [string, number | null][] {
  const result = verifyLog({ lines, head: null, verifier: signer });
  return result.outcome === 'valid'
    ? []
    : result.problems.map(({ reasonCode, sequence }) => [reasonCode, sequence]);
}
