/** What a command's reply says, and that nothing typed by others comes alive in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CommandPolicy } from '../../policies/command/command-policy.ts';
import { dispatchText } from '../../action/github/commands/dispatch-text.ts';
import { outcomeMarkdown, waitingMarkdown } from '../../action/github/commands/reply-markdown.ts';
import { Failure } from '../../stacks/failure.ts';
import '../support/seed.ts';

const policy: CommandPolicy = {
  roles: ['write', 'maintain'],
  who: {},
  risky: [],
  confirmWithinSeconds: 600,
  actWithinSeconds: 3600,
  breakGlassWithinSeconds: 3600,
  terminal: {},
};
const digest = `sha256:${'ab'.repeat(32)}`;
const expiresAt = '2026-03-02T10:10:00.000Z';

function waiting(service: string, by = 'ada'): string {
  const plan = { words: [`${service} goes back to release 0123`], inputs: { service } };
  return waitingMarkdown({ plan, digest, expiresAt }, by, policy);
}

test('a command that waits says what it would do, its digest, who confirms it, how, and until when', () => {
  const text = waiting('shop');
  assert.match(text, /shop goes back to release 0123/);
  assert.match(text, /"service": "shop"/);
  assert.ok(text.includes(digest));
  assert.match(text, /role write or maintain/);
  assert.match(text, /until 2026-03-02T10:10:00\.000Z/);
  assert.match(text, /^\/evenkeel confirm abababababab$/m);
});

test('the policy may name other people for the confirmation', () => {
  const plan = { words: [], inputs: {} };
  const who = { confirm: { roles: [], teams: ['acme/on-call'], users: ['grace'] } };
  const text = waitingMarkdown({ plan, digest, expiresAt }, 'ada', { ...policy, who });
  assert.match(text, /of acme\/on\\-call, or grace/);
  assert.doesNotMatch(text, /maintain/);
});

test('names and results stay words: no mention, link, HTML or end of a block of them comes alive', () => {
  const hostile = '@acme/everyone <img src=x> [click](https://evil.example) ```\n</details> ~~~ #1';
  for (const text of [waiting(hostile, hostile), outcomeMarkdown(hostile, 'permitted', [hostile])]) {
    const outside = text.replace(/^(`{3,})(?:json|text)\n[^]*?\n\1$/gm, '');
    assert.doesNotMatch(outside, /@acme/);
    assert.doesNotMatch(outside, /<img/);
    assert.doesNotMatch(outside, /:\/\/evil/);
    assert.doesNotMatch(outside, /\]\(/);
    assert.equal(outside.split('</details>').length - 1, outside.split('<details>').length - 1);
  }
});

test('property: the block of exact inputs ends where it should, whatever a name holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', 'a', '\n', '\\', '"') }), (name) => {
      const text = waiting(name);
      const [, fence = ''] = /^(`{3,})json$/m.exec(text) ?? [];
      const block = new RegExp(`^${fence}json\\n([^]*?)\\n${fence}$`, 'm').exec(text)?.[1] ?? '';
      assert.deepEqual(JSON.parse(block), { service: name });
    }),
  );
});

test('a result of thousands of lines is cut, and says so', () => {
  const text = outcomeMarkdown(
    'done',
    'permitted',
    Array.from({ length: 5000 }, () => 'line'),
  );
  assert.match(text, /4940 more lines/);
});

const dispatches: [inputs: Record<string, string>, text: string][] = [
  [{ command: 'status' }, 'status'],
  [{ command: 'rollback to ab12ab12ab12' }, 'rollback to ab12ab12ab12'],
  [{ command: 'rollback', release: 'ab12ab12ab12' }, 'rollback to ab12ab12ab12'],
  [
    { command: 'pause', service: 'shop', environment: 'production' },
    'pause --service shop --environment production',
  ],
  [{ command: 'confirm', digest: 'ab12ab12ab12', release: ' ' }, 'confirm ab12ab12ab12'],
  [{ command: 'break-glass', reason: 'orders fail since 10:00' }, 'break-glass orders fail since 10:00'],
];
for (const [inputs, text] of dispatches) {
  test(`a dispatch of ${JSON.stringify(inputs)} is the command "${text}"`, () => {
    assert.equal(dispatchText(inputs), text);
  });
}

const notOneWord = [
  { command: 'rollback', release: 'ab12ab12ab12 --service' },
  { command: 'pause', service: 'shop --environment production' },
  { command: 'pause', environment: '--service' },
];
for (const inputs of notOneWord) {
  test(`a dispatch whose input brings other words along is refused: ${JSON.stringify(inputs)}`, () => {
    assert.throws(
      () => dispatchText(inputs),
      (error) => error instanceof Failure && error.reasonCode === 'input-invalid',
    );
  });
}
