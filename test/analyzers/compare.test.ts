// What `evenkeel compare` makes of a question before any kind is asked: which kind it is of, and which versions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { maxFindings } from '../../analyzers/compare/comparison.ts';
import { detectKind, detectKindOfTrees } from '../../analyzers/compare/detect-kind.ts';
import { outcomeOf } from '../../analyzers/compare/outcome-of.ts';
import { readBatchLine } from '../../analyzers/compare/read-batch-line.ts';
import type { Finding } from '../../analyzers/finding.ts';

describe('the kind of a text', () => {
  const json = (value: unknown) => JSON.stringify(value);
  const cases: [kind: string | undefined, path: string, text: string][] = [
    ['protobuf', 'shop.proto', ''],
    ['graphql', 'schema.graphqls', ''],
    ['avro', 'order.avsc', ''],
    ['sql', '001.sql', ''],
    ['openapi', 'api.yaml', 'openapi: 3.0.3\ninfo: {}\n'],
    ['openapi', 'api.json', json({ swagger: '2.0', paths: {} })],
    ['openapi', 'api.yaml', '# ours\n---\ninfo: {}\n"openapi": 3.1.0\n'],
    ['openapi', 'api.json', json({ info: { title: 'x'.repeat(3_000) }, openapi: '3.1.0' })],
    ['asyncapi', 'events.yml', 'asyncapi: 2.6.0\n'],
    ['crd', 'crd.yaml', 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n'],
    ['crd', 'crd.yaml', 'kind: Namespace\n---\nkind: CustomResourceDefinition\n'],
    ['json-schema', 'a.json', json({ $schema: 'https://json-schema.org/draft/2020-12/schema' })],
    ['json-schema', 'a.json', json({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' })],
    ['json-schema', 'a.yaml', 'type: object\nproperties: {a: {type: string}}\n'],
    ['json-schema', 'a.json', json({ $defs: { a: {} }, $ref: '#/$defs/a' })],
    ['json-schema', 'a.json', json({ oneOf: [{ type: 'string' }, { $ref: '#/x' }] })],
    ['avro', 'order.json', json({ type: 'record', name: 'Order', fields: [] })],
    ['avro', 'order.json', json([{ type: 'enum', name: 'State', symbols: ['A'] }])],
    ['config', 'app.yaml', 'timeout: 30\n'],
    ['config', 'app.json', json({ $schema: './app.schema.json', timeout: 30 })],
    ['config', 'app.json', json({ type: 'postgres', format: 'binary-ish' })],
    ['config', '.env', 'A=1\n'],
    ['config', 'broken.yaml', 'a: [\n'],
    ['config', 'deploy.yaml', 'apiVersion: apps/v1\nkind: Deployment\n'],
    ['protobuf', 'nameless', 'syntax = "proto3";\nmessage A {}\n'],
    ['graphql', 'nameless', 'type Query { a: Int }\n'],
    ['sql', 'nameless', 'ALTER TABLE a ADD b int;\n'],
    ['openapi', 'nameless', json({ openapi: '3.0.0' })],
    ['config', 'nameless', 'a: 1\nb: 2\n'],
    [undefined, 'letter.txt', 'Dear reader\n'],
    [undefined, 'nameless', ''],
  ];
  for (const [kind, path, text] of cases) {
    test(`${path} ${JSON.stringify(text.slice(0, 60))}: ${kind ?? 'nothing says it'}`, () => {
      assert.equal(detectKind(path, text), kind);
    });
  }

  test('a contract beside files that it refers to', () => {
    const tree = new Map([
      ['api.yaml', 'openapi: 3.0.3\n'],
      ['pet.json', json({ type: 'object', properties: {} })],
      ['limits.yaml', 'a: 1\n'],
    ]);
    assert.deepEqual(detectKindOfTrees([tree, tree]), { ok: true, kind: 'openapi' });
  });

  test('versions of two kinds: the kinds are listed', () => {
    const found = detectKindOfTrees([new Map([['a.sql', '']]), new Map([['a.yaml', 'a: 1']])]);
    assert.ok(!found.ok);
    assert.match(found.message, /sql and config; say it with --kind, one of config, json-schema/);
  });

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (path, text) => void detectKind(path, text)));
  });
});

describe('a line of a batch', () => {
  const read = (line: unknown) => readBatchLine(JSON.stringify(line));

  test('histories keep their order, and what is empty is left out', () => {
    const line = read({ id: 1, kind: 'avro', before: ['"int"', '"long"'], after: ['"float"', '"double"'] });
    assert.ok(line.ok);
    assert.deepEqual(
      line.comparison.before.map((tree) => [...tree]),
      [[['file.avsc', '"int"']], [['file.avsc', '"long"']]],
    );
    assert.deepEqual([...line.comparison.after], [['file.avsc', '"double"']]);
  });

  test('level, direction and operations come along; keys of others are left alone', () => {
    const line = read({
      id: 'x',
      kind: 'graphql',
      before: 'type Query { a: Int }',
      after: 'type Query { b: Int }',
      direction: 'both',
      level: 'strict',
      operations: { 'a.graphql': '{ a }' },
      expected: 'breaking',
    });
    assert.ok(line.ok);
    assert.equal(line.comparison.direction, 'both');
    assert.equal(line.comparison.level, 'strict');
    assert.deepEqual([...(line.comparison.operations ?? [])], [['a.graphql', '{ a }']]);
  });

  test('a tree is told from a text', () => {
    const tree = read({ id: 1, kind: 'protobuf', before: { 'a.proto': '' }, after: null });
    assert.ok(tree.ok && tree.hasPaths && tree.comparison.after.size === 0);
    const text = read({ id: 1, kind: 'protobuf', before: '', after: '' });
    assert.ok(text.ok && !text.hasPaths);
  });

  const refused: [what: string, line: unknown, says: RegExp][] = [
    ['a list', [], /has to be a JSON object/],
    ['an id that is a list', { id: [], kind: 'sql', after: '' }, /"id" has to be/],
    ['a kind in capitals', { id: 1, kind: 'OpenAPI', after: '' }, /did you mean openapi\?/],
    ['no kind', { id: 1, after: '' }, /"kind" is missing/],
    ['a level that is a number', { id: 1, kind: 'sql', level: 1, after: '' }, /"level" has to be a text/],
    ['a tree of numbers', { id: 1, kind: 'sql', after: { a: 1 } }, /an object of path to text/],
    ['a history of numbers', { id: 1, kind: 'sql', after: [1] }, /or a list of texts/],
    ['an endless history', { id: 1, kind: 'sql', after: Array(501).fill('') }, /more than 500 versions/],
    ['nothing at all', { id: 1, kind: 'sql', before: {}, after: {} }, /nothing to compare/],
  ];
  for (const [what, line, says] of refused) {
    test(`${what} is refused, with the reason`, () => {
      const answer = read(line);
      assert.ok(!answer.ok);
      assert.match(answer.message, says);
    });
  }

  test('no line makes it throw', () => {
    fc.assert(fc.property(fc.string(), (line) => void readBatchLine(line)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => void read({ id: 1, kind: 'sql', before: value, after: value })),
    );
  });
});

test('findings beyond the limit are counted, and those that the verdict rests on stay', () => {
  const finding = (index: number, proof?: Finding['proof']): Finding => ({
    ruleId: 'avro/keep-type',
    level: 'note',
    message: String(index),
    remedy: '',
    path: 'a',
    fingerprint: '',
    ...(proof && { proof }),
  });
  const many = Array.from({ length: 250 }, (_, index) => finding(index));
  const { verdict, findings } = outcomeOf([...many, finding(250, 'unproven'), finding(251, 'breaking')]);
  assert.equal(verdict, 'breaking');
  assert.equal(findings.length, maxFindings + 1);
  assert.deepEqual(
    findings.slice(0, 2).map(({ proof }) => proof),
    ['breaking', 'unproven'],
  );
  assert.equal(findings.at(-1)?.message, '52 more findings are not shown');
});
