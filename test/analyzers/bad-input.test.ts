/**
 * Hostile and broken files, format by format: each ends in a problem of its own, or is read, in bounded time and memory.
 * A row that took quadratic time would not end within the runner's time limit; nothing here looks at a clock.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyzeChanges } from '../../analyzers/analyze-changes.ts';
import type { Content, FileVersion } from '../../analyzers/change.ts';
import { maxProblems } from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import { changesBetween, defaultScope, treeOf } from '../support/fixtures.ts';

const deep = 100_000;
const long = 10_000_000;
const many = 1_000_000;

type Outcome = 'read' | 'syntax' | 'too-deep' | 'too-large' | 'foreign-content';

/** Name, path, text, and what becomes of it. Texts are made when their test runs. */
const cases: [string, string, () => string, Outcome][] = [
  ['nesting', 'a.json', () => '['.repeat(deep) + ']'.repeat(deep), 'too-deep'],
  ['nesting that is not closed', 'a.json', () => '{"a":'.repeat(deep), 'too-deep'],
  ['nesting', 'a.jsonc', () => `// "\n${'['.repeat(deep)}`, 'too-deep'],
  ['nesting', 'a.json5', () => '{a:'.repeat(deep) + '1' + '}'.repeat(deep), 'too-deep'],
  ["nesting after a quote in another's quotes", 'a.json5', () => `['"', ${'['.repeat(deep)}`, 'too-deep'],
  ['flow nesting', 'a.yaml', () => '['.repeat(deep), 'too-deep'],
  ['flow mappings', 'a.yaml', () => '{a: '.repeat(deep), 'too-deep'],
  ['compact sequences', 'a.yaml', () => '- '.repeat(deep), 'too-deep'],
  ['explicit keys', 'a.yaml', () => '? '.repeat(deep), 'too-deep'],
  [
    'block nesting',
    'a.yaml',
    () => Array.from({ length: 2000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    'too-deep',
  ],
  ['arrays', 'a.toml', () => `a = ${'['.repeat(deep)}`, 'too-deep'],
  ['dotted keys', 'a.toml', () => `${'a.'.repeat(deep)}a = 1`, 'too-deep'],
  ['dotted table', 'a.toml', () => `[${'a.'.repeat(deep)}a]\nb = 1`, 'too-deep'],
  ['blocks', 'a.tf', () => 'a {\n'.repeat(deep), 'too-deep'],
  ['tuples', 'a.tf', () => `a = ${'['.repeat(deep)}`, 'too-deep'],
  ['brackets in an expression', 'a.tf', () => `a = 1 + ${'('.repeat(deep)}`, 'too-deep'],
  ['interpolations', 'a.tf', () => `a = ${'"${'.repeat(deep)}`, 'too-deep'],
  ['labels', 'a.tf', () => `a ${'b '.repeat(deep)}{}`, 'too-deep'],
  ['elements', 'a.xml', () => '<a>'.repeat(deep) + '</a>'.repeat(deep), 'too-deep'],
  ['elements that are not closed', 'a.xml', () => '<a>'.repeat(deep), 'too-deep'],

  ['one long text', 'a.json', () => `"${'x'.repeat(long)}"`, 'read'],
  ['one long text', 'a.json5', () => `'${'x'.repeat(long)}'`, 'read'],
  ['one long text', 'a.yaml', () => `a: "${'x'.repeat(long)}"`, 'read'],
  ['one long text', 'a.toml', () => `a = "${'x'.repeat(long)}"`, 'read'],
  ['one long text', 'a.tf', () => `a = "${'x'.repeat(long)}"`, 'read'],
  ['one long text', 'a.xml', () => `<a>${'x'.repeat(long)}</a>`, 'read'],
  ['one long attribute', 'a.xml', () => `<a b="${'x'.repeat(long)}"/>`, 'read'],
  ['one long text', 'a.properties', () => `a=${'x'.repeat(long)}`, 'read'],
  ['one long line', 'a.env', () => `A=${'x'.repeat(long)}`, 'syntax'],
  ['one long line', 'a.ini', () => 'x'.repeat(long), 'syntax'],

  ['a quote that is not closed', 'a.json', () => `["${'x'.repeat(long)}`, 'syntax'],
  ['quotes that are not closed', 'a.json', () => '"\n'.repeat(deep), 'syntax'],
  ['quotes that are not closed', 'a.json5', () => "'\n".repeat(deep), 'syntax'],
  ['a quote that is not closed', 'a.yaml', () => `a: "${'x'.repeat(long)}`, 'syntax'],
  ['quotes that are not closed', 'a.toml', () => 'a = "x\n'.repeat(deep), 'syntax'],
  ['a long quote that is not closed', 'a.toml', () => `a = """${'""\n'.repeat(deep)}`, 'syntax'],
  ['quotes that are not closed', 'a.env', () => 'A="x\n'.repeat(deep + 1), 'syntax'],
  ['quotes that are not closed', 'a.xml', () => `<a>${'<b c="'.repeat(deep)}`, 'too-deep'],
  ['comments that are not closed', 'a.xml', () => `<a>${'<!-- '.repeat(deep)}`, 'syntax'],
  ['comments that are not closed', 'a.json5', () => '/* '.repeat(deep), 'syntax'],
  ['comments that are not closed', 'a.tf', () => '/* '.repeat(deep), 'syntax'],
  ['heredocs that are not closed', 'a.tf', () => 'a = <<E\n'.repeat(deep), 'syntax'],
  ['backslashes', 'a.json', () => `"${'\\'.repeat(many)}"`, 'read'],
  ['backslashes that do not end', 'a.json5', () => `"${'\\'.repeat(many + 1)}"`, 'syntax'],
  ['backslashes', 'a.yaml', () => `a: "${'\\'.repeat(many)}"`, 'read'],
  ['backslashes', 'a.toml', () => `a = "${'\\'.repeat(many)}"`, 'read'],
  ['backslashes', 'a.properties', () => `a=${'\\'.repeat(many)}u`, 'read'],
  ['backslashes', 'a.tf', () => `a = "${'\\'.repeat(many)}"`, 'read'],
  ['spaces', 'a.ini', () => `[${' '.repeat(90_000)}\n`.repeat(20), 'syntax'],
  ['spaces', 'a.env', () => `A${' '.repeat(90_000)}\n`.repeat(20), 'read'],
  ['spaces', 'a.yaml', () => `a:${' '.repeat(many)}b\n`, 'read'],
  ['entities', 'a.xml', () => `<a>${'&amp;'.repeat(many)}</a>`, 'read'],

  ['a million keys', 'a.json', () => `{${manyOf((at) => `"k${at}":1`, ',')}}`, 'read'],
  [
    'a million keys with a comment',
    'a.jsonc',
    () => `{/**/${manyOf((at) => `"k${at}":1`, ',')}}`,
    'too-large',
  ],
  ['a million keys', 'a.json5', () => `{${manyOf((at) => `k${at}:1`, ',')}}`, 'too-large'],
  ['a million keys', 'a.yaml', () => manyOf((at) => `k${at}: 1`, '\n'), 'too-large'],
  ['a million keys in a flow', 'a.yaml', () => `{${manyOf((at) => `k${at}: 1`, ',')}}`, 'too-large'],
  ['a million keys', 'a.toml', () => manyOf((at) => `k${at}=1`, '\n'), 'too-large'],
  ['a million keys', 'a.env', () => manyOf((at) => `K${at}=1`, '\n'), 'too-large'],
  ['a million keys', 'a.ini', () => manyOf((at) => `k${at}=1`, '\n'), 'too-large'],
  ['a million keys', 'a.properties', () => manyOf((at) => `k${at}=1`, '\n'), 'too-large'],
  ['a million attributes', 'a.tf', () => manyOf((at) => `k${at}=1`, '\n'), 'too-large'],
  ['a million elements', 'a.xml', () => `<a>${'<b/>'.repeat(many)}</a>`, 'too-large'],
  ['a million blocks', 'a.tf', () => 'b{}\n'.repeat(many), 'too-large'],
  ['a million equal keys', 'a.json', () => `{${manyOf(() => '"k":1', ',')}}`, 'read'],

  ['aliases of aliases', 'a.yaml', () => aliasChain(40, (name) => `[*${name}, *${name}]`), 'syntax'],
  [
    'few aliases of many values',
    'a.yaml',
    () => `a: &a [${'x,'.repeat(10_000)}]\nb: [${'*a,'.repeat(5_000)}]\n`,
    'syntax',
  ],
  [
    'merges of many keys',
    'a.yaml',
    () =>
      `a: &a {${Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`).join(', ')}}\n` +
      Array.from({ length: 5_000 }, (_, at) => `m${at}: {<<: *a}\n`).join(''),
    'syntax',
  ],
  ['many aliases', 'a.yaml', () => `a: &a 1\nb: [${'*a,'.repeat(deep)}]\n`, 'syntax'],
  [
    'many anchors with an alias each',
    'a.yaml',
    () => Array.from({ length: 50_000 }, (_, at) => `- &a${at} x\n- *a${at}\n`).join(''),
    'syntax',
  ],
  ['aliases that nest', 'a.yaml', () => aliasChain(1000, (name) => `[*${name}]`), 'syntax'],
  ['an anchor in itself', 'a.yaml', () => 'a: &a [*a]\n', 'syntax'],
  ['two anchors in each other', 'a.yaml', () => 'a: &a {b: &b {c: *a, d: *b}}\n', 'syntax'],
  ['a mapping that merges itself', 'a.yaml', () => 'a: &a\n  <<: *a\n  b: 1\n', 'syntax'],
  ['entities that explode', 'a.xml', () => billionLaughs(), 'syntax'],
  [
    'an entity from outside',
    'a.xml',
    () => '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    'syntax',
  ],

  ['an error page', 'a.json', () => '<!DOCTYPE html>\n<html><body>404</body></html>\n', 'foreign-content'],
  ['an error page', 'a.yaml', () => '\uFEFF<html>\n<body>404</body>\n</html>\n', 'foreign-content'],
  ['an error page', '.env', () => '\n<!doctype html>\n', 'foreign-content'],
  ['an error page', 'a.ini', () => '<html>', 'foreign-content'],
  [
    'a pointer of Git LFS',
    'a.yaml',
    () => 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    'foreign-content',
  ],
  ['JSON', 'a.yaml', () => '{\n\t"a": [1, 2],\n\t"b": null\n}\n', 'read'],
  ['a control character', 'a.json', () => '{"a": "\u0000"}', 'syntax'],
  ['a control character', 'a.ini', () => 'a = \u0000\n', 'syntax'],
  ['a control character', '.env', () => 'A=\u0001\n', 'syntax'],
  ['a control character', 'a.toml', () => 'a = "\u0001"', 'syntax'],
  ['a control character', 'a.xml', () => '<a>\u0001</a>', 'syntax'],
  ['nothing', 'a.json', () => '', 'syntax'],
  ['nothing', 'a.xml', () => '', 'syntax'],
  ['nothing', 'a.yaml', () => '', 'read'],
  ['nothing', 'a.tf', () => '', 'read'],
];

function manyOf(each: (at: number) => string, separator: string): string {
  return Array.from({ length: many }, (_, at) => each(at)).join(separator);
}

function aliasChain(length: number, next: (name: string) => string): string {
  const lines = Array.from({ length }, (_, at) => `a${at + 1}: &a${at + 1} ${next(`a${at}`)}`);
  return ['a0: &a0 [x, x]', ...lines].join('\n');
}

function billionLaughs(): string {
  const entities = Array.from({ length: 20 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`);
  return `<!DOCTYPE a [<!ENTITY l0 "ha">${entities.join('')}]><a>&l20;</a>`;
}

describe('a text that is hostile or not what its name says', () => {
  for (const [name, path, textOf, outcome] of cases) {
    test(`${path}: ${name} is ${outcome}`, () => {
      const document = parseDocument(path, textOf());
      const became = document.ok ? 'read' : document.reasonCode;
      assert.equal(became, outcome, document.ok ? '' : JSON.stringify(document.problems[0]));
      const told = document.ok ? document.duplicateKeys : document.problems;
      assert.ok(told.length <= Math.max(maxProblems, document.ok ? maxProblems : 1));
      for (const { message, span } of told) {
        assert.ok(message.length > 0 && message.length < 300, message.slice(0, 400));
        assert.ok(span.start.line >= 1 && span.start.column >= 1);
      }
      // Positions and ambiguous scalars are worked out later; they must end as well.
      if (document.ok) {
        document.spanOf('/a');
        document.ambiguousScalars();
      }
    });
  }
});

test('every other file is still checked', async () => {
  const contents: Record<string, Content> = {
    'config/long.json': { form: 'over-long', bytes: 200_000_000, limitBytes: 10_485_760 },
    'config/binary.yaml': { form: 'binary', bytes: 100 },
    'config/latin.env': { form: 'undecodable', bytes: 10, reason: 'it is not valid UTF-8' },
    'config/deep.toml': { form: 'text', text: `a = ${'['.repeat(deep)}` },
    'config/page.json': { form: 'text', text: '<html>' },
    'config/link.yaml': { form: 'symlink', target: '../x' },
    'config/good.json': { form: 'text', text: '{"a": 1, "a": 2}' },
  };
  const after = new Map<string, FileVersion>();
  for (const [path, content] of Object.entries(contents)) {
    after.set(path, { path, mode: '100644', digest: path.padEnd(40, '0'), content });
  }
  const { findings } = await analyzeChanges({
    changes: changesBetween(new Map(), after),
    scopes: [{ ...defaultScope, config: [{ files: ['config/**'] }] }],
    before: treeOf(new Map()),
    after: treeOf(after),
    observations: { commands: [], previews: [] },
  });
  const told = findings
    .filter(({ ruleId }) => ruleId === 'config/parse-syntax')
    .map(({ path, level, proof }) => `${path} ${level} ${proof ?? ''}`.trim());
  assert.deepEqual(told.sort(), [
    'config/binary.yaml error unproven',
    'config/deep.toml error unproven',
    'config/good.json error',
    'config/latin.env error unproven',
    'config/link.yaml error unproven',
    'config/long.json error unproven',
    'config/page.json error',
  ]);
});

/** A schema and a document under it; what the rule says first. */
const schemas: [string, unknown, unknown, RegExp, string | undefined][] = [
  [
    'a pattern that would run for years',
    { properties: { a: { pattern: '^(a+)+$' } } },
    { a: `${'a'.repeat(60)}!` },
    /could not be judged/,
    'unproven',
  ],
  [
    'a pattern that is dangerous, on a short text',
    { properties: { a: { pattern: '^(a+)+$' } } },
    { a: 'b' },
    /pattern/,
    undefined,
  ],
  ['a $ref to itself', { $ref: '#' }, {}, /refers to itself/, undefined],
  [
    'two $refs to each other',
    { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    {},
    /refers to itself/,
    undefined,
  ],
  ['a $ref to a URL', { $ref: 'https://example.com/x.json' }, {}, /not fetched/, undefined],
  ['a $ref out of the repository', { $ref: '../../x.json' }, {}, /x\.json/, undefined],
];

describe('a hostile schema ends in a finding', () => {
  for (const [name, schema, value, message, proof] of schemas) {
    test(name, async () => {
      const text = (path: string, content: unknown): [string, FileVersion] => [
        path,
        {
          path,
          mode: '100644',
          digest: path.padEnd(40, '0'),
          content: { form: 'text', text: JSON.stringify(content) },
        },
      ];
      const before = new Map([text('s.json', schema)]);
      const after = new Map([text('s.json', schema), text('config/a.json', value)]);
      const { findings } = await analyzeChanges({
        changes: changesBetween(before, after),
        scopes: [{ ...defaultScope, config: [{ files: ['config/**'], schema: 's.json' }] }],
        before: treeOf(before),
        after: treeOf(after),
        observations: { commands: [], previews: [] },
      });
      const [first] = findings.filter(({ ruleId }) => ruleId === 'config/match-schema');
      assert.match(first?.message ?? '', message);
      assert.equal(first?.proof, proof);
    });
  }
});
