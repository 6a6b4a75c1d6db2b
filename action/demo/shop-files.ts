/**
 * A small shop. Looking up an order takes as long as its warehouse needs; every eighth order lies in a slow one, so a
 * timeout that is too short hurts one customer in eight and no health check. It needs nothing but Node.
 */
export const serverJs = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const config = JSON.parse(readFileSync(new URL('config/shop.json', import.meta.url), 'utf8'));
const release = process.env.EVENKEEL_RELEASE ?? 'unreleased';
const processed = new Set();

async function findOrder(id) {
  const needsMs = id % 8 === 0 ? 30 : 2;
  if (needsMs > config.warehouse.timeoutMs) {
    await wait(config.warehouse.timeoutMs);
    throw new Error('the warehouse did not answer in time');
  }
  await wait(needsMs);
  return { id, status: 'shipped', total: 1000 + id, currency: config.currency };
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-evenkeel-release': release });
  response.end(JSON.stringify(body));
}

const server = createServer(async (request, response) => {
  const path = request.url.split('?')[0];
  if (path === '/healthz') return answer(response, 200, { status: 'ok', release });
  const order = /^\\/orders\\/(\\d+)$/.exec(path);
  if (order !== null && request.method === 'GET') {
    try {
      return answer(response, 200, await findOrder(Number(order[1])));
    } catch (error) {
      return answer(response, 503, { error: error.message });
    }
  }
  if (path === '/payments' && request.method === 'POST') {
    request.resume();
    processed.add(request.headers['idempotency-key']);
    return answer(response, 201, { processed: processed.size });
  }
  return answer(response, 404, { error: 'no such page' });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

/** The same server, and somebody recomputes the price of every order. */
export const slowServerJs = serverJs.replace(
  '  await wait(needsMs);\n',
  '  await wait(needsMs);\n  await wait(60); // recompute the price from the catalogue\n',
);

/** A harmless change of code. */
export const greeterServerJs = serverJs.replace(
  "  return answer(response, 404, { error: 'no such page' });",
  "  if (path === '/about') return answer(response, 200, { shop: 'Evenkeel demo shop' });\n  return answer(response, 404, { error: 'no such page' });",
);

export const morePoliteServerJs = greeterServerJs.replace('no such page', 'there is no such page');

export function configJson(timeoutMs: number, currency: string): string {
  return `${JSON.stringify({ currency, warehouse: { timeoutMs, retries: 1 } }, null, 2)}\n`;
}

export const configSchemaJson = `${JSON.stringify(
  {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['currency', 'warehouse'],
    additionalProperties: false,
    properties: {
      currency: { type: 'string', enum: ['EUR', 'USD', 'SEK'] },
      warehouse: {
        type: 'object',
        required: ['timeoutMs'],
        additionalProperties: false,
        properties: {
          timeoutMs: { type: 'integer', minimum: 1, maximum: 10000 },
          retries: { type: 'integer', minimum: 0, maximum: 5 },
        },
      },
    },
  },
  null,
  2,
)}\n`;

/** With `hasTotal` false the answer no longer promises the field that clients read the price from. */
export function openapiYaml(hasTotal: boolean): string {
  return `openapi: 3.0.3
info: { title: Shop, version: '1' }
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer }, example: 7 }
      responses:
        '200':
          description: the order
          content:
            application/json:
              schema:
                type: object
                required: [id, status${hasTotal ? ', total' : ''}]
                properties:
                  id: { type: integer }
                  status: { type: string }
${hasTotal ? '                  total: { type: integer }\n' : ''}        '404': { description: no such order }
  /payments:
    post:
      operationId: createPayment
      responses:
        '201': { description: paid }
`;
}

export function policyYaml(publicPort: number, router: 'auto' | 'haproxy' | 'embedded'): string {
  return `version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: 'shop/config/*.json', schema: shop/config.schema.json }]
    schemas: [{ files: shop/api/openapi.yaml, kind: openapi, direction: produced }]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${publicPort}, instances: 2, router: ${router} }
    probes: { openapi: shop/api/openapi.yaml, every: 1s, data: { 'POST /payments': { body: { order: 7, amount: 1007 } } } }
    metrics: [{ name: errors, critical: true, slack: 1% }, { name: latency, critical: true }]
    runbooks: { rolled-back: docs/runbook.md }
approval: { required: 1 }
rollout: { preset: fast, steps: [10%, 50%], soak: 2s, deadline: 1m, bake: 4s }
unclaimed: allow
`;
}
