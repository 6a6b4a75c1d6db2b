/** What lasts: streams, events, WebSockets and uploads stay where they are whatever happens to the shares, and are drained with a limit. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { WebSocket } from 'ws';
import { candidate, pins, routerWorld, testOnRouters, type World } from '../../support/router-world.ts';
import { until } from '../../support/until.ts';

/** A stream on the candidate, with what has come of it so far. */
interface Lasting {
  received(): string;
  isOver(): boolean;
}

async function openStream(url: string, path: string): Promise<Lasting> {
  const { body } = await request(`${url}${path}`, {
    headers: { 'x-user': 'u', accept: path === '/events' ? 'text/event-stream' : '*/*' },
  });
  let text = '';
  let isOver = false;
  body.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  body.once('close', () => (isOver = true)).on('error', () => undefined);
  return { received: () => text, isOver: () => isOver };
}

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers: { 'x-user': 'u' } });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

async function echo(socket: WebSocket, text: string): Promise<string> {
  const answer = once(socket, 'message');
  socket.send(text);
  return String((await answer)[0]);
}

/** Flip, rollback, and the candidate's retirement. */
async function moveAround({ router, sharesAt }: World): Promise<void> {
  for (const basisPoints of [0, 5000, 10_000, 0]) await router.setShare(basisPoints);
  await router.apply({ ...sharesAt(0), candidate: null });
}

testOnRouters('what lasts stays through every change, and is cut at its limit', async (kind, context) => {
  const world = await routerWorld(context, kind, { instances: 'wire' });
  const { router, url, sharesAt, candidates } = world;
  await router.apply(sharesAt(10_000));
  const streams = [await openStream(url, '/stream'), await openStream(url, '/events')];
  const socket = await openSocket(url);
  assert.equal(await echo(socket, 'before'), 'candidate-1: before');
  await assert.rejects(router.drain(candidate, 0), /still has a share of the users/);

  await moveAround(world);
  assert.equal(await echo(socket, 'after'), 'candidate-1: after');
  for (const stream of streams) {
    const before = stream.received().length;
    await until('more of the stream', () => stream.received().length > before);
    assert.equal(stream.isOver(), false);
    assert.match(stream.received(), /candidate-1/);
    assert.doesNotMatch(stream.received(), /stable/);
  }
  assert.equal(await router.waitUntilIdle(candidate, 0), false);

  const closed = once(socket, 'close');
  assert.deepEqual(await router.drain(candidates[0]?.port ?? 0, 0.2), { isIdle: false, cut: 3 });
  await closed;
  await until('the streams are cut', () => streams.every((stream) => stream.isOver()));
  assert.deepEqual(await router.drain(candidate, 5), { isIdle: true, cut: 0 });
});

testOnRouters('what ends by itself in time is not cut', async (kind, context) => {
  const world = await routerWorld(context, kind, { instances: 'wire' });
  const { router, url, sharesAt } = world;
  await router.apply(sharesAt(10_000));
  const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(5000, index));
  const slowly = Readable.from(
    (async function* () {
      for (const piece of pieces) {
        await wait(10);
        yield piece;
      }
    })(),
  );
  const upload = request(`${url}/upload`, { method: 'POST', body: slowly, headers: { 'x-user': 'u' } });
  const download = request(`${url}/stream?pieces=40`, { headers: { 'x-user': 'u' } });
  const socket = await openSocket(url);
  await until('all are under way', async () => (await router.counters()).versions[candidate]?.inFlight === 3);
  await moveAround(world);
  const drained = router.drain(candidate, 20);
  assert.equal(await echo(socket, 'last'), 'candidate-1: last');
  socket.close();
  const all = Buffer.concat(pieces);
  assert.equal(
    await (await upload).body.text(),
    `${all.length} ${createHash('sha256').update(all).digest('hex')}`,
  );
  const lines = (await (await download).body.text()).trim().split('\n');
  assert.deepEqual([lines.length, lines.at(-1)], [40, 'candidate-1 39']);
  assert.deepEqual(await drained, { isIdle: true, cut: 0 });
});

testOnRouters('an upgrade goes by the same rules as a request', async (kind, context) => {
  const { router, url, sharesAt, candidates } = await routerWorld(context, kind, { instances: 'wire' });
  await router.apply(sharesAt(10_000));
  const statusOf = async (headers: Record<string, string>): Promise<string> => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    const refused = once(socket, 'unexpected-response').then(([, answer]: { statusCode: number }[]) =>
      String(answer?.statusCode),
    );
    const opened = once(socket, 'open').then(() => echo(socket, ''));
    socket.on('error', () => undefined);
    const outcome = await Promise.race([refused, opened]);
    socket.terminate();
    return outcome;
  };
  assert.equal(await statusOf({ 'x-user': 'u' }), 'candidate-1: ');
  assert.match(await statusOf({ 'x-user': 'u', 'x-evenkeel-pin': pins.stable }), /^stable-/);
  candidates[0]?.kill();
  assert.match(await statusOf({ 'x-user': 'u' }), /^stable-/, 'stable steps in for a dead candidate');
  assert.equal(await statusOf({ 'x-evenkeel-pin': pins.candidate }), '503');
});
