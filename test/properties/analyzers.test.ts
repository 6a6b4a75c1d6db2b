import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundAnalyzers } from '../../analyzers/analyze-changes.ts';
import type { Change, FileVersion } from '../../analyzers/change.ts';
import { changedPaths, claimPaths } from '../../analyzers/claim.ts';
import { findEscapes } from '../../analyzers/containment/find-escapes.ts';
import type { SchemaSource } from '../../analyzers/containment/schema-source.ts';
import { validatorOf } from '../../analyzers/containment/judging/validator.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import type { Span } from '../../analyzers/finding.ts';
import type { ServiceScope } from '../../analyzers/scope.ts';

const segment = fc.constantFrom(
  'a',
  'b',
  '.hidden',
  'config',
  'x.json',
  'x.sql',
  'y.yaml',
  'index.ts',
  'evenkeel.yml',
);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const glob = fc.constantFrom('**', 'a/**', 'b/*', '**/*.json', '**/*.sql', 'config/*', '*.yaml', 'a/b/**');
const globs = fc.array(glob, { maxLength: 3 });

const version = (at: string): FileVersion => ({
  path: at,
  mode: '100644',
  digest: '',
  content: { form: 'text', text: '' },
});
const change: fc.Arbitrary<Change> = fc.oneof(
  path.map((at): Change => ({ status: 'added', path: at, after: version(at) })),
  path.map((at): Change => ({ status: 'removed', path: at, before: version(at) })),
  fc.tuple(path, path).map(([from, to]): Change => ({
    status: 'renamed',
    path: to,
    before: version(from),
    after: version(to),
  })),
);
const scope: fc.Arbitrary<Omit<ServiceScope, 'name'>> = fc.record({
  paths: globs,
  config: fc.array(fc.record({ files: globs, schema: path }), { maxLength: 2 }),
  schemas: fc.array(
    fc.record({
      files: globs,
      kind: fc.constant('json-schema' as const),
      direction: fc.constant('both' as const),
    }),
    { maxLength: 2 },
  ),
  migrations: fc.record({ files: globs, runner: fc.constant('psql') }),
  code: fc.constant({ commands: [], timeoutSeconds: 1 }),
  infra: fc.record({ files: globs, stateful: fc.constant([]) }),
});

test('claims are total and unique: a path is unclaimed, or has one kind in each service that it matches', () => {
  fc.assert(
    fc.property(fc.array(change), fc.array(scope, { maxLength: 3 }), (changes, unnamed) => {
      const scopes = unnamed.map((each, index) => ({ ...each, name: `s${index}` }));
      const { claims, unclaimed } = claimPaths(changes, scopes, boundAnalyzers);
      const claimed = new Set(claims.map((claim) => claim.path));
      assert.deepEqual([...claimed, ...unclaimed].sort(), changedPaths(changes));
      assert.equal(new Set(claims.map((claim) => `${claim.service} ${claim.path}`)).size, claims.length);
    }),
  );
});

const name = fc.constantFrom(
  'a.json',
  'a.jsonc',
  'a.yaml',
  'a.toml',
  '.env',
  'a.ini',
  'a.properties',
  'a.txt',
);
const token = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    "'",
    '\n',
    '\r\n',
    ' ',
    '  ',
    '- ',
    '? ',
    'a',
    'a: 1',
    'b = 2',
    '#',
    '//',
  ],
  ...[
    '/*',
    '&x ',
    '*x',
    '<<: ',
    '---\n',
    '|',
    '\\',
    '\uFEFF',
    '\u0000',
    '\uD800',
    '[[a]]',
    '1e999',
    '!!int ',
    '%',
  ],
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(token).map((parts) => parts.join('')),
);

test('any text in any format comes back as a value or as problems, with every span inside the text', () => {
  fc.assert(
    fc.property(name, text, (file, content) => {
      const document = parseDocument(file, content);
      const spans = document.ok
        ? [
            document.spanOf(''),
            document.spanOf('/a'),
            document.keySpanOf('/a'),
            ...document.duplicateKeys.map((key) => key.span),
          ]
        : document.problems.map((problem) => problem.span);
      for (const span of spans) if (span !== undefined) assertInside(span, content);
      if (!document.ok) assert.ok(document.problems.length > 0);
    }),
    { numRuns: 2000 },
  );
});

function assertInside({ start, end }: Span, content: string): void {
  const lines = content.replace(/^\uFEFF/, '').split('\n');
  for (const { line, column } of [start, end]) {
    assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
    const length = lines[line - 1]?.length ?? 0;
    assert.ok(
      column >= 1 && column <= length + 1 + (line < lines.length ? 1 : 0),
      `column ${column} of ${length}`,
    );
  }
  assert.ok(start.line < end.line || (start.line === end.line && start.column <= end.column));
}

const leaf = fc.oneof(
  fc.record(
    { type: fc.constant('string'), minLength: fc.nat(3), maxLength: fc.integer({ min: 2, max: 5 }) },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    { type: fc.constantFrom('number', 'integer'), minimum: fc.nat(3), maximum: fc.nat(6) },
    { requiredKeys: ['type'] },
  ),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom('x', 'xx', 1, 2, null), { minLength: 1 }) }),
  fc.record({ type: fc.uniqueArray(fc.constantFrom('string', 'number', 'null'), { minLength: 1 }) }),
  fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^x', '^xx?$') }),
);
const composite = fc.oneof(
  leaf,
  fc.record({ anyOf: fc.array(leaf, { minLength: 1, maxLength: 2 }) }),
  fc.record(
    { type: fc.constant('array'), items: leaf, minItems: fc.nat(2), maxItems: fc.nat(3) },
    { requiredKeys: ['type'] },
  ),
);
const objectSchema = fc.record(
  {
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom('a', 'b'), composite),
    required: fc.uniqueArray(fc.constantFrom('a', 'b')),
    additionalProperties: fc.oneof(fc.boolean(), leaf),
    patternProperties: fc.dictionary(fc.constantFrom('^a', '^c'), leaf),
    not: fc.record({ required: fc.constantFrom(['a'], ['c']) }),
  },
  { requiredKeys: ['type', 'properties'] },
);
/** Two schemas that have nothing to do with each other, or one and a small change of it. */
const schemaPair = fc.oneof(
  fc.tuple(objectSchema, objectSchema),
  fc
    .tuple(objectSchema, objectSchema)
    .map(([one, other]) => [one, { ...one, properties: other.properties }] as const),
  fc
    .tuple(objectSchema, composite)
    .map(([one, part]) => [{ ...one, properties: { ...one.properties, a: part } }, one] as const),
  fc
    .tuple(
      objectSchema,
      fc.constantFrom('required', 'properties', 'additionalProperties', 'not', 'patternProperties'),
    )
    .map(
      ([one, keyword]) =>
        [one, Object.fromEntries(Object.entries(one).filter(([name]) => name !== keyword))] as const,
    ),
);
const simple = fc.oneof(
  ...['', 'x', 'xx', 'xxxx', 0, 1, 2, 4, 7, 1.5, null].map((value) => fc.constant(value)),
  fc.array(fc.constantFrom('x', 1), { maxLength: 3 }),
);
const instance = fc.oneof(simple, fc.dictionary(fc.constantFrom('a', 'b', 'c'), simple));

function judged(root: unknown): { source: SchemaSource; accepts(value: unknown): boolean } {
  const source: SchemaSource = { root, pointer: '', dialect: 'draft-07' };
  const validator = validatorOf(source);
  assert.ok(validator.ok);
  return { source, accepts: validator.accepts };
}

test('no escape means contained: what passed before passes after, and every witness is true', () => {
  fc.assert(
    fc.property(schemaPair, fc.array(instance, { maxLength: 20 }), ([one, other], values) => {
      const [before, after] = [judged(one), judged(other)];
      const escapes = findEscapes(before.source, after.source, { undeclared: 'any' });
      for (const { outcome, witness } of escapes) {
        if (outcome === 'breaking') assert.ok(before.accepts(witness) && !after.accepts(witness));
      }
      if (escapes.length > 0) return;
      for (const value of values)
        assert.ok(!before.accepts(value) || after.accepts(value), JSON.stringify(value));
    }),
    { numRuns: 200 },
  );
});
