/**
 * CODEOWNERS follows gitignore, so git itself is the judge where both agree: one `git check-ignore` over a directory for
 * each random pattern. Where GitHub differs on purpose is the table below, with both answers.
 *
 * What this does not prove: what GitHub does. No copy of its matcher can be had; its documentation is the source.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { parseCodeOwners, readCodeOwners } from '../../policies/approval/code-owners.ts';
import { git, gitSettings } from '../support/git-repository.ts';
import '../support/seed.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Whether git's pattern covers each path, in a directory of its own for each pattern. */
function askGit(
  context: TestContext,
  questions: readonly { pattern: string; files: string[] }[],
): boolean[][] {
  const directory = temporaryDirectory(context);
  git(directory, 'init', '--quiet');
  const asked = questions.flatMap(({ pattern, files }, index) => {
    mkdirSync(join(directory, `p${index}`));
    writeFileSync(join(directory, `p${index}`, '.gitignore'), `${pattern}\n`);
    return files.map((file) => `p${index}/${file}`);
  });
  const { status, stdout } = spawnSync(
    'git',
    ['check-ignore', '--no-index', '--verbose', '--non-matching', '-z', '--stdin'],
    {
      cwd: directory,
      input: asked.join('\0'),
      encoding: 'utf8',
      env: { ...process.env, ...gitSettings },
      maxBuffer: 1 << 28,
    },
  );
  // One: nothing is ignored, which is an answer as well.
  assert.ok(status === 0 || status === 1);
  const printed = stdout.split('\0');
  // Four fields an answer: where the pattern stands, its line, the pattern, the path.
  const sources = asked.map((file, index) => {
    assert.equal(printed[index * 4 + 3], file);
    return printed[index * 4] !== '';
  });
  let at = 0;
  return questions.map(({ files }) => sources.slice(at, (at += files.length)));
}

const name = fc.constantFrom('a', 'b', 'ab', 'a.js', '.js', 'a.b.js', 'é.md', 'a b', 'a*', '[a]', '@a', 'A');
const glob = fc.oneof(
  name.map((text) => text.replaceAll(/[ *[\]]/g, '\\$&')),
  fc.constantFrom('*', '**', '?', '*.js', '*.b.js', 'a*', '*b', '?.js', 'a**b', '*.*', '\\a', '*\\.js'),
);
const question = fc.record({
  pattern: fc
    .tuple(fc.boolean(), fc.array(glob, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([isAnchored, globs, isBelow]) => `${isAnchored ? '/' : ''}${globs.join('/')}${isBelow ? '/' : ''}`)
    // The two differences that such patterns can show; see the table.
    .filter((text) => !/\/\*$|\*\*\/$/.test(text)),
  files: fc.array(
    fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/')),
    { minLength: 1, maxLength: 8 },
  ),
});

test('where gitignore and CODEOWNERS agree, git says the same of every pattern and path', (context) => {
  const questions = fc.sample(question, 3_000);
  const answers = askGit(context, questions);
  let owned = 0;
  for (const [index, { pattern, files }] of questions.entries()) {
    const [line] = parseCodeOwners([`${pattern} @x`]);
    const ours = files.map((file) => line?.matches(file) ?? false);
    assert.deepEqual(ours, answers[index], `${pattern} on ${files.join(', ')}`);
    owned += ours.filter(Boolean).length;
  }
  assert.ok(owned > 1_000, 'the samples hit often enough to say something');
});

describe('where GitHub differs from git on purpose', () => {
  const differences: [pattern: string, file: string, git: boolean, ours: boolean | 'skipped', why: string][] =
    [
      ['docs/*', 'docs/x/a.md', true, false, 'git ignores the directory x with all in it; GitHub: one level'],
      ['/*', 'x/a.md', true, false, 'the same in the root'],
      [
        '/a/**/',
        'a/b',
        false,
        true,
        'git asks for a directory below a; here `/` after `**` says nothing more',
      ],
      ['**/', 'a', false, true, 'the same at the start'],
      ['!a', 'b', false, 'skipped', 'nothing can be negated'],
      ['[ab]', 'a', true, 'skipped', 'there are no ranges'],
      ['\\#a', '#a', true, 'skipped', 'no pattern begins with an escaped #'],
      ['a/***/b', 'a/x/y/b', true, 'skipped', 'three stars are an error'],
      ['?.md', 'é.md', false, true, 'git counts bytes; here ? is a character'],
      ['a\\', 'a', false, 'skipped', 'git keeps such a line and never matches it'],
      ['\\/a', 'a', false, true, 'git ties nothing to the root with an escaped slash'],
    ];
  for (const [pattern, file, byGit, byUs, why] of differences) {
    test(`${pattern} on ${file}: ${why}`, (context) => {
      assert.deepEqual(askGit(context, [{ pattern, files: [file] }]), [[byGit]]);
      const { lines, faults } = readCodeOwners([`${pattern}${pattern.endsWith('\\') ? '' : ' @x'}`]);
      const [line] = lines;
      assert.equal(line === undefined ? 'skipped' : line.matches(file), byUs);
      assert.equal(faults.length, byUs === 'skipped' ? 1 : 0);
    });
  }
});
