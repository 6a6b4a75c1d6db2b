import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../../policies/audit/canonical-json.ts';
import { isSecretName, redact, redactText } from '../../../policies/audit/redact.ts';

test('names that tell of a secret', () => {
  for (const name of [
    'token',
    'GITHUB_TOKEN',
    'DB_PASSWORD',
    'clientSecret',
    'api_key',
    'STRIPE_KEY',
    'sshKey',
    'pins',
  ])
    assert.ok(isSecretName(name), name);
  for (const name of ['publicKey', 'PUBLIC_KEY', 'keyId', 'monkey', 'tokenizer', 'candidate', 'pinned'])
    assert.ok(!isSecretName(name), name);
});

test('secrets in text go, what surrounds them stays', () => {
  const cases: [string, string][] = [
    ['DB_PASSWORD=hunter2 PORT=80', 'DB_PASSWORD=[redacted] PORT=80'],
    ['"apiKey": "abc def", "port": 80', '"apiKey": "[redacted]", "port": 80'],
    ['deploy --token abc --dry-run', 'deploy --token [redacted] --dry-run'],
    ['fetching https://ada:pw@example.com/x', 'fetching https://[redacted]@example.com/x'],
    ['authorization: Bearer abcdef123456', 'authorization: Bearer [redacted]'],
    [`using ghp_${'a'.repeat(36)} here`, 'using [redacted] here'],
    ['errors 20.1 % of 311 requests', 'errors 20.1 % of 311 requests'],
    ['see https://example.com/a@b', 'see https://example.com/a@b'],
  ];
  for (const [text, expected] of cases) assert.equal(redactText(text), expected);
});

test('secrets in values go by the name of their member, at any depth, and after their option', () => {
  assert.deepEqual(
    redact({
      env: { PORT: '80', SESSION_SECRET: 'abc' },
      command: ['deploy', '--password', 'hunter2', '--dry-run'],
      publicKey: 'abc',
      pins: { stable: 'x' },
    }),
    {
      env: { PORT: '80', SESSION_SECRET: '[redacted]' },
      command: ['deploy', '--password', '[redacted]', '--dry-run'],
      publicKey: 'abc',
      pins: '[redacted]',
    },
  );
});

test('a long text is cut, and the digest of all of it is kept', () => {
  const value = redact('x'.repeat(10_000));
  assert.match(
    typeof value === 'string' ? value : '',
    /^x{4096} \[cut: 10000 characters, sha256:[0-9a-f]{64}\]$/,
  );
});

test('anything becomes JSON that has a canonical form, and nothing makes it fail', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  assert.match(canonicalJson(redact(loop)), /too deep/);
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
      assert.equal(typeof canonicalJson(redact(value)), 'string');
    }),
  );
});

test('no text takes long: a megabyte of what looks like names is done at once', () => {
  const text = 'a-'.repeat(500_000);
  assert.equal(redactText(text), text);
});
