/** The index over the lines of CODEOWNERS says what trying every line says, and the matcher what a naive one says. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { indexCodeOwners } from '../../policies/approval/code-owners-index.ts';
import { ownerLineOf, readCodeOwners } from '../../policies/approval/code-owners.ts';
import '../support/seed.ts';

const name = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a.js',
  'b.js',
  '.js',
  'a.b.js',
  'é.md',
  'a b',
  'a*',
  '[a]',
  '@a',
);
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
const glob = fc.oneof(
  name.map((text) => text.replaceAll(/[ *[\]]/g, '\\$&')),
  fc.constantFrom(
    '*',
    '**',
    '?',
    '*.js',
    '*.b.js',
    'a*',
    '*b',
    '?.js',
    'a**b',
    '*.*',
    '\\a',
    '*\\.js',
    'a?*',
  ),
);
const pattern = fc
  .record({
    isAnchored: fc.boolean(),
    globs: fc.array(glob, { minLength: 1, maxLength: 4 }),
    isDirectory: fc.boolean(),
  })
  .map(({ isAnchored, globs, isDirectory }) => {
    return `${isAnchored ? '/' : ''}${globs.join('/')}${isDirectory ? '/' : ''}`;
  });

/** Slow and plain: every way to share out the segments is tried, one character after the other. */
function isOwnedBy(text: string, file: string): boolean {
  const isDirectory = text.endsWith('/');
  const inner = text.replace(/^\//, '').replace(/\/$/, '');
  const globs = inner.split('/');
  const isAnchored = text.startsWith('/') || globs.length > 1;
  const segments = file.split('/');
  const isOneLevel = globs.at(-1) === '*' && !isDirectory;
  const isBelowOnly = isDirectory || globs.at(-1) === '**';

  const isMatch = (at: number, from: number): boolean => {
    if (at === globs.length) {
      if (from === segments.length) return !isBelowOnly;
      return !isOneLevel;
    }
    if (globs[at] === '**') {
      return segments
        .slice(from)
        .concat('')
        .some((_, skipped) => isMatch(at + 1, from + skipped));
    }
    const segment = segments[from];
    return segment !== undefined && isName(globs[at] ?? '', segment) && isMatch(at + 1, from + 1);
  };
  if (isAnchored) return isMatch(0, 0);
  return segments.some((_, from) => isMatch(0, from));
}

function isName(wanted: string, text: string): boolean {
  const [first = '', ...rest] = wanted;
  if (first === '') return text === '';
  const [head, ...tail] = text;
  if (first === '*') return isName(rest.join(''), text) || (text !== '' && isName(wanted, tail.join('')));
  if (head === undefined) return false;
  if (first === '\\') return rest[0] === head && isName(rest.slice(1).join(''), tail.join(''));
  return (first === '?' || first === head) && isName(rest.join(''), tail.join(''));
}

describe('owners of a path', () => {
  test('a pattern matches what trying everything matches', () => {
    fc.assert(
      fc.property(pattern, path, (text, file) => {
        const { lines, faults } = readCodeOwners([`${text} @x`]);
        assert.deepEqual(faults, []);
        assert.equal(lines[0]?.matches(file), isOwnedBy(text, file), `${text} on ${file}`);
      }),
      { numRuns: 20_000 },
    );
  });

  test('the index finds the line that trying them from the last to the first finds', () => {
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 30 }),
        fc.array(path, { minLength: 1, maxLength: 20 }),
        (patterns, files) => {
          const { lines } = readCodeOwners(patterns.map((text, index) => `${text} @x${index}`));
          const index = indexCodeOwners(lines);
          for (const file of files) {
            assert.equal(index.find(file), ownerLineOf(file, lines), file);
            assert.deepEqual(index.findAll(file), lines.filter((line) => line.matches(file)).reverse(), file);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('whatever the file holds, every line is read, skipped with a reason, or says nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), fc.string(), (texts, file) => {
        const { lines, faults } = readCodeOwners(texts);
        const told = [...lines, ...faults].map(({ line }) => line);
        assert.equal(new Set(told).size, told.length, 'no line is both');
        for (const { line, column, message, remedy } of faults) {
          assert.ok(column >= 1 && column <= (texts[line - 1]?.length ?? 0));
          assert.ok(message !== '' && remedy !== '');
        }
        indexCodeOwners(lines).find(file);
      }),
      { numRuns: 2_000 },
    );
  });
});
