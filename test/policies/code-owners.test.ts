/** CODEOWNERS as GitHub reads it: each row is a pattern, what it owns, what it does not, and which rule that shows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  codeOwnersLimitBytes,
  isCodeOwnersTooLong,
  ownerLineOf,
  parseCodeOwners,
  readCodeOwners,
} from '../../policies/approval/code-owners.ts';

type Row = [pattern: string, owned: string[], other: string[], why: string];

const rules: Record<string, Row[]> = {
  'everything, and the root': [
    ['*', ['a', 'a/b/c', '.env', '.github/x/y'], [], 'a lone star is every file, dot files too'],
    ['**', ['a', 'a/b/c', '.env'], [], 'so is any number of directories'],
    ['/**', ['a', 'a/b/c'], [], 'from the root it is the same'],
    ['**/*', ['a', 'a/b/c'], [], 'any directories, any name'],
    ['/*', ['a', '.env'], ['a/b', '.github/x'], 'one level: the files of the root and nothing below'],
    ['/', [], ['a', 'a/b'], 'the root itself is no file, so this owns nothing'],
    ['//', [], ['a', 'a/b'], 'nor is a directory without a name'],
    ['*/', ['a/b', 'a/b/c'], ['a'], 'every directory: what lies in the root is in none'],
    ['/*/', ['a/b', 'a/b/c'], ['a'], 'the same, said from the root'],
  ],
  'a name without a slash is looked for anywhere': [
    ['a', ['a', 'x/a', 'a/y', 'x/a/y/z'], ['ab', 'x/ab', 'b/ba'], 'a file or a directory of that name'],
    ['a/', ['a/b', 'x/a/b', 'x/a/b/c'], ['a', 'x/a'], 'with a slash behind, only what lies in a directory'],
    ['*.js', ['a.js', 'x/y/a.js', '.js', 'x.js/y'], ['a.jsx', 'js', 'ajs'], 'a star is any part of a name'],
    ['.env', ['.env', 'x/.env'], ['env', '.env.local'], 'a dot is a dot'],
    ['Dockerfile', ['Dockerfile', 'x/Dockerfile'], ['dockerfile'], 'paths are told apart by case'],
    ['@types/', ['@types/a', 'x/@types/a'], ['types/a'], 'an @ in the first word belongs to the pattern'],
    ['a#b', ['a#b'], ['a'], 'within a pattern # is a character'],
  ],
  'a slash at the start or within ties it to the root': [
    ['/a', ['a', 'a/b/c'], ['x/a', 'ab'], 'a file or directory of the root'],
    ['/a/', ['a/b', 'a/b/c'], ['a', 'x/a/b'], 'only a directory of the root'],
    ['/*.js', ['a.js', 'b.js/c'], ['x/a.js'], 'a star does not leave its directory'],
    ['a/b', ['a/b', 'a/b/c'], ['x/a/b', 'a/bc'], 'a slash within is enough'],
    ['/apps/github', ['apps/github', 'apps/github/a'], ['apps/github2', 'x/apps/github'], 'whole names only'],
    [
      'build/logs/',
      ['build/logs/a', 'build/logs/x/y'],
      ['x/build/logs/a', 'build/logs'],
      'the same for more',
    ],
    ['./a', [], ['a', 'a/b'], 'no path of git begins with a dot and a slash'],
  ],
  'a lone star at the end is one level': [
    ['docs/*', ['docs/a.md'], ['docs/x/a.md', 'x/docs/a.md', 'docs'], "GitHub's own example"],
    ['/docs/*', ['docs/a.md'], ['docs/x/a.md'], 'also from the root'],
    ['docs/*.md', ['docs/a.md', 'docs/a.md/b'], ['docs/x/a.md'], 'a star with more may be a directory'],
    ['docs/**/*', ['docs/a', 'docs/x/y/a'], ['docs', 'x/docs/a'], 'any directories before it undo that'],
    ['docs/*/a', ['docs/x/a', 'docs/x/a/b'], ['docs/a', 'docs/x/y/a'], 'in the middle it is one directory'],
  ],
  'two stars are any number of directories': [
    ['**/logs', ['logs', 'logs/a', 'build/logs/a', 'x/y/logs/z/a'], ['build/logs2/a'], 'before a name'],
    ['**/a/b', ['a/b', 'x/a/b/c', 'x/y/a/b'], ['a/x/b'], 'before more than a name'],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b/c'], ['a/xb', 'x/a/b'], 'between: none, one, or more'],
    ['a/**', ['a/b', 'a/x/b'], ['a', 'x/a/b'], 'behind: all that lies in it'],
    ['apps/**/*.ts', ['apps/a.ts', 'apps/x/y/a.ts'], ['a.ts', 'apps/a.tsx'], 'the usual way to an extension'],
    ['a**b', ['ab', 'axxb', 'x/ab'], ['a/b'], 'within a name they are one star'],
    ['/a/**/', ['a/b', 'a/x/b'], ['a'], 'with a slash behind, still all that lies in it'],
  ],
  'one character, and escapes': [
    ['te?t.md', ['test.md', 'x/text.md', 'teßt.md'], ['te/t.md', 'tet.md', 'teest.md'], '? is exactly one'],
    ['f\\*o', ['f*o'], ['foo', 'fo'], 'an escaped star is a star'],
    ['f\\?o', ['f?o'], ['foo'], 'and so for ?'],
    ['a\\ b/c', ['a b/c'], ['a/c', 'a\\ b/c'], 'a blank in a name is escaped'],
    ['a\\\\b', ['a\\b'], ['ab'], 'a backslash is escaped by another'],
    ['\\a\\b', ['ab'], ['\\a\\b'], 'other characters may be escaped for nothing'],
    ['/pages/\\[id\\].js', ['pages/[id].js'], ['pages/i.js'], 'GitHub asks for brackets to be escaped'],
    ['a\\/b', ['a/b'], ['x/a/b'], 'an escaped slash is a slash'],
    ['(group)/{x}', ['(group)/{x}'], ['group/x'], 'nothing else is special'],
    ['é/ü.md', ['é/ü.md'], ['e/u.md', 'e\u0301/u\u0308.md'], 'no two spellings are one'],
    ['?.md', ['\u{1f600}.md'], [], '? is one character, however many bytes'],
  ],
};

for (const [rule, rows] of Object.entries(rules)) {
  describe(rule, () => {
    for (const [pattern, owned, other, why] of rows) {
      test(`${pattern}: ${why}`, () => {
        const [line] = parseCodeOwners([`${pattern} @owner`]);
        assert.ok(line, 'the line is valid');
        for (const path of owned) assert.equal(line.matches(path), true, path);
        for (const path of other) assert.equal(line.matches(path), false, path);
      });
    }
  });
}

test('the last matching line wins, and one without owners leaves a path to nobody', () => {
  const lines = parseCodeOwners(['* @all', '# /a @nobody', '', '/a/ @team/a # who?', '/a/free']);
  assert.deepEqual(ownerLineOf('x', lines)?.owners, ['@all']);
  assert.deepEqual(ownerLineOf('a/x', lines)?.owners, ['@team/a']);
  assert.deepEqual(ownerLineOf('a/free', lines)?.owners, []);
  assert.equal(ownerLineOf('a/x', lines)?.line, 4);
});

describe('words', () => {
  const cases: [text: string, pattern: string, owners: string[], why: string][] = [
    ['a\t@x \t @y', 'a', ['@x', '@y'], 'tabs and blanks are alike'],
    ['  a @x  ', 'a', ['@x'], 'a line may be indented'],
    ['a @x\r', 'a', ['@x'], 'lines may end in CRLF'],
    ['\ufeffa @x', 'a', ['@x'], 'a byte order mark is no part of the first pattern'],
    ['a @x # the @y team', 'a', ['@x'], 'a comment ends the line'],
    ['a @x#the team', 'a', ['@x'], 'also without a blank, since no owner has a #'],
    ['a # @x', 'a', [], 'a comment instead of owners leaves nobody'],
    ['a\u00a0b @x', 'a\u00a0b', ['@x'], 'a blank that is none in ASCII belongs to the name'],
    [
      'a @X-y_z @O/t.m-n me+git@mail.example.com',
      'a',
      ['@X-y_z', '@O/t.m-n', 'me+git@mail.example.com'],
      'who',
    ],
  ];
  for (const [text, pattern, owners, why] of cases) {
    test(`${JSON.stringify(text)}: ${why}`, () => {
      const [line] = parseCodeOwners([text]);
      assert.deepEqual([line?.pattern, line?.owners], [pattern, owners]);
    });
  }
  test('a comment, a blank line and an empty one say nothing', () => {
    assert.deepEqual(readCodeOwners(['# a @x', '   ', '', '\r', '\t# b']), { lines: [], faults: [] });
  });
});

describe('lines that GitHub skips', () => {
  const cases: [text: string, column: number, message: RegExp, remedy: RegExp][] = [
    ['!a @x', 1, /negated/, /without owners below/],
    ['a[0-9] @x', 1, /`\[` and `\]`/, /write `\\\[`/],
    ['a] @x', 1, /`\[` and `\]`/, /write `\\\[`/],
    ['[Documentation] @x', 1, /section of GitLab/, /each line below/],
    ['^[Optional][2] @x', 1, /section of GitLab/, /each line below/],
    ['\\#a @x', 1, /escaped `#`/, /write `\?`/],
    ['a\\', 1, /escapes nothing/, /remove the backslash/],
    ['a/***/b @x', 1, /three stars/, /write `\*\*`/],
    ['a owner', 3, /"owner" is no owner/, /write `@owner`/],
    ['a  org/team @x', 4, /"org\/team" is no owner/, /write `@org\/team`/],
    ['a @x, @y', 3, /"@x," is no owner/, /write `@x`/],
    ['a @x@y', 3, /"@x@y" is no owner/, /`@x @y`, two owners apart/],
    ['a @x @example.com', 6, /"@example.com" is no owner/, /write `@login`/],
    ['a @o/t/u', 3, /is no owner/, /`@organisation\/team`/],
    ['\ufeffa x', 4, /"x" is no owner/, /write `@x`/],
    ['a b.md @x', 3, /"b.md" is no owner/, /a blank in the pattern needs `\\`/],
  ];
  for (const [text, column, message, remedy] of cases) {
    test(JSON.stringify(text), () => {
      const { lines, faults } = readCodeOwners([text, 'b @y']);
      assert.deepEqual(
        lines.map(({ line }) => line),
        [2],
        'the other line stands',
      );
      const [fault] = faults;
      assert.ok(fault);
      assert.deepEqual([fault.line, fault.column], [1, column]);
      assert.match(fault.message, message);
      assert.match(fault.remedy, remedy);
    });
  }
});

describe('no line is too long or too hard', () => {
  test('stars that match almost do not take for ever', () => {
    const [line] = parseCodeOwners([`/${'**/a*a/'.repeat(200)}b @x`]);
    assert.equal(line?.matches(`${'aaaa/'.repeat(2000)}a`), false);
  });
  test('a very long line is read like any other', () => {
    const owners = Array.from({ length: 20_000 }, (_, index) => `@person${index}`);
    assert.equal(parseCodeOwners([`* ${owners.join(' ')}`])[0]?.owners.length, 20_000);
  });
  test('a very deep path is asked about like any other', () => {
    const deep = 'a/'.repeat(50_000);
    assert.equal(ownerLineOf(`${deep}b`, parseCodeOwners(['b @x']))?.line, 1);
  });
});

test('GitHub does not read a file of more than 3 MB, counted in bytes', () => {
  const line = 'x'.repeat(999);
  const lines = Array.from({ length: codeOwnersLimitBytes / 1000 }, () => line);
  assert.equal(isCodeOwnersTooLong(lines), false);
  assert.equal(isCodeOwnersTooLong([...lines, line]), true);
  assert.equal(isCodeOwnersTooLong(lines.map((text) => text.replace('x', 'é'))), true);
});
