/** What is sent for a document: every operation, from examples, schemas or declared data, and what is said of the rest. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fillProbes, type RawProbes } from '../../../policies/policy-file/fill-probes.ts';
import type { PolicyFault } from '../../../policies/policy-file/schema-faults.ts';
import { planProbes } from '../../../policies/probes/plan-probes.ts';

const header = `openapi: 3.1.0
info: { title: Library, version: '1' }
servers: [{ url: 'https://library.example/v1' }]
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
  schemas:
    Isbn: { type: string, minLength: 3, maxLength: 5 }
paths:
`;

async function plan(paths: string, raw: RawProbes = {}) {
  const faults: PolicyFault[] = [];
  const policy = fillProbes({ openapi: 'api.yaml', ...raw }, '/probes', faults);
  assert.deepEqual(faults, []);
  return await planProbes(policy, (path) =>
    Promise.resolve(path === 'api.yaml' ? `${header}${paths}` : undefined),
  );
}

async function sent(paths: string, raw: RawProbes = {}) {
  const planned = await plan(paths, raw);
  assert.ok(planned.ok, JSON.stringify(planned));
  return planned.probes.map(({ request }) => `${request.method} ${request.path}`);
}

async function covered(paths: string, raw: RawProbes = {}) {
  const planned = await plan(paths, raw);
  assert.ok(planned.ok, JSON.stringify(planned));
  return planned.coverage.map(({ operation, covered, reason }) =>
    `${operation}: ${covered} ${reason}`.trim(),
  );
}

const ok = 'responses: { "200": { description: ok } }';

suite('parameters', () => {
  const cases: [name: string, paths: string, path: string][] = [
    [
      'an example',
      `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, example: 7, schema: {} }], ${ok} } }`,
      '/v1/b/7',
    ],
    [
      'the first of its examples',
      `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, examples: { a: { value: x/y } } }], ${ok} } }`,
      '/v1/b/x%2Fy',
    ],
    [
      'a value that its schema takes',
      `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer, minimum: 12 } }], ${ok} } }`,
      '/v1/b/12',
    ],
    [
      'one of few',
      `  /b: { get: { parameters: [{ name: kind, in: query, required: true, schema: { enum: [old, new] } }], ${ok} } }`,
      '/v1/b?kind=old',
    ],
    [
      'an optional one is left out',
      `  /b: { get: { parameters: [{ name: kind, in: query, schema: { type: string } }], ${ok} } }`,
      '/v1/b',
    ],
    [
      'a list',
      `  /b: { get: { parameters: [{ name: ids, in: query, required: true, example: [1, 2] }], ${ok} } }`,
      '/v1/b?ids=1&ids=2',
    ],
  ];
  for (const [name, paths, path] of cases)
    test(name, async () => assert.deepEqual(await sent(paths), [`GET ${path}`]));

  test('a schema behind a reference', async () => {
    const [request = ''] = await sent(
      `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { $ref: '#/components/schemas/Isbn' } }], ${ok} } }`,
    );
    assert.match(request, /^GET \/v1\/b\/.{3,5}$/);
  });

  test('declared data stands before all of them', async () => {
    const paths = `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, example: 7 }], ${ok} } }`;
    assert.deepEqual(await sent(paths, { data: { 'GET /b/{id}': { parameters: { id: 42 } } } }), [
      'GET /v1/b/42',
    ]);
  });

  test('a value that cannot be made is asked for', async () => {
    const paths = `  /b/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: string, pattern: '^(?=x)y$' } }], ${ok} } }`;
    assert.deepEqual(await covered(paths), [
      'GET /b/{id}: uncovered no value for its parameter id could be made; declare one in `probes.data`',
    ]);
  });
});

suite('coverage', () => {
  const order = `  /orders: { post: { ${ok} } }\n`;

  test('an unsafe method is sent with declared data and never otherwise', async () => {
    assert.deepEqual(await sent(order), []);
    assert.deepEqual(await covered(order), [
      'POST /orders: uncovered POST may change something, so it is sent with declared data only',
    ]);
    const planned = await plan(order, { data: { 'POST /orders': { body: { item: 1 } } } });
    assert.ok(planned.ok);
    assert.deepEqual(
      planned.probes.map(({ request, isUnsafe }) => [
        request.body,
        request.headers['content-type'],
        isUnsafe,
      ]),
      [['{"item":1}', 'application/json', true]],
    );
  });

  test('a journey covers what it goes through, an excuse what nothing can probe', async () => {
    const paths = `${order}  /orders/{id}: { delete: { parameters: [{ name: id, in: path, required: true }], ${ok} } }\n  /admin: { delete: { ${ok} } }`;
    const journeys = [
      {
        name: 'buy',
        steps: [{ request: 'POST /orders', keep: { id: '/id' } }, { request: 'DELETE /orders/{id}' }],
      },
    ];
    assert.deepEqual(await covered(paths, { journeys, excused: { 'DELETE /admin': 'tested in staging' } }), [
      'POST /orders: journey buy',
      'DELETE /orders/{id}: journey buy',
      'DELETE /admin: excused tested in staging',
    ]);
  });

  test('without the credential an operation is not called covered: being sent away proves nothing', async () => {
    const paths = `  /me: { get: { security: [{ token: [] }], ${ok} } }\n  /you: { get: { security: [{ key: [] }, {}], ${ok} } }`;
    assert.deepEqual(await covered(paths), [
      'GET /me: uncovered it needs the header authorization (token); name its secret in `probes.headers`',
      'GET /you: probe',
    ]);
    assert.deepEqual(
      (await covered(paths, { headers: { Authorization: 'env:TOKEN' } }))[0],
      'GET /me: probe',
    );
  });

  test('a name that the document does not have is a slip', async () => {
    const planned = await plan(order, { data: { 'POST /order': {} } });
    assert.deepEqual(planned, {
      ok: false,
      message:
        '`probes.data` names POST /order, and the document has no such operation; did you mean POST /orders?',
    });
  });

  test('a document that cannot be read plans nothing', async () => {
    for (const [text, message] of [
      ['  /a: { get: { $ref: other.yaml#/x } }', /other\.yaml/],
      ['  /a: [', /./],
    ] as const) {
      const planned = await plan(text);
      assert.match(planned.ok ? 'it was planned' : planned.message, message);
    }
  });
});

suite('journeys', () => {
  test('what a step keeps is put into the next: path, header and body, each in its own way', async () => {
    const planned = await plan(
      `  /a: { post: { ${ok} } }\n  /a/{id}: { put: { parameters: [{ name: id, in: path, required: true }], ${ok} } }`,
      {
        journeys: [
          {
            name: 'edit',
            steps: [
              { request: 'POST /a', keep: { id: '/items/0/id' } },
              {
                request: 'PUT /a/{id}',
                headers: { 'If-Match': '{id}' },
                body: { note: 'of {id}, {not kept}' },
              },
            ],
          },
        ],
      },
    );
    assert.ok(planned.ok);
    const [first, second] = planned.journeys[0]?.steps ?? [];
    const phases = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 1 };
    const answer = {
      isAnswered: true as const,
      status: 200,
      contentType: 'application/json',
      isCut: false,
      phases,
    };
    const kept = first?.keep({ ...answer, body: '{"items":[{"id":"a/\\"b\\""}]}' });
    assert.deepEqual(kept, { ok: true, kept: { id: 'a/"b"' } });
    assert.deepEqual(second?.fill({ id: 'a/"b"' }), {
      method: 'PUT',
      path: '/v1/a/a%2F%22b%22',
      headers: { 'content-type': 'application/json', 'if-match': 'a/"b"' },
      body: '{"note":"of a/\\"b\\", {not kept}"}',
    });
    assert.deepEqual(first?.keep({ ...answer, body: '{}' }), {
      ok: false,
      message: 'answered without /items/0/id, which later steps need',
    });
  });
});

test('what a policy must not say about probes has a place and a sentence', () => {
  const cases: [raw: RawProbes, pointer: string, message: RegExp][] = [
    [{ headers: { Authorization: 'Bearer abc' } }, '/probes/headers/Authorization', /looks like a secret/],
    [{ quorum: 2, locations: ['here'] }, '/probes/quorum', /no 2 locations/],
    [{ data: { 'GET /a': { body: {} } } }, '/probes/data/GET ~1a/body', /has no body/],
    [{ locations: ['here', 'here'] }, '/probes/locations/1', /named twice/],
    [
      { journeys: [{ name: 'a', steps: [{ request: 'GET /a/{id}' }] }] },
      '/probes/journeys/0/steps/0/request',
      /no step before this one keeps \{id\}/,
    ],
    [
      { data: { 'POST /a': {} }, excused: { 'POST /a': 'no need' } },
      '/probes/excused/POST ~1a',
      /needs no excuse/,
    ],
  ];
  for (const [raw, pointer, message] of cases) {
    const faults: PolicyFault[] = [];
    fillProbes(raw, '/probes', faults);
    const [fault] = faults;
    assert.equal(fault?.pointer, pointer);
    assert.match(fault.message, message);
  }
});
