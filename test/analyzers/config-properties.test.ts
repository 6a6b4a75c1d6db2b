/** What holds for every configuration, not for examples: another way to write it is no change, and a slip is found anywhere. */
import '../support/seed.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareConfig } from '../../analyzers/config/compare-config.ts';
import { isObject } from '../../analyzers/document/document.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const name = fc.stringMatching(/^[a-z][a-zA-Z]{2,9}$/).filter((key) => key !== 'constructor');
const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.boolean(),
  fc.integer({ min: 1, max: 5000 }),
  fc.stringMatching(/^[a-z]{1,8}(-[a-z]{1,8})?$/),
  fc.constantFrom('30s', '512Mi', '10%', 'https://a.example.com/x', '0 2 * * *'),
);
const { tree } = fc.letrec<{ tree: Json; object: Json; entries: Json }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, scalar, tie('object'), tie('entries'), fc.array(scalar, { maxLength: 5 })),
  object: fc.dictionary(name, tie('tree'), { maxKeys: 5 }),
  entries: fc
    .uniqueArray(fc.record({ name, ttl: fc.integer({ min: 1, max: 90 }), inner: tie('tree') }), {
      selector: (entry) => entry.name,
      maxLength: 4,
    })
    .map((entries) => entries.map((entry): Json => ({ ...entry }))),
}));
const document = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 6 });

/** The same value with its keys in another order, and so the entries of lists that have names. */
function reorder(value: Json): Json {
  if (Array.isArray(value)) {
    const items = value.map(reorder);
    return items.every((item) => isObject(item) && 'name' in item) ? items.toReversed() : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, reorder(item)] as const);
  return Object.fromEntries(entries.toReversed());
}

const compare = (before: Json, after: Json, indent = 2) =>
  compareConfig(
    { path: 'a.json', text: JSON.stringify(before) },
    { path: 'a.json', text: JSON.stringify(after, null, indent) },
  );

test('another order and another layout are no change', async () => {
  await fc.assert(
    fc.asyncProperty(document, fc.integer({ min: 0, max: 4 }), async (value, indent) => {
      assert.deepEqual(await compare(value, reorder(value), indent), []);
    }),
    { numRuns: 300 },
  );
});

test('a timeout that is a thousand times as long is found wherever it stands', async () => {
  const wrappings: ((inner: Json) => Json)[] = [
    (inner) => inner,
    (inner) => ({ server: inner }),
    (inner) => ({
      items: [
        { name: 'b', of: 1 },
        { name: 'a', of: inner },
      ],
    }),
    (inner) => [inner],
  ];
  await fc.assert(
    fc.asyncProperty(
      document,
      document,
      fc.constantFrom(...wrappings),
      fc.integer({ min: 1, max: 999 }),
      async (rest, beside, wrap, timeout) => {
        const before: Json = { ...rest, place: wrap({ ...beside, timeout }) };
        const after: Json = { ...rest, place: wrap({ ...beside, timeout: timeout * 1000 }) };
        const findings = await compare(before, reorder(after));
        assert.deepEqual(
          findings.map(({ ruleId, proof }) => [ruleId, proof]),
          [['config/question-unit', 'unproven']],
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a key that is gone is missed wherever it stood', async () => {
  await fc.assert(
    fc.asyncProperty(document, fc.stringMatching(/^[a-z]{1,8}$/), async (rest, value) => {
      const findings = await compare(
        { ...rest, place: { ...rest, gonekey: value } },
        { ...rest, place: rest },
      );
      assert.ok(findings.some(({ ruleId, proof }) => ruleId === 'config/keep-key' && proof === 'unproven'));
    }),
    { numRuns: 200 },
  );
});

test('whatever the two values are, there is an answer, with a place for everything that is said', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 5 }), fc.json({ maxDepth: 5 }), async (before, after) => {
      const findings = await compareConfig({ path: 'a.json', text: before }, { path: 'a.json', text: after });
      for (const finding of findings) assert.ok(finding.span !== undefined, finding.message);
    }),
    { numRuns: 500 },
  );
});

test('any text at all, in any format, has an answer', async () => {
  const path = fc.constantFrom(
    'a.yaml',
    'a.json',
    'a.toml',
    'a.ini',
    'a.env',
    'a.properties',
    'a.xml',
    'a.hcl',
    'a',
  );
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ maxLength: 80 }),
      async (file, before, after) => {
        assert.ok(
          Array.isArray(await compareConfig({ path: file, text: before }, { path: file, text: after })),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('lists and objects of a hostile size end in an answer', async () => {
  const many = 20_000;
  const list = Array.from({ length: many }, (_, index): Json => ({ a: index, b: [index] }));
  const keys = Object.fromEntries(list.map((_, index) => [`key${index}`, index + 1]));
  for (const [before, after] of [
    [list, list.toReversed()],
    [list, list.slice(many / 2)],
    [list.map((_, index) => index), list.map((_, index) => index * 1000)],
    [keys, Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, value * 1000]))],
    [keys, {}],
    [{}, keys],
    [{ a: 'x=1 '.repeat(40_000) }, { a: 'x=10000 '.repeat(40_000) }],
    [{ a: '9'.repeat(100_000) }, { a: '1h'.repeat(50_000) }],
  ] as [Json, Json][]) {
    const findings = await compare(before, after);
    assert.ok(findings.length < 1000);
  }
});
