/** What happens on the wire, against a small server of each kind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  askPrometheus,
  type AskPrometheus,
  type PrometheusAddress,
} from '../../action/metrics/prometheus/ask-prometheus.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const { signal } = new AbortController();

function serve(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  return listen(context, createServer(answer));
}

async function listen(context: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

function json(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text);
}

function client(url: string, parts: Partial<PrometheusAddress> = {}): ReturnType<AskPrometheus> {
  const address = { url, authorization: null, ca: null, timeoutSeconds: 10, ...parts };
  return askPrometheus(address)('/api/v1/query_range', { query: 'a{b="c d"}' }, signal);
}

test('a query goes in the address, with the credentials in their header', async (context) => {
  const url = await serve(context, (request, response) => {
    const asked = [request.url, request.headers.authorization];
    json(response, 200, JSON.stringify(asked));
  });
  assert.deepEqual(await client(url, { authorization: 'Bearer s3cr3t' }), {
    answer: ['/api/v1/query_range?query=a%7Bb%3D%22c+d%22%7D', 'Bearer s3cr3t'],
  });
});

test('a server that is busy is asked three times, and a wrong query once', async (context) => {
  let busy = 2;
  let asked = 0;
  const url = await serve(context, (_request, response) => {
    asked++;
    if (busy-- > 0) response.writeHead(503).end();
    else json(response, 200, '1');
  });
  assert.deepEqual(await client(url), { answer: 1 });
  busy = 9;
  assert.deepEqual(await client(url), { problem: 'the server answered 503' });
  assert.equal(asked, 6);
  const refusing = await serve(context, (_request, response) => json(response, 422, '{"status":"error"}'));
  assert.deepEqual(await client(refusing), { answer: { status: 'error' } });
});

test('a server that failed may answer the next time', async (context) => {
  let asked = 0;
  const url = await serve(context, (_request, response) => {
    if (asked++ === 0) response.writeHead(500).end('internal error');
    else json(response, 200, '1');
  });
  assert.deepEqual(await client(url), { answer: 1 });
});

test('an answer without an end is not waited for: 64 MiB are enough', async (context) => {
  const url = await serve(context, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const block = Buffer.alloc(1024 * 1024, ' ');
    const more = (): void => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', more);
    more();
  });
  assert.deepEqual(await client(url, { timeoutSeconds: 60 }), {
    problem: 'the answer is longer than 64 MiB; narrow the selectors',
  });
});

test('a server that says when to come again is taken at its word', async (context) => {
  let asked = 0;
  const url = await serve(context, (_request, response) => {
    asked++;
    response.writeHead(429, { 'retry-after': '5' }).end();
  });
  // Left to itself it would ask again long before this is over.
  assert.deepEqual(await client(url, { timeoutSeconds: 1 }), {
    problem: 'the server did not answer within 1 s',
  });
  assert.equal(asked, 1);
});

test('a certificate of one’s own authority is accepted, and no other', async (context) => {
  const directory = temporaryDirectory(context);
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const subject = ['-subj', '/CN=prometheus.test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const output = ['-keyout', key, '-out', certificate, '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...output, ...subject], { stdio: 'pipe' });
  const ca = readFileSync(certificate, 'utf8');
  const server = createSecureServer({ key: readFileSync(key), cert: ca }, (_request, response) =>
    json(response, 200, '1'),
  );
  const url = (await listen(context, server)).replace('http:', 'https:');
  assert.deepEqual(await client(url, { ca }), { answer: 1 });
  assert.deepEqual(await client(url), {
    problem: 'the server cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)',
  });
});

test('a redirect is not followed: the credentials are for one address', async (context) => {
  let strangers = 0;
  const elsewhere = await serve(context, (_request, response) => {
    strangers++;
    json(response, 200, '1');
  });
  const url = await serve(context, (_request, response) =>
    response.writeHead(302, { location: elsewhere }).end(),
  );
  const asked = await client(url, { authorization: 'Bearer s3cr3t' });
  assert.deepEqual(asked, { problem: 'the server redirects (302); name the address itself' });
  assert.equal(strangers, 0);
});

test('every other answer, and none, is a problem that names no secret', async (context) => {
  const authorization = 'Bearer s3cr3t';
  const cases: [answer: (request: IncomingMessage, response: ServerResponse) => void, problem: string][] = [
    [(_request, response) => json(response, 401, '{}'), 'the server refused the credentials (401)'],
    [(_request, response) => json(response, 200, '{"status":'), 'the answer is not JSON'],
    [
      (_request, response) => response.end('<html>'),
      'the answer is not JSON; is this the address of a Prometheus server?',
    ],
    [(request) => request.socket.destroy(), 'the server cannot be reached (UND_ERR_SOCKET)'],
  ];
  for (const [answer, problem] of cases) {
    const url = await serve(context, answer);
    assert.deepEqual(await client(url, { authorization }), { problem });
  }
  const silent = await serve(context, () => undefined);
  assert.deepEqual(await client(silent, { timeoutSeconds: 0.2 }), {
    problem: 'the server did not answer within 0.2 s',
  });
});

test('an interruption ends the asking', async (context) => {
  const interruption = new AbortController();
  const url = await serve(context, () => interruption.abort());
  const asking = askPrometheus({ url, authorization: null, ca: null, timeoutSeconds: 10 })(
    '/api/v1/query_range',
    {},
    interruption.signal,
  );
  await assert.rejects(asking, { name: 'AbortError' });
});
