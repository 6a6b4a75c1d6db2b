import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Span } from '../../analyzers/finding.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';

/** The text that a span covers. */
function textIn(text: string, span: Span | undefined): string | undefined {
  if (span === undefined) return undefined;
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return text.slice(offset(span.start.line, span.start.column), offset(span.end.line, span.end.column));
}

function parsed(path: string, text: string) {
  const document = parseDocument(path, text);
  assert.ok(document.ok, JSON.stringify(document));
  return document;
}

describe('positions of keys and values', () => {
  const cases: [string, string, string, string | undefined, string][] = [
    ['a.json', '{\r\n  "a": { "b/c": [1, "é😀", true] }\r\n}', '/a/b~1c/1', undefined, '"é😀"'],
    ['a.json', '{"a": 1, "b": {"x": 2}}', '/b/x', '"x"', '2'],
    ['a.jsonc', '// note: "a"\n{"a": [1,], /* "b": 2 */ "c": 3,}', '/c', '"c"', '3'],
    ['a.yaml', 'a:\n  - b: 1\n    c: two words # no\n', '/a/0/c', 'c', 'two words'],
    ['a.yaml', 'base: &b { x: 1 }\nuse:\n  <<: *b\n  y: 2\n', '/use/x', 'x', '1'],
    ['a.yaml', '8080: http\n', '/8080', '8080', 'http'],
    ['a.toml', '[a.b]\nc = "x" # no\n[[d]]\ne = [1, 2]\n', '/a/b/c', 'c', '"x"'],
    ['a.toml', '[[d]]\ne = 1\n[[d]]\ne = [1, { f = 2 }]\n', '/d/1/e/1/f', 'f', '2'],
    ['.env', '# no\nexport A="x y" # no\nB=2\n', '/A', 'A', '"x y"'],
    ['a.ini', 'x = 0\n[s]\nx = 1 ; no\n', '/s/x', 'x', '1'],
    ['a.properties', 'a.b = 1\nc: two \\\n  lines\nd=3\n', '/d', 'd', '3'],
  ];
  for (const [path, text, pointer, key, value] of cases) {
    test(`${path} ${pointer} is ${value}`, () => {
      const document = parsed(path, text);
      assert.equal(textIn(text, document.keySpanOf(pointer)), key);
      assert.equal(textIn(text, document.spanOf(pointer)), value);
    });
  }
});

test('a byte order mark is no part of the text', () => {
  for (const [path, text] of [
    ['a.json', '\uFEFF{"a": 1}'],
    ['a.yaml', '\uFEFFa: 1'],
    ['a.toml', '\uFEFFa = 1'],
    ['.env', '\uFEFFa=1'],
  ] as const) {
    const document = parsed(path, text);
    assert.deepEqual(document.spanOf('/a')?.start.line, 1);
    assert.deepEqual(Object.keys(Object(document.value) as object), ['a']);
  }
});

test('each YAML document has its own value and positions', () => {
  const document = parsed('a.yaml', 'a: 1\n---\na: 2\n');
  assert.deepEqual(document.documents, [{ a: 1 }, { a: 2 }]);
  assert.equal(document.spanOf('/a', 1)?.start.line, 3);
});

test('keys with a meaning to JavaScript are data', () => {
  for (const [path, text] of [
    ['a.json', '{"__proto__": {"x": 1}, "constructor": 2}'],
    ['a.jsonc', '{"__proto__": {"x": 1}, "constructor": 2,}'],
    ['a.yaml', '__proto__: { x: 1 }\nconstructor: 2\n'],
  ] as const) {
    const document = parsed(path, text);
    assert.equal(JSON.stringify(document.value), '{"__proto__":{"x":1},"constructor":2}', path);
    assert.deepEqual(document.duplicateKeys, []);
  }
});

describe('hostile texts come back as problems', () => {
  const deep = 100_000;
  const cases: [string, string, string][] = [
    ['deep JSON', 'a.json', '['.repeat(deep) + ']'.repeat(deep)],
    ['deep JSON that is not closed', 'a.json', '{"a":'.repeat(deep)],
    ['deep JSON after a quote in a comment', 'a.jsonc', `// "\n${'['.repeat(deep)}`],
    ['deep YAML flow', 'a.yaml', '['.repeat(deep)],
    ['deep YAML sequences', 'a.yaml', '- '.repeat(deep)],
    ['deep YAML explicit keys', 'a.yaml', '? '.repeat(deep)],
    [
      'deep YAML indentation',
      'a.yaml',
      Array.from({ length: 1000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    ],
    ['deep TOML', 'a.toml', `a = ${'['.repeat(deep)}`],
    ['deep TOML keys', 'a.toml', `${'a.'.repeat(deep)}a = 1`],
    [
      'a YAML alias bomb',
      'a.yaml',
      [
        'a0: &a0 [x, x]',
        ...Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`),
      ].join('\n'),
    ],
  ];
  for (const [name, path, text] of cases) {
    test(name, () => {
      const document = parseDocument(path, text);
      assert.ok(!document.ok && document.problems.length > 0);
    });
  }
});

test('twenty thousand keys are no problem', () => {
  const text = Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n');
  assert.equal(Object.keys(parsed('a.yaml', text).value as object).length, 20_000);
});
