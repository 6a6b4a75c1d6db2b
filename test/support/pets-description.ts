/** One description with everything in it that can be edited, the places in it, and what a table of edits has to bring about. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openapiContract } from '../../analyzers/schema/openapi/contract.ts';
import { compareFiles, type Verdict } from './contract-verdict.ts';
import { editDocument, type Edit } from './edit-document.ts';

export const pets = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1.0.0' },
  servers: [{ url: 'https://api.example.com/v1' }, { url: 'https://eu.example.com/v1' }],
  tags: [{ name: 'pets' }],
  security: [{ key: [] }],
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        tags: ['pets'],
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
          { name: 'kind', in: 'query', schema: { type: 'string', enum: ['cat', 'dog'] } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string', maxLength: 20 } },
          { name: 'ids', in: 'query', schema: { type: 'array', items: { type: 'string' }, maxItems: 10 } },
          { name: 'owner', in: 'query', required: true, schema: { type: 'string' } },
          { $ref: '#/components/parameters/Page' },
        ],
        responses: {
          200: {
            description: 'the pets',
            headers: {
              'X-Total': { required: true, schema: { type: 'integer' } },
              'X-Next': { schema: { type: 'string' } },
            },
            content: {
              'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Pet' } } },
            },
          },
          404: {
            description: 'none',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
      },
      post: {
        operationId: 'createPet',
        requestBody: {
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/NewPet' } },
            'application/xml': { schema: { $ref: '#/components/schemas/NewPet' } },
          },
        },
        responses: {
          201: {
            description: 'made',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
          default: {
            description: 'error',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
        callbacks: {
          made: {
            '{$request.body#/hook}': {
              post: {
                requestBody: {
                  content: { 'application/json': { schema: { $ref: '#/components/schemas/Event' } } },
                },
                responses: { 200: { description: 'heard' } },
              },
            },
          },
        },
      },
    },
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 40 } }],
      get: {
        operationId: 'getPet',
        security: [{ key: [] }, { login: ['read'] }],
        responses: {
          200: {
            description: 'the pet',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
      },
      delete: {
        operationId: 'removePet',
        deprecated: true,
        'x-sunset': '2024-06-30',
        security: [],
        responses: { 204: { description: 'gone' } },
      },
    },
  },
  components: {
    parameters: { Page: { name: 'page', in: 'query', schema: { type: 'integer', minimum: 0 } } },
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      login: {
        type: 'oauth2',
        flows: {
          authorizationCode: {
            authorizationUrl: 'https://login.example.com/authorize',
            tokenUrl: 'https://login.example.com/token',
            scopes: { read: 'reads', write: 'writes' },
          },
        },
      },
    },
    schemas: {
      Pet: {
        type: 'object',
        required: ['id', 'name'],
        properties: {
          id: { type: 'string', readOnly: true },
          name: { type: 'string', maxLength: 50 },
          age: { type: 'integer', minimum: 0, maximum: 40 },
          mood: { type: 'string', enum: ['calm', 'wild'] },
          tag: { type: 'string', nullable: true },
        },
      },
      NewPet: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 50 },
          age: { type: 'integer', minimum: 0, maximum: 40 },
          mood: { type: 'string', enum: ['calm', 'wild'] },
          tag: { type: 'string', nullable: true },
          secret: { type: 'string', writeOnly: true },
        },
      },
      Error: {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'integer' }, text: { type: 'string' } },
      },
      Event: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, at: { type: 'string' } },
      },
    },
  },
};

export const list = '/paths/~1pets/get';
export const create = '/paths/~1pets/post';
export const one = '/paths/~1pets~1{id}';
export const limit = `${list}/parameters/0`;
export const kind = `${list}/parameters/1`;
export const trace = `${list}/parameters/2`;
export const ids = `${list}/parameters/3`;
export const owner = `${list}/parameters/4`;
export const pet = '/components/schemas/Pet';
export const newPet = '/components/schemas/NewPet';
export const event = '/components/schemas/Event';
export const schemes = '/components/securitySchemes';
export const flow = `${schemes}/login/flows/authorizationCode`;
export const ok = `${list}/responses/200`;
export const json = 'content/application~1json';

/** A title, the edits, the verdict, and the rule that has to say it (none: nothing is said at all). */
export type Case = [title: string, edits: Edit[], verdict: Verdict, rule?: string];

/** Every case of a table as a test: its verdict, its rule, spans in both versions, and a witness for every break. */
export function testEdits(title: string, cases: readonly Case[], start: unknown = pets): void {
  suite(title, () => {
    for (const [name, edits, verdict, rule] of cases) {
      test(`${name}: ${verdict}`, async () => {
        const after = editDocument(start, edits);
        const found = await compareFiles(openapiContract, { 'api.json': start }, { 'api.json': after });
        const said = JSON.stringify(
          found.reports.map(({ ruleId, message, proof }) => [ruleId, proof, message]),
          undefined,
          1,
        );
        assert.equal(found.verdict, verdict, said);
        const isSaid = found.reports.some(({ ruleId }) => ruleId === `openapi/${rule ?? ''}`);
        if (rule !== undefined) assert.ok(isSaid, said);
        else if (verdict === 'compatible') assert.equal(found.reports.length, 0, said);
        for (const report of found.reports) {
          assert.ok(report.span !== undefined && report.beforeSpan !== undefined, said);
          if (report.proof === 'breaking') assert.notEqual(report.witness, undefined, said);
        }
      });
    }
  });
}
