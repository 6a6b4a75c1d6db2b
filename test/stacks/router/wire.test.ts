/** What HTTP asks of a proxy, and what attackers ask of one: each case against each router, byte for byte. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { request } from 'undici';
import { exchangeBytes } from '../../support/raw-http.ts';
import {
  candidate,
  pins,
  routerWorld,
  stable,
  testOnRouters,
  type World,
} from '../../support/router-world.ts';
import { until } from '../../support/until.ts';

interface WireWorld extends World {
  port: number;
  send(lines: readonly string[], body?: string): Promise<string>;
}

/** The headers that an instance was sent, names in lower case. */
function headersIn(answer: string): Record<string, string> {
  const echo = JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? '{}') as { rawHeaders: string[] };
  const headers: Record<string, string> = {};
  for (let index = 0; index < echo.rawHeaders.length; index += 2)
    headers[(echo.rawHeaders[index] ?? '').toLowerCase()] = echo.rawHeaders[index + 1] ?? '';
  return headers;
}

const cases: Record<string, (world: WireWorld) => Promise<void>> = {
  'HEAD has the head of a GET and no body': async ({ send }) => {
    const answer = await send(['HEAD /health HTTP/1.1', 'connection: close']);
    assert.match(answer, /^HTTP\/1.1 200/);
    assert.match(answer, /\r\n\r\n$/);
  },
  '204 and 304 have no body': async ({ send }) => {
    assert.match(await send(['GET /no-content HTTP/1.1', 'connection: close']), /^HTTP\/1.1 204.*\r\n\r\n$/s);
    assert.match(
      await send(['GET /not-modified HTTP/1.1', 'connection: close']),
      /^HTTP\/1.1 304.*\r\n\r\n$/s,
    );
  },
  'early hints arrive before the answer': async ({ send }) => {
    assert.match(
      await send(['GET /hints HTTP/1.1', 'connection: close']),
      /^HTTP\/1.1 103 .*style.css.*HTTP\/1.1 200 .*hinted/s,
    );
  },
  'odd words before an answer do not cost the answer': async ({ send }) => {
    assert.match(
      await send(['GET /odd-words HTTP/1.1', 'connection: close']),
      /HTTP\/1.1 203 .*\r\n\r\nok$/s,
    );
  },
  'pipelined requests are answered in their order': async ({ send }) => {
    const answer = await send(
      ['GET /no-content HTTP/1.1', 'host: a'],
      'GET /health HTTP/1.1\r\nhost: a\r\n\r\nGET /not-modified HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    );
    assert.deepEqual(
      [...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map((match) => match[1]),
      ['204', '200', '304'],
    );
  },
  'a client of HTTP/1.0 gets its answer and the end of the connection': async ({ send }) => {
    const answer = await send(['GET /stream?pieces=3 HTTP/1.0']);
    assert.match(answer, /^HTTP\/1.[01] 200/);
    assert.doesNotMatch(answer, /transfer-encoding/i);
    assert.match(answer, /\r\n\r\n\S+ 0\n\S+ 1\n\S+ 2\n$/);
  },
  'large headers pass both ways': async ({ send }) => {
    const answer = await send(['GET /echo HTTP/1.1', `x-large: ${'a'.repeat(30_000)}`, 'connection: close']);
    assert.equal(headersIn(answer)['x-large']?.length, 30_000);
    assert.match(await send(['GET /large-headers HTTP/1.1', 'connection: close']), /b{12000}/);
  },
  'a client that waits for 100 Continue is told to go on': async ({ port }) => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const connection = connect(port, '127.0.0.1', () =>
        connection.write(
          'POST /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n',
        ),
      );
      connection.on('data', (piece: Buffer) => {
        if (text === '') connection.write('hello');
        text += piece.toString();
      });
      connection.once('end', () => resolve(text));
    });
    assert.match(answer, /^HTTP\/1.1 100 .*HTTP\/1.1 200 .*"body":"hello"/s);
  },
  'several cookies of an answer stay several, and a new user gets one more': async ({ url }) => {
    const { headers, body } = await request(`${url}/cookies`);
    await body.dump();
    const cookies = [headers['set-cookie'] ?? []].flat();
    assert.deepEqual(cookies.slice(0, 2), ['a=1', 'b=2']);
    assert.match(cookies[2] ?? '', /^evenkeel_uid=[0-9a-f-]{36}; Path=\/;/);
    assert.equal(headers['x-evenkeel-release'], stable);
  },
  'headers of our own name and of one hop do not reach an instance': async ({ send }) => {
    const headers = headersIn(
      await send([
        'GET /echo HTTP/1.1',
        `x-evenkeel-pin: ${pins.stable}`,
        'X-Evenkeel-Release: sha256:forged',
        'x-evenkeel-anything: 1',
        'proxy-connection: keep-alive',
        'connection: close',
      ]),
    );
    const leaked = Object.keys(headers).filter(
      // HAProxy marks a request that must not leave its version; the mark is its own, never the client's.
      (name) => name.startsWith('x-evenkeel-') && name !== 'x-evenkeel-strict',
    );
    assert.deepEqual(leaked, []);
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  },
  'two lengths are refused': async ({ send }) => {
    const lines = ['POST /echo HTTP/1.1', 'content-length: 3', 'content-length: 4', 'connection: close'];
    assert.match(await send(lines, 'abcd'), /^HTTP\/1.1 400/);
  },
  'a length beside a transfer coding never reaches an instance, and ends the connection': async ({
    send,
  }) => {
    const smuggled = '0\r\n\r\nGET /executed HTTP/1.1\r\nhost: a\r\n\r\n';
    const answer = await send(
      ['POST /echo HTTP/1.1', `content-length: ${smuggled.length}`, 'transfer-encoding: chunked'],
      smuggled,
    );
    assert.equal(answer.match(/HTTP\/1.1/g)?.length, 1, 'the second request is nobody’s');
    if (!answer.startsWith('HTTP/1.1 400')) assert.equal(headersIn(answer)['content-length'], undefined);
  },
  'a line that only looks like a header is refused': async ({ send }) => {
    for (const line of ['content-length : 3', 'x\u0000y: 1', 'transfer-encoding: chunked, identity'])
      assert.match(await send(['POST /echo HTTP/1.1', line, 'connection: close'], 'abc'), /^HTTP\/1.1 4|^$/);
  },
  'an answer that breaks off breaks off for the client, and counts once': async ({ url, router }) => {
    const before = (await router.counters()).versions[stable];
    await assert.rejects(async () => (await request(`${url}/halfway`)).body.text());
    await until('the error was counted', async () => {
      const after = (await router.counters()).versions[stable];
      return (after?.errors ?? 0) === (before?.errors ?? 0) + 1;
    });
    assert.equal((await router.counters()).versions[stable]?.requests, (before?.requests ?? 0) + 1);
  },
  'what cannot be passed on is the client’s error, and no instance’s': async ({ send, router }) => {
    const before = (await router.counters()).versions[stable]?.errors;
    const refused = [
      await send(['OPTIONS * HTTP/1.1', 'connection: close']),
      await send(['GET /health HTTP/1.1', 'host: a', 'host: b', 'connection: close']),
    ];
    for (const answer of refused) assert.match(answer, /^HTTP\/1.1 (400|404)/);
    assert.equal((await router.counters()).versions[stable]?.errors, before);
    assert.ok((await router.instances()).every(({ isUp }) => isUp));
  },
  'an offer of HTTP/2 beside a body is a request like any': async ({ send }) => {
    const answer = await send(
      [
        'POST /echo HTTP/1.1',
        'connection: upgrade, http2-settings, close',
        'upgrade: h2c',
        'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
        'content-length: 5',
      ],
      'hello',
    );
    assert.match(answer, /^HTTP\/1.1 200 .*"body":"hello"/s);
  },
  'what may not be sent twice is not, whatever is said beside it': async ({ send, stables }) => {
    const ports = stables.map((instance) => instance.port);
    const besides = [
      ['connection: close'],
      ['connection: close', 'idempotency-key:'],
      ['connection: close', 'transfer-encoding: chunked'],
      ['connection: upgrade, close', 'upgrade: websocket', 'content-length: 0'],
    ];
    for (const lines of besides) {
      const before = await executedBy(ports);
      const body = lines.some((line) => line.startsWith('transfer')) ? '3\r\nabc\r\n0\r\n\r\n' : '';
      assert.match(await send(['POST /silent HTTP/1.1', ...lines], body), /^HTTP\/1.1 (400|50[23])/);
      assert.ok((await executedBy(ports)) - before <= 1, lines.join(', '));
    }
  },
  'a request that no living instance answers stays with its version, and takes none out of turn': async ({
    send,
    router,
    sharesAt,
    stables,
    candidates,
  }) => {
    await router.apply(sharesAt(10_000));
    const before = await executedBy(stables.map(({ port }) => port));
    assert.match(await send(['GET /silent HTTP/1.1', 'connection: close']), /^HTTP\/1.1 50[23]/);
    assert.ok((await executedBy(candidates.map(({ port }) => port))) > 0);
    assert.equal(await executedBy(stables.map(({ port }) => port)), before);
    assert.match(await send(['GET /health HTTP/1.1', 'connection: close']), /x-instance: candidate-1/i);
    await router.apply(sharesAt(0));
  },
  'who waits for room waits a moment, and is not sent to the other version': async ({
    url,
    send,
    router,
    sharesAt,
    candidates,
  }) => {
    await router.apply(sharesAt(10_000));
    await router.limitInstance({ port: candidates[0]?.port ?? 0, weight: 100, maxConcurrent: 1 });
    const busy = new AbortController();
    const { body } = await request(`${url}/stream`, { signal: busy.signal });
    body.on('error', () => undefined).resume();
    const headers = 'GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
    assert.match(await exchangeBytes(Number(new URL(url).port), headers, 8000), /^HTTP\/1.1 503/);
    busy.abort();
    await until('there is room', async () =>
      /x-instance: candidate-1/i.test(await send(['GET /health HTTP/1.1', 'connection: close'])),
    );
    await router.limitInstance({ port: candidates[0]?.port ?? 0, weight: 100, maxConcurrent: null });
    await router.apply(sharesAt(0));
  },
  'whoever stands in for a dead candidate says who he is': async ({ url, router, sharesAt, candidates }) => {
    await router.apply(sharesAt(10_000));
    const before = (await router.counters()).versions;
    candidates[0]?.kill();
    const { headers, body } = await request(`${url}/health`);
    await body.dump();
    assert.match(String(headers['x-instance']), /^stable-/);
    assert.equal(headers['x-evenkeel-release'], stable);
    const after = (await router.counters()).versions;
    const { requests = 0, errors = 0 } = before[stable] ?? {};
    assert.deepEqual([after[stable]?.requests, after[stable]?.errors], [requests + 1, errors]);
    // HAProxy counts its attempts (see the room's README).
    assert.ok((after[candidate]?.errors ?? 0) > (before[candidate]?.errors ?? 0));
  },
  'a client that leaves is nobody’s error': async ({ url, router }) => {
    const before = (await router.counters()).versions[stable]?.errors;
    const leaving = new AbortController();
    const { body } = await request(`${url}/stream`, { signal: leaving.signal });
    body.once('data', () => leaving.abort());
    await body.dump().catch(() => undefined);
    await until('the stream is over', async () => (await router.counters()).versions[stable]?.inFlight === 0);
    assert.equal((await router.counters()).versions[stable]?.errors, before);
  },
  'a connection that its instance closes when it is used again: only what may be sent twice is': async ({
    url,
    stables,
  }) => {
    const ask = async (method: 'GET' | 'POST', key?: string): Promise<number> => {
      const headers = { 'x-user': 'u', ...(key === undefined ? {} : { 'idempotency-key': key }) };
      const answer = await request(`${url}/impatient`, { method, headers }).catch(() => null);
      await answer?.body.dump();
      return answer?.statusCode ?? 0;
    };
    const ports = stables.map((instance) => instance.port);
    const before = await executedBy(ports);
    for (let index = 0; index < 20; index++) {
      assert.equal(await ask('GET'), 200);
      assert.equal(await ask('POST', `k${index}`), 200);
    }
    const statuses = [];
    for (let index = 0; index < 20; index++) statuses.push(await ask('POST'));
    const executed = (await executedBy(ports)) - before;
    const answered = statuses.filter((status) => status === 200).length;
    assert.equal(executed, 20 + answered, 'none was carried out twice, none that was answered was not');
  },
};

async function executedBy(ports: readonly number[]): Promise<number> {
  let sum = 0;
  for (const port of ports)
    sum += Number(await (await request(`http://127.0.0.1:${port}/executed`)).body.text());
  return sum;
}

testOnRouters('HTTP on the wire', async (kind, context) => {
  const world = await routerWorld(context, kind, { instances: 'wire' });
  await world.router.apply(world.sharesAt(0));
  const port = world.settings.publicPort;
  const send = (lines: readonly string[], body = ''): Promise<string> => {
    const [first = '', ...others] = lines;
    const all = others.some((line) => line.startsWith('host')) ? others : ['host: a', ...others];
    return exchangeBytes(port, Buffer.from(`${[first, ...all].join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  };
  for (const [name, run] of Object.entries(cases))
    await context.test(name, () => run({ ...world, port, send }));
});
