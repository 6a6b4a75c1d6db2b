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
    ['a.properties', 'a\\:b c\\u0041\r\nd e', '/a:b', 'a\\:b', 'c\\u0041'],
    ['a.json5', "// note\n{a: 1, 'b': [+1, .5, {c: 'x',}],}", '/b/2/c', 'c', "'x'"],
    ['tsconfig.build.json', '{\n  // note\n  "a": [1,],\n}', '/a/0', undefined, '1'],
    ['main.tf', 'a = 1 # no\nb = [1, { c = "x" }]\n', '/b/1/c', 'c', '"x"'],
    [
      'main.tf',
      'resource "vm" "web" {\n  size = 2\n  disk {\n    gb = 10 # no\n  }\n}\n',
      '/resource/vm/web/0/disk/0/gb',
      'gb',
      '10',
    ],
    ['main.tf', 'a = <<-EOT\n  x\n  EOT\nb = var.x + 1\n', '/b', 'b', 'var.x + 1'],
    ['a.xml', '<?xml version="1.0"?>\n<a>\n  <b c="1" d=\'é😀\'/><e>x</e>\n</a>', '/a/b/@d', 'd', "'é😀'"],
    ['a.xml', '<a><e>x</e><e>y &amp; z</e></a>', '/a/e/1', 'e', '<e>y &amp; z</e>'],
    ['setup.cfg', '[s]\nx =\n  one\n  two\ny = 1\n', '/s/y', 'y', '1'],
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

describe('values', () => {
  const cases: [string, string, unknown][] = [
    // Tags are data: what they make of the value is the reader's business.
    [
      'a.yaml',
      'a: !Ref x\nb: !Sub [x, y]\nc: !!binary aGk=\nd: !vault |\n  z\n',
      { a: 'x', b: ['x', 'y'], c: 'aGk=', d: 'z\n' },
    ],
    ['a.yaml', '!!set {a, b}', { a: null, b: null }],
    [
      'a.yaml',
      'base: &b {x: 1, y: 2}\nc:\n  <<: [*b, {y: 3, z: 4}]\n  x: 5\n',
      { base: { x: 1, y: 2 }, c: { x: 5, y: 2, z: 4 } },
    ],
    ['a.yaml', '%YAML 1.1\n---\na: yes\n', { a: true }],
    ['a.json5', "{a: 0x1F, 'b': 'x\\\ny', c: +1,}", { a: 31, b: 'xy', c: 1 }],
    [
      'a.toml',
      'a = 1979-05-27T07:32:00Z\nb = 07:32:00\n',
      { a: '1979-05-27T07:32:00.000Z', b: '07:32:00.000' },
    ],
    ['a.properties', 'a\\ b : c\\u00e9\\\n   d\nx', { 'a b': 'céd', x: '' }],
    ['setup.cfg', '[o]\nreq =\n  a==1\n  b>=2\nz = 1\n', { o: { req: '\na==1\nb>=2', z: '1' } }],
    ['.gitmodules', '[submodule "x"]\n\tpath = x\n\turl = y\n', { 'submodule "x"': { path: 'x', url: 'y' } }],
    ['my.ini', 'skip\nl[] = 1\nl[] = 2\n', { skip: null, l: ['1', '2'] }],
    ['.env', 'A\nexport B="x\ny" # no\nC=a#b\n', { A: null, B: 'x\ny', C: 'a#b' }],
    [
      'a.xml',
      '<a x="1"> t <b/><b>2</b><c y="3">z</c></a>',
      { a: { '@x': '1', '#text': 't', b: ['', '2'], c: { '@y': '3', '#text': 'z' } } },
    ],
    [
      'a.plist',
      '<!DOCTYPE plist PUBLIC "-//A//B" "http://x/y.dtd"><plist><dict/></plist>',
      { plist: { dict: '' } },
    ],
    [
      'main.tf',
      'locals { a = 1 }\nx "y" "z" {\n  b = true\n}\n',
      { locals: [{ a: 1 }], x: { y: { z: [{ b: true }] } } },
    ],
    [
      'main.tf',
      'a = jsonencode({ b = "}" })\nc = "x ${f("}")} y"\nd = "$${z}"\n',
      { a: '${jsonencode({ b = "}" })}', c: 'x ${f("}")} y', d: '${z}' },
    ],
    [
      'main.tf',
      'a = [for x in y : x]\nb = -1.5e3\nc = { (k) = 1, "x/y" : z ? 1 : 2 }\n',
      { a: '${[for x in y : x]}', b: -1500, c: { '${k}': 1, 'x/y': '${z ? 1 : 2}' } },
    ],
    ['main.tf', 'a = <<-E\n    x\n      y\n    E\nb = <<E\n}\nE\n', { a: 'x\n  y\n', b: '}\n' }],
  ];
  for (const [path, text, value] of cases) {
    test(`${path}: ${JSON.stringify(text)}`, () => assert.deepEqual(parsed(path, text).value, value));
  }
});

test('a tag is told of where it stands', () => {
  const document = parsed('a.yaml', 'a: !Ref x\nb: [!GetAtt y]\nc: z\n');
  assert.deepEqual(
    ['/a', '/b/0', '/c'].map((pointer) => document.tagOf?.(pointer)),
    ['!Ref', '!GetAtt', undefined],
  );
});

describe('keys that appear twice', () => {
  const cases: [string, string, string | undefined][] = [
    ['a.json', '{"a": 1, "b": {"a": 1, "a": 2}}', '1:24'],
    ['a.jsonc', '{"a": 1, "a": 2,}', '1:10'],
    ['a.json5', '{a: 1, "a": 2}', '1:8'],
    ['a.yaml', 'a: 1\nb: 2\na: 3\n', '3:1'],
    ['a.yaml', 'a: 1\n---\na: 2\n', undefined],
    ['a.ini', '[s]\na = 1\n[t]\na = 1\n', undefined],
    ['a.ini', '[s]\na = 1\na = 2\n', '3:1'],
    ['a.ini', '[s]\na = 1\n[s]\nb = 2\n', '3:2'],
    ['.env', 'A=1\nexport A=2\n', '2:8'],
    ['a.properties', 'a=1\na : 2\n', '2:1'],
    ['main.tf', 'x {\n  a = 1\n  a = 2\n}\n', '3:3'],
    ['main.tf', 'x {}\nx {}\n', undefined],
    ['main.tf', 'variable "a" {}\nvariable "a" {}\n', '2:1'],
    ['main.tf', 'a = { b = 1, b = 2 }\n', '1:14'],
    ['a.xml', '<a><b/><b/></a>', undefined],
  ];
  for (const [path, text, place] of cases) {
    test(`${path}: ${JSON.stringify(text)}`, () => {
      const [first] = parsed(path, text).duplicateKeys;
      assert.equal(first && `${first.span.start.line}:${first.span.start.column}`, place);
    });
  }
  // These two formats are refused by their parsers as a whole.
  for (const [path, text] of [
    ['a.toml', 'a = 1\na = 2\n'],
    ['a.xml', '<a b="1" b="2"/>'],
  ] as const) {
    test(`${path}: ${JSON.stringify(text)}`, () => assert.equal(parseDocument(path, text).ok, false));
  }
});

describe('scalars that two readers read differently', () => {
  const cases: [string, string, string[]][] = [
    ['a.yaml', 'a: no\nb: "no"\nc: n\non: push\nd: Off\n', ['/a', '/d']],
    ['a.yaml', 'a: 012\nb: 0o12\nc: 12\nd: 0\ne: 0.5\nf: 089\n', ['/a', '/b', '/f']],
    ['a.yaml', '- 22:22\n- 8080:80\n- 12:30:45\n- "1:2"\n- 12:30pm\n- 1:99\n', ['/0', '/2']],
    ['a.yaml', 'a: 1_000\nb: 1e3\nc: 1.5e+3\nd: 0b11\ne: 1.2.3\nf: 2026-01-05\n', ['/a', '/b', '/d']],
    ['a.yaml', '%YAML 1.1\n---\na: no\n', []],
    ['a.yaml', 'a: !!str no\n', []],
    ['a.json', '[9007199254740992, 9007199254740993, 1e400, 1.0000000000000001]', ['/1', '/2']],
    ['a.json', '{"a/b": {"c": 12345678901234567890}}', ['/a~1b/c']],
    ['a.json5', '[9007199254740993, +1]', ['/0']],
    ['a.toml', 'a = 9_223_372_036_854_775_807\nb = 1\n', ['/a']],
    ['a.yaml', 'a: 12345678901234567890\n', ['/a']],
  ];
  for (const [path, text, pointers] of cases) {
    test(`${path}: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(
        parsed(path, text)
          .ambiguousScalars()
          .map(({ pointer }) => pointer),
        pointers,
      );
    });
  }
});
