import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCommand, readComment } from '../../policies/command/parse-command.ts';

const release = `sha256:${'0123456789ab'.repeat(5)}0123`;

test('exact words are commands', () => {
  for (const name of ['status', 'promote', 'pause', 'resume', 'abort', 'rollback']) {
    assert.deepEqual(parseCommand(name), { ok: true, command: { name } });
    assert.deepEqual(readComment(`/evenkeel ${name}`), { ok: true, command: { name } });
  }
  assert.deepEqual(parseCommand(`rollback to ${release}`), {
    ok: true,
    command: { name: 'rollback', to: release },
  });
  assert.deepEqual(readComment('\r\n/evenkeel  abort \r\n'), { ok: true, command: { name: 'abort' } });
});

test('everything else has a reason', () => {
  const rows: [string, string][] = [
    ['', 'empty'],
    ['Promote', 'unknown-command'],
    ['promote!', 'unknown-command'],
    ['promote now', 'unexpected-words'],
    ['rollback to', 'not-a-release'],
    ['rollback to yesterday', 'not-a-release'],
    [`rollback to ${release} please`, 'unexpected-words'],
    ['рromote', 'not-plain-text'],
    ['promote\u200B', 'not-plain-text'],
    ['pro\u202Emote', 'not-plain-text'],
    ['status\nabort', 'not-plain-text'],
    ['status '.repeat(1000), 'too-long'],
    ['__proto__', 'unknown-command'],
  ];
  for (const [text, reasonCode] of rows) {
    const reading = parseCommand(text);
    assert.equal(reading.ok ? 'a command' : reading.reasonCode, reasonCode, JSON.stringify(text));
  }
});

test('a comment that is not only the command does nothing, and hears why when it comes close', () => {
  const rows: [string, string | undefined][] = [
    ['looks good', undefined],
    ['please do not /evenkeel promote this', undefined],
    ['> /evenkeel promote', undefined],
    ['`/evenkeel promote`', undefined],
    ['<!-- /evenkeel promote -->', undefined],
    ['/evenkeelpromote', 'not-alone'],
    ['> so?\n/evenkeel promote', 'not-alone'],
    ['```\n/evenkeel promote\n```', 'not-alone'],
    ['<!--\n\n/evenkeel promote\n\n-->', 'not-alone'],
    ['    /evenkeel promote', 'not-alone'],
    ['\t/evenkeel promote', 'not-alone'],
    ['/evenkeel promote\n/evenkeel abort', 'not-alone'],
    ['/Evenkeel promote', 'not-alone'],
    ['/еvenkeel promote', 'not-plain-text'],
    ['/even\u200Bkeel promote', 'not-plain-text'],
    ['／ｅｖｅｎｋｅｅｌ promote', 'not-plain-text'],
    ['/evenkeel\u00A0promote', 'not-plain-text'],
    ['/evenkeel promоte', 'not-plain-text'],
    [`/evenkeel ${'promote '.repeat(200_000)}`, 'too-long'],
    ['x'.repeat(1_000_000), undefined],
  ];
  for (const [body, expected] of rows) {
    const reading = readComment(body);
    assert.equal(
      reading?.ok === false ? reading.reasonCode : reading,
      expected,
      JSON.stringify(body.slice(0, 60)),
    );
  }
});

test('no text around a command makes it a command', () => {
  const around = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.constantFrom('\u200B', '> ', '`', '\t', 'n'),
  );
  fc.assert(
    fc.property(around, around, (before, after) => {
      fc.pre(`${before}${after}`.replaceAll(/[ \r\n]/g, '') !== '');
      assert.notEqual(readComment(`${before}/evenkeel promote${after}`)?.ok, true);
    }),
  );
});
