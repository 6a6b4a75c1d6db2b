import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Command } from '../../policies/command/command.ts';
import { formatCommand } from '../../policies/command/format-command.ts';
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

const commit = '0123456789'.repeat(4);

test('every command is read, and written as it is read', () => {
  const rows: [string, Command][] = [
    ['failback', { name: 'failback' }],
    ['unlock --service shop', { name: 'unlock', service: 'shop' }],
    [
      'retry --service shop --environment production',
      { name: 'retry', service: 'shop', environment: 'production' },
    ],
    ['approve', { name: 'approve' }],
    [`approve ${commit}`, { name: 'approve', digest: commit }],
    ['confirm 0123456789ab', { name: 'confirm', digest: '0123456789ab' }],
    ['break-glass the database is down', { name: 'break-glass', reason: 'the database is down' }],
    [
      `break-glass the database is down --commit ${commit}`,
      { name: 'break-glass', reason: 'the database is down', commit },
    ],
    ['break-glass close 0123456789ab', { name: 'break-glass-close', digest: '0123456789ab' }],
  ];
  for (const [text, command] of rows) {
    assert.deepEqual(parseCommand(text), { ok: true, command }, text);
    assert.equal(formatCommand(command), text);
  }
  // Options may stand anywhere; a secret never becomes a reason that is kept.
  assert.deepEqual(parseCommand('rollback --service shop to 0123456789ab'), {
    ok: true,
    command: { name: 'rollback', to: '0123456789ab', service: 'shop' },
  });
  const reading = parseCommand('break-glass rotate password=correcthorse now');
  assert.ok(reading.ok && reading.command.name === 'break-glass');
  assert.doesNotMatch(reading.command.reason, /correcthorse/);
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
    ['constructor', 'unknown-command'],
    ['status now', 'unexpected-words'],
    ['status --service', 'not-a-place'],
    ['status --service Shop', 'not-a-place'],
    ['status --service shop --service till', 'unexpected-words'],
    ['status --force', 'unexpected-words'],
    ['status --__proto__ x', 'unexpected-words'],
    [`promote --commit ${commit}`, 'unexpected-words'],
    ['confirm', 'unexpected-words'],
    ['confirm 0123456789a', 'not-a-digest'],
    ['confirm 0123456789ab 0123456789ab', 'unexpected-words'],
    ['confirm 0123456789AB', 'not-a-digest'],
    ['approve of it', 'unexpected-words'],
    ['break-glass', 'reason-missing'],
    ['break-glass now', 'reason-missing'],
    ['break-glass close', 'unexpected-words'],
    ['break-glass close the valve now', 'unexpected-words'],
    ['break-glass the database is down --commit HEAD', 'not-a-commit'],
    ['status\u0000', 'not-plain-text'],
    ['status\tnow', 'not-plain-text'],
    ['ｓｔａｔｕｓ', 'not-plain-text'],
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
    [' '.repeat(99_000) + 'x', undefined],
    [`${' '.repeat(99_000)}/evenkeel promote`, undefined],
    ['\u0000/evenkeel promote', 'not-plain-text'],
    ['/evenkeel promote\u0000', 'not-plain-text'],
    ['\u202E/evenkeel promote', 'not-plain-text'],
    ['\u3164/evenkeel promote', 'not-plain-text'],
    ['"/evenkeel promote"', undefined],
    ['<b>/evenkeel promote</b>', undefined],
    ['/evenkeel\tpromote', 'not-alone'],
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
