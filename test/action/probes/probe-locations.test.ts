/** Probes from here, through a proxy and by an agent, over real sockets on this machine. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { isAnswer } from '../../../action/probes/agent/agent-messages.ts';
import { connectAgent } from '../../../action/probes/agent/connect-agent.ts';
import { serveAgent } from '../../../action/probes/agent/serve-agent.ts';
import { sendProbe } from '../../../action/probes/send-probe.ts';
import type { ProbeRequest } from '../../../policies/probes/probe-request.ts';
import { makeCertificates } from '../../support/probes/certificates.ts';
import { json, smallService } from '../../support/probes/small-service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const { signal } = new AbortController();
const get = (path: string): ProbeRequest => ({ method: 'GET', path, headers: {}, body: null });
const direct = (target: string, timeoutSeconds = 5) => ({ target, proxy: null, timeoutSeconds, signal });

suite('from here', () => {
  test('an answer with the time of each part of the way; a redirect is an answer and not followed', async (context) => {
    const service = await smallService(context, (request, response) => {
      if (request.url === '/v1/moved') response.writeHead(302, { location: '/elsewhere' }).end();
      else json(response, 200, { id: 1 });
    });
    const answer = await sendProbe(get('/books'), direct(`${service.url}/v1`));
    assert.ok(answer.isAnswered);
    assert.deepEqual([answer.status, answer.contentType, answer.body], [200, 'application/json', '{"id":1}']);
    const { connectMs, firstByteMs, totalMs, tlsMs } = answer.phases;
    assert.ok(
      connectMs !== null && firstByteMs !== null && totalMs >= connectMs + firstByteMs && tlsMs === null,
    );
    const moved = await sendProbe(get('/moved'), direct(`${service.url}/v1`));
    assert.equal(moved.isAnswered && moved.status, 302);
    assert.deepEqual(
      service.asked.map(({ request }) => request),
      ['GET /v1/books', 'GET /v1/moved'],
    );
  });

  test('what goes wrong is an answer that says so', async (context) => {
    const service = await smallService(context, (request, response) => {
      if (request.url === '/cut') response.destroy();
      else if (request.url === '/long') response.end('x'.repeat(3_000_000));
    });
    const said = async (path: string, target = service.url) => {
      const answer = await sendProbe(get(path), direct(target, path === '/hangs' ? 0.5 : 10));
      return answer.isAnswered
        ? `${answer.status} ${answer.body.length} ${String(answer.isCut)}`
        : answer.message;
    };
    assert.equal(await said('/hangs'), 'did not answer within 0.5 s');
    assert.equal(await said('/cut'), 'cut the connection');
    assert.equal(await said('/', 'http://127.0.0.1:1'), 'refused the connection');
    assert.equal(await said('/long'), '200 1048576 true');
  });
});

suite('through a proxy', () => {
  test('a tunnel is opened; a proxy that is down or refuses is a fault of the place', async (context) => {
    const service = await smallService(context, (_, response) => json(response, 200, {}));
    const proxy = createServer();
    proxy.on('connect', (request, socket) => {
      if (request.url !== service.place) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const [host = '', port = ''] = service.place.split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      return undefined;
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    context.after(() => proxy.close());
    const address = proxy.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const through = await sendProbe(get('/'), { ...direct(service.url), proxy: url });
    assert.equal(through.isAnswered && through.status, 200);
    const refused = await sendProbe(get('/'), { ...direct('http://10.0.0.1:9'), proxy: url });
    assert.deepEqual(!refused.isAnswered && [refused.isLocationFault, refused.message], [
      true,
      'could not be asked: the proxy answered 403 instead of opening a tunnel',
    ]);
    const down = await sendProbe(get('/'), { ...direct(service.url), proxy: 'http://127.0.0.1:1' });
    assert.equal(!down.isAnswered && down.isLocationFault, true);
  });
});

suite('by an agent over mutual TLS', () => {
  async function start(context: TestContext) {
    const service = await smallService(context, (_, response) => json(response, 200, { here: true }));
    const known = makeCertificates(temporaryDirectory(context), ['agent', 'client']);
    const strange = makeCertificates(temporaryDirectory(context), ['client']);
    const credentials = {
      cert: known.textOf('agent', 'cert'),
      key: known.textOf('agent', 'key'),
      ca: known.textOf('ca', 'cert'),
    };
    const agent = await serveAgent({
      host: '127.0.0.1',
      port: 0,
      ...credentials,
      allowed: new Set([service.place]),
    });
    context.after(() => agent.close());
    const askAs = (who: typeof known, url = `https://127.0.0.1:${agent.port}`) => {
      const connected = connectAgent(url, {
        cert: who.textOf('client', 'cert'),
        key: who.textOf('client', 'key'),
        ca: known.textOf('ca', 'cert'),
      });
      context.after(() => connected.close());
      return connected;
    };
    return { service, askAs, known, strange };
  }

  test('it sends what it is asked for, and answers with what came back', async (context) => {
    const { service, askAs, known } = await start(context);
    const request = {
      method: 'POST',
      path: '/orders?x=1',
      headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: '{"a":1}',
    };
    const answer = await askAs(known).ask({ request, target: service.url, timeoutSeconds: 5 }, signal);
    assert.equal(answer.isAnswered && answer.body, '{"here":true}');
    assert.ok(answer.phases.connectMs !== null);
    assert.deepEqual(
      service.asked.map((one) => [
        one.request,
        one.headers['idempotency-key'],
        one.headers['content-length'],
      ]),
      [['POST /orders?x=1', 'k', '7']],
    );
  });

  test('what it says is checked before anybody reads it', () => {
    const phases = { dnsMs: null, connectMs: 1, tlsMs: null, firstByteMs: 1, totalMs: 2 };
    const fault = { isAnswered: false, isLocationFault: false, message: 'timed out', phases };
    const answered = { isAnswered: true, status: 200, contentType: 'a/b', body: '\n', isCut: false, phases };
    assert.ok(isAnswer(fault) && isAnswer(answered));
    const lies: unknown[] = [
      { ...fault, message: '\u001b[2Jall is well' },
      { ...fault, message: 'x\n::error::y' },
      { ...fault, isLocationFault: 'no' },
      { ...answered, contentType: 'a/b\u001b[0m' },
      { ...answered, status: 42 },
      { ...answered, phases: { ...phases, totalMs: -1 } },
      { ...answered, phases: null },
      {},
      null,
    ];
    for (const lie of lies) assert.equal(isAnswer(lie), false, JSON.stringify(lie));
  });

  test('it does nothing for a stranger, nowhere else, and nothing that is no question', async (context) => {
    const { service, askAs, known, strange } = await start(context);
    const asked = async (agent: ReturnType<typeof askAs>, target: string, request = get('/')) => {
      const answer = await agent.ask({ request, target, timeoutSeconds: 1 }, signal);
      return answer.isAnswered
        ? 'answered'
        : `${answer.isLocationFault ? 'place' : 'service'}: ${answer.message}`;
    };
    assert.match(
      await asked(askAs(strange), service.url),
      /^place: could not be asked: the agent cannot be used/,
    );
    assert.match(await asked(askAs(known), 'http://169.254.169.254'), /403 \(not-allowed\)/);
    assert.match(
      await asked(askAs(known), service.url.replace('127.0.0.1', 'localhost')),
      /403 \(not-allowed\)/,
    );
    assert.match(
      await asked(askAs(known), service.url, { ...get('/'), method: 'CONNECT' }),
      /400 \(not-a-question\)/,
    );
    assert.match(
      await asked(askAs(known), service.url, { ...get('/'), headers: { host: 'inner' } }),
      /400 \(not-a-question\)/,
    );
    assert.match(await asked(askAs(known, 'https://127.0.0.1:1'), service.url), /^place: /);
    assert.deepEqual(service.asked, []);
  });
});
