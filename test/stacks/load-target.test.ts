/** A target is `local`, or anybody's own module with a program in it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { effectFailure } from '../../stacks/failure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import { encodeFailure, findFailure } from '../../stacks/provider/failure-line.ts';
import { unwrapProperties } from '../../stacks/provider/unwrap-properties.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('a module of one’s own is loaded from the release, and knows where it stands', async (context) => {
  const directory = temporaryDirectory(context);
  mkdirSync(join(directory, 'infra'));
  writeFileSync(
    join(directory, 'infra/evenkeel.mjs'),
    'const here = 1;\nexport const target = { program: async () => ({ here }) };\n',
  );
  const target = await loadTarget('./infra/evenkeel.mjs', directory);
  assert.equal(target.modulePath, join(directory, 'infra/evenkeel.mjs'));
  assert.equal((await loadTarget('local', directory)).modulePath, undefined);
});

const unusable: [string, string, string, RegExp][] = [
  ['is not there', '', 'target-unreadable', /the target \.\/target\.mjs cannot be loaded from .*target\.mjs/],
  ['does not parse', 'export const target = {', 'target-unreadable', /cannot be loaded/],
  ['exports nothing', 'export const other = 1;', 'target-invalid', /must export `target` with a function/],
  ['has no program', 'export const target = { program: 1 };', 'target-invalid', /must export `target`/],
];
for (const [name, text, reasonCode, message] of unusable) {
  test(`a module that ${name} is an input error in one sentence`, async (context) => {
    const directory = temporaryDirectory(context);
    if (text !== '') writeFileSync(join(directory, 'target.mjs'), text);
    const failure = await failureOf(loadTarget('./target.mjs', directory));
    assert.deepEqual([failure.kind, failure.reasonCode], ['input', reasonCode]);
    assert.match(failure.message, message);
    assert.doesNotMatch(failure.message, /\n/);
  });
}

test('a failure survives being printed among anything else, whatever is in its sentence', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.boolean(), (before, after, message, mayRetry) => {
      const failure = effectFailure('some-reason', message, mayRetry);
      const found = findFailure(`${before}\nerror: ${encodeFailure(failure)} ${after}`);
      assert.deepEqual(
        [found?.kind, found?.reasonCode, found?.message, found?.mayRetry],
        ['effect', 'some-reason', message, mayRetry],
      );
    }),
  );
  assert.equal(findFailure('error: something else failed'), null);
});

test('a secret comes out of Pulumi’s wrapping at any depth, and nothing else changes', () => {
  const secret = (value: unknown): unknown => ({
    '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
    value,
  });
  const properties = { pins: secret({ stable: secret('s') }), ports: [1, secret(2)], none: null };
  assert.deepEqual(unwrapProperties(properties), { pins: { stable: 's' }, ports: [1, 2], none: null });
});
