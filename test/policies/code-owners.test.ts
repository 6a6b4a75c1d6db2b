/** What GitHub's documentation says of CODEOWNERS patterns, line by line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerLineOf, parseCodeOwners } from '../../policies/approval/code-owners.ts';

const cases: [pattern: string, matching: string[], other: string[]][] = [
  ['*', ['a', 'a/b/c'], []],
  ['*.js', ['a.js', 'x/y/a.js'], ['a.jsx', 'js']],
  ['/build/logs/', ['build/logs/a', 'build/logs/x/y'], ['x/build/logs/a', 'build/logs']],
  ['docs/*', ['docs/a.md'], ['docs/x/a.md', 'x/docs/a.md']],
  ['apps/', ['apps/a', 'x/apps/y/a'], ['apps']],
  ['/docs/', ['docs/a', 'docs/x/a'], ['x/docs/a']],
  ['/scripts', ['scripts', 'scripts/x/a'], ['x/scripts', 'scripts2']],
  ['**/logs', ['logs/a', 'build/logs/a', 'x/y/logs/z/a'], ['build/logs2/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b/c'], ['a/xb', 'x/a/b']],
  ['foo/**', ['foo/a', 'foo/x/a'], ['foo', 'x/foo/a']],
  ['/apps/github', ['apps/github', 'apps/github/a'], ['apps/github2', 'x/apps/github']],
  ['te?t.md', ['test.md', 'x/text.md'], ['te/t.md', 'tet.md']],
  ['a\\ b/c', ['a b/c'], ['a/c']],
  ['*a*a*a*a*b', ['aaaab'], ['a'.repeat(200)]],
];

for (const [pattern, matching, other] of cases) {
  test(`${pattern} matches as GitHub says`, () => {
    const [line] = parseCodeOwners([`${pattern} @owner`]);
    assert.ok(line);
    for (const path of matching) assert.equal(line.matches(path), true, path);
    for (const path of other) assert.equal(line.matches(path), false, path);
  });
}

test('the last matching line wins, and one without owners leaves a path to nobody', () => {
  const lines = parseCodeOwners(['* @all', '# /a @nobody', '', '/a/ @team/a # who?', '/a/free']);
  assert.deepEqual(ownerLineOf('x', lines)?.owners, ['@all']);
  assert.deepEqual(ownerLineOf('a/x', lines)?.owners, ['@team/a']);
  assert.deepEqual(ownerLineOf('a/free', lines)?.owners, []);
  assert.equal(ownerLineOf('a/x', lines)?.line, 4);
});

test('lines that GitHub skips are skipped', () => {
  assert.deepEqual(parseCodeOwners(['!a @x', '[ab] @x', '\\#a @x', 'a owner-without-at']), []);
});
