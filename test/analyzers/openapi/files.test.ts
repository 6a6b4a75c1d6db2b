/** Descriptions as files: YAML, parts in other files, and what people get for files that are not what they should be. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openapiContract } from '../../../analyzers/schema/openapi/contract.ts';
import { compareFiles } from '../../support/contract-verdict.ts';

const yaml = `openapi: 3.0.3
info: { title: x, version: '1' }
paths:
  /x:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer, maximum: 100 } }
      responses:
        '200':
          description: x
          content:
            application/json:
              schema: { $ref: 'schemas/pet.yaml#/Pet' }
`;
const pet = 'Pet:\n  type: object\n  required: [id]\n  properties:\n    id: { type: string }\n';
const files = { 'api.yaml': yaml, 'schemas/pet.yaml': pet };

/** The one finding that a change brings about: rule, proof, and where it is in each version. */
async function soleFinding(before: Record<string, unknown>, after: Record<string, unknown>) {
  const { reports } = await compareFiles(openapiContract, before, after);
  assert.equal(reports.length, 1, JSON.stringify(reports));
  const [{ ruleId, path, proof, span, beforeSpan, message } = assert.fail()] = reports;
  const shown = (place: typeof span) =>
    place && `${place.start.line}:${place.start.column}-${place.end.line}:${place.end.column}`;
  return { ruleId, path, proof, span: shown(span), beforeSpan: shown(beforeSpan), message };
}

suite('OpenAPI files', () => {
  test('a finding points at the keyword in both versions', async () => {
    const after = { ...files, 'api.yaml': yaml.replace('maximum: 100', 'maximum: 50') };
    const { ruleId, span, beforeSpan } = await soleFinding(files, after);
    assert.deepEqual([ruleId, span, beforeSpan], ['openapi/keep-parameter-values', '7:71-7:73', '7:71-7:74']);
  });
  test('a part in another file is followed', async () => {
    const after = { ...files, 'schemas/pet.yaml': pet.replace('[id]', '[]') };
    const { ruleId, proof } = await soleFinding(files, after);
    assert.deepEqual([ruleId, proof], ['openapi/keep-response-required', 'breaking']);
  });
  test('a finding in another file points there', async () => {
    const after = { ...files, 'schemas/pet.yaml': pet.replace('id: { type: string }', 'id: {}') };
    const { path, span, beforeSpan } = await soleFinding(files, after);
    assert.equal(path, 'schemas/pet.yaml');
    assert.deepEqual([span, beforeSpan], ['5:5-5:7', '5:17-5:23']);
  });
  test('of a part that moved, the former file is named', async () => {
    const inline = yaml.replace("{ $ref: 'schemas/pet.yaml#/Pet' }", '{ type: object }');
    const { path, message, beforeSpan } = await soleFinding(files, { 'api.yaml': inline });
    assert.equal(path, 'api.yaml');
    assert.match(message, /line 3 of schemas\/pet\.yaml/);
    assert.equal(beforeSpan, undefined);
  });
  test('a part that moves into another file is the same', async () => {
    const inline = yaml.replace(
      "{ $ref: 'schemas/pet.yaml#/Pet' }",
      '{ type: object, required: [id], properties: { id: { type: string } } }',
    );
    const found = await compareFiles(openapiContract, { 'api.yaml': inline }, files);
    assert.equal(found.verdict, 'compatible', JSON.stringify(found.reports));
  });
  test('JSON and YAML say the same', async () => {
    const value = {
      openapi: '3.0.3',
      info: { title: 'x', version: '1' },
      paths: {
        '/x': {
          get: {
            parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } }],
            responses: {
              200: {
                description: 'x',
                content: {
                  'application/json': {
                    schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
                  },
                },
              },
            },
          },
        },
      },
    };
    const found = await compareFiles(openapiContract, files, { 'api.json': value });
    assert.equal(found.verdict, 'compatible', JSON.stringify(found.reports));
  });

  const unproven: [string, Record<string, unknown>, string, RegExp][] = [
    [
      'a URL is not fetched',
      { 'api.yaml': yaml.replace('schemas/pet.yaml', 'https://example.com/pet.yaml') },
      'resolve-reference',
      /not fetched/,
    ],
    [
      'a file that is not there',
      { 'api.yaml': yaml.replace('schemas/pet.yaml', 'schemas/dog.yaml') },
      'resolve-reference',
      /schemas\/dog\.yaml/,
    ],
    [
      'a reference out of the repository',
      { 'api.yaml': yaml.replace('schemas/pet.yaml', '../../etc/pet.yaml') },
      'resolve-reference',
      /out of the repository/,
    ],
    ['text that does not parse', { 'api.yaml': `${yaml}  : [` }, 'parse-description', /api\.yaml/],
    ['a list', { 'api.yaml': '[]' }, 'parse-description', /object/],
    [
      'a version nobody knows',
      { 'api.yaml': yaml.replace('3.0.3', '4.0.0') },
      'parse-description',
      /Swagger 2\.0 or OpenAPI/,
    ],
    ['a key that stands twice', { 'api.yaml': `${yaml}paths: {}\n` }, 'parse-description', /twice/],
    [
      'very deep nesting',
      { 'api.yaml': `${yaml}x-deep: ${'['.repeat(5000)}${']'.repeat(5000)}\n` },
      'parse-description',
      /deep/,
    ],
    [
      'an anchor within itself',
      { 'api.yaml': `${yaml}x-round: &a { b: *a }\n` },
      'parse-description',
      /anchor/,
    ],
  ];
  for (const [title, after, rule, message] of unproven) {
    test(`${title}: unproven`, async () => {
      const found = await compareFiles(openapiContract, files, { 'schemas/pet.yaml': pet, ...after }, {});
      const said = JSON.stringify(found.reports, undefined, 1);
      assert.ok(
        found.reports.some((report) => report.ruleId === `openapi/${rule}` && message.test(report.message)),
        said,
      );
      assert.equal(found.verdict, 'unproven', said);
    });
  }
  test('a local reference that leads nowhere', async () => {
    const dangling = yaml.replace(
      'schema: { type: integer, maximum: 100 }',
      "schema: { $ref: '#/components/schemas/Gone' }",
    );
    const found = await compareFiles(openapiContract, files, { ...files, 'api.yaml': dangling });
    assert.equal(found.verdict, 'unproven', JSON.stringify(found.reports));
    const same = await compareFiles(
      openapiContract,
      { ...files, 'api.yaml': dangling },
      { ...files, 'api.yaml': `${dangling}tags: []\n` },
    );
    assert.equal(same.verdict, 'compatible', JSON.stringify(same.reports));
  });
  test('references in a circle end', async () => {
    const round = (title: string) => ({
      openapi: '3.0.3',
      info: { title, version: '1' },
      paths: { '/x': { $ref: '#/paths/~1y' }, '/y': { $ref: '#/paths/~1x' } },
      components: {
        schemas: { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } },
      },
    });
    const found = await compareFiles(openapiContract, { 'a.json': round('x') }, { 'a.json': round('y') });
    assert.equal(found.verdict, 'compatible', JSON.stringify(found.reports));
  });
  test('a description that is removed breaks, one that is added does not', async () => {
    assert.equal((await compareFiles(openapiContract, files, {})).verdict, 'breaking');
    assert.equal((await compareFiles(openapiContract, {}, files)).verdict, 'compatible');
  });
  test('hostile shapes end in a verdict, whatever stands where an object should', async () => {
    for (const value of [null, 1, 'x', [], {}, [null], { $ref: 1 }, { $ref: '#' }]) {
      for (const key of ['paths', 'components', 'servers', 'security']) {
        const found = await compareFiles(openapiContract, files, {
          ...files,
          'api.yaml': undefined,
          'api.json': { openapi: '3.0.3', paths: {}, [key]: value },
        });
        assert.ok(['breaking', 'unproven', 'compatible'].includes(found.verdict));
      }
      const odd = {
        openapi: '3.0.3',
        paths: {
          '/x': {
            get: {
              parameters: value,
              requestBody: value,
              responses: value,
              callbacks: value,
              security: value,
            },
          },
        },
      };
      const even = {
        openapi: '3.0.3',
        paths: { '/x': { get: { parameters: [], responses: { 200: value } } } },
      };
      await compareFiles(openapiContract, { 'a.json': odd }, { 'a.json': even });
      await compareFiles(openapiContract, { 'a.json': even }, { 'a.json': odd });
    }
  });
});
