/** What no fixture file can hold: links, submodules and files too long to read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { analyzeChanges } from '../../analyzers/analyze-changes.ts';
import type { Content, FileMode } from '../../analyzers/change.ts';
import type { Span } from '../../analyzers/finding.ts';
import { parseSql } from '../../analyzers/sql/document.ts';
import { loadParser } from '../../analyzers/sql/parser.ts';
import { changesBetween, defaultScope, treeOf } from '../support/fixtures.ts';

async function rulesFor(path: string, mode: FileMode, content: Content): Promise<string[]> {
  const after = new Map([[path, { path, mode, digest: '1'.repeat(40), content }]]);
  const { findings } = await analyzeChanges({
    changes: changesBetween(new Map(), after),
    scopes: [defaultScope],
    before: treeOf(new Map()),
    after: treeOf(after),
    observations: { commands: [], previews: [] },
  });
  const relevant = findings.filter(
    ({ ruleId }) => ruleId !== 'code/pass-commands' && !ruleId.startsWith('config/'),
  );
  return relevant.map(({ ruleId, level, proof }) => `${ruleId} ${level} ${proof ?? ''}`.trim());
}

const unreadable = ['code/forbid-unreadable warning unproven'];

test('code that cannot be read here asks for a second look', async () => {
  const long: Content = { form: 'over-long', bytes: 9_000_000, limitBytes: 5_000_000 };
  assert.deepEqual(await rulesFor('src/bundle.js', '100644', long), unreadable);
  const submodule: Content = { form: 'submodule', commit: '2'.repeat(40) };
  assert.deepEqual(await rulesFor('vendor/library', '160000', submodule), unreadable);
  const binary: Content = { form: 'binary', bytes: 100 };
  assert.deepEqual(await rulesFor('bin/tool', '100755', binary), unreadable);
  assert.deepEqual(await rulesFor('img/logo.png', '100644', binary), []);
});

test('a link out of the repository asks for a second look', async () => {
  for (const target of ['/etc/passwd', '../../x', 'a/../../../x', 'C:\\x']) {
    assert.deepEqual(await rulesFor('src/link', '120000', { form: 'symlink', target }), unreadable, target);
  }
  for (const target of ['main.js', '../README.md', './a/../b']) {
    assert.deepEqual(await rulesFor('src/link', '120000', { form: 'symlink', target }), [], target);
  }
});

test('a migration that is no text blocks', async () => {
  const long: Content = { form: 'over-long', bytes: 9_000_000, limitBytes: 5_000_000 };
  assert.deepEqual(await rulesFor('sql/1.sql', '100644', long), ['sql/parse-syntax error unproven']);
  // A C string ends at NUL, so a parser would not see the second statement.
  const hidden: Content = { form: 'text', text: 'SELECT 1;\0DROP TABLE orders;' };
  assert.deepEqual(await rulesFor('sql/1.sql', '100644', hidden), ['sql/parse-syntax error']);
});

test('no text makes the SQL reader throw, and every span holds the text that it is for', async () => {
  const parser = await loadParser();
  const words = [
    'DROP TABLE ',
    't',
    ';',
    '😀',
    'é',
    "'",
    '$$',
    ' DO ',
    'BEGIN ',
    'END',
    '\n',
    '--',
    '/*',
    '(',
    'SELECT ',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 14 }), (parts) => {
      const text = parts.join('');
      const document = parseSql(parser, text, 'sql/1.sql', 'psql');
      if (document.outcome === 'refused') return;
      for (const { moment, span, text: own } of document.statements) {
        if (moment === 'migration') assert.equal(textIn(text, span), own);
      }
    }),
    { numRuns: 1000 },
  );
});

function textIn(text: string, { start, end }: Span): string {
  const offsetOf = ({ line, column }: Span['start']) =>
    text
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, { length }) => sum + length + 1, column - 1);
  return text.slice(offsetOf(start), offsetOf(end));
}
