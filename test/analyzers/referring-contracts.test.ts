/** A contract that is as it was still changes its meaning with a file that it refers to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeChanges } from '../../analyzers/analyze-changes.ts';
import { changesBetween, defaultScope, treeOf, versionOf } from '../support/fixtures.ts';

const order = JSON.stringify({ type: 'object', properties: { sum: { $ref: '../parts/sum.json' } } });
const openapi = [
  'openapi: 3.0.3',
  'info: { title: shop, version: "1" }',
  'paths:',
  '  /sums:',
  '    post:',
  '      requestBody: { content: { application/json: { schema: { $ref: "../parts/sum.json" } } } }',
  '      responses: { "204": { description: taken } }',
].join('\n');

const cases = [
  {
    kind: 'json-schema' as const,
    direction: 'consumed' as const,
    path: 'schema/order.json',
    text: order,
    at: 'parts/sum.json',
  },
  {
    kind: 'openapi' as const,
    direction: 'produced' as const,
    path: 'schema/shop.yaml',
    text: openapi,
    at: 'parts/sum.json',
  },
];

const textVersion = (path: string, text: string) => versionOf(path, Buffer.from(text));

for (const { kind, direction, path, text, at } of cases) {
  test(`${kind}: what it refers to is narrowed, in a file that is no contract of its own`, async () => {
    const before = new Map([
      [path, textVersion(path, text)],
      ['parts/sum.json', textVersion('parts/sum.json', '{ "type": "number" }')],
    ]);
    const after = new Map(before).set(
      'parts/sum.json',
      textVersion('parts/sum.json', '{ "type": "integer" }'),
    );
    const { findings } = await analyzeChanges({
      changes: changesBetween(before, after),
      scopes: [{ ...defaultScope, schemas: [{ files: ['schema/**'], kind, direction }] }],
      before: treeOf(before),
      after: treeOf(after),
      observations: { commands: [], previews: [] },
    });
    const breaks = findings.filter(({ proof }) => proof === 'breaking');
    assert.deepEqual(
      breaks.map((finding) => finding.path),
      [at],
    );
  });
}

test('a URL is never fetched; the file that the policy lists for it stands in', async () => {
  const url = 'https://schemas.example.com/sum.json';
  const path = 'schema/order.json';
  const sum = (type: string) => textVersion('parts/sum.json', JSON.stringify({ type }));
  const order = textVersion(path, JSON.stringify({ properties: { sum: { $ref: url } } }));
  const before = new Map([
    [path, order],
    ['parts/sum.json', sum('number')],
  ]);
  const after = new Map(before).set('parts/sum.json', sum('integer'));
  const proofsWith = async (schemaUrls: Record<string, string>) => {
    const { findings } = await analyzeChanges({
      changes: changesBetween(before, after),
      scopes: [
        {
          ...defaultScope,
          schemas: [{ files: ['schema/**'], kind: 'json-schema', direction: 'consumed' }],
          schemaUrls,
        },
      ],
      before: treeOf(before),
      after: treeOf(after),
      observations: { commands: [], previews: [] },
    });
    return findings.flatMap(({ proof }) => proof ?? []);
  };
  assert.deepEqual(await proofsWith({ [url]: 'parts/sum.json' }), ['breaking']);
  assert.deepEqual(await proofsWith({}), []);
});
