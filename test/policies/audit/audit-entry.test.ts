import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEntry, entryText, parseEntry } from '../../../policies/audit/audit-entry.ts';
import { isJsonObject, parseCanonicalJson } from '../../../policies/audit/canonical-json.ts';

const noon = new Date('2026-01-01T12:00:00Z');
const ada = { kind: 'person', name: 'ada' } as const;

test('an entry takes the next place and the time; its text reads back as itself', () => {
  const previous = { sequence: 6, at: '2026-01-01T11:00:00.000Z' };
  const entry = buildEntry({ actor: ada, event: 'approval', service: 'shop' }, previous, noon);
  assert.deepEqual(entry, {
    sequence: 7,
    at: '2026-01-01T12:00:00.000Z',
    actor: ada,
    event: 'approval',
    service: 'shop',
  });
  assert.deepEqual(parseEntry(parseCanonicalJson(entryText(entry))), { ok: true, entry });
});

test('a rollout is called by the place of its first entry', () => {
  assert.equal(
    buildEntry({ actor: ada, event: 'rollout.started' }, { sequence: 6, at: '' }, noon).rollout,
    '7',
  );
});

test('a clock that went back does not take the log’s time with it, and what it said is kept', () => {
  const previous = { sequence: 0, at: '2026-01-01T13:00:00.000Z' };
  const entry = buildEntry({ actor: ada, event: 'approval' }, previous, noon);
  assert.equal(entry.at, previous.at);
  assert.equal(entry.clockAt, noon.toISOString());
});

test('inputs are redacted, and cut to their digest when an entry would not fit a tile', () => {
  const small = buildEntry({ actor: ada, event: 'check', inputs: { token: 'abc' } }, null, noon);
  assert.deepEqual(small.inputs, { token: '[redacted]' });
  const inputs = { texts: Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(4000, 'x')) };
  const large = buildEntry({ actor: ada, event: 'check', inputs }, null, noon);
  assert.equal(large.inputs?.['isCut'], true);
  assert.ok(Buffer.byteLength(entryText(large)) < 65_536);
});

test('what is no entry is refused with the reason', () => {
  const good = parseCanonicalJson(entryText(buildEntry({ actor: ada, event: 'check' }, null, noon)));
  assert.ok(isJsonObject(good));
  const cases: [object, RegExp][] = [
    [{ sequence: -1 }, /sequence/],
    [{ at: 'yesterday' }, /time/],
    [{ actor: { kind: 'ghost', name: 'x' } }, /actor/],
    [{ event: 'rollout.vanished' }, /event/],
    [{ evidence: { policy: 7 } }, /evidence/],
  ];
  for (const [change, reason] of cases) {
    const parsed = parseEntry({ ...good, ...change });
    assert.match(parsed.ok ? '' : parsed.message, reason);
  }
});
