// An upstream that speaks all of HTTP that a router has to carry: streams, events, WebSockets, uploads, odd answers.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const [name] = process.argv.slice(2);
const served = new WeakMap();
let executed = 0;

const answers = {
  '/health': (_request, response) => response.end('ok'),
  '/executed': (_request, response) => response.end(String(executed)),
  // What arrived, byte for byte, headers as they came.
  '/echo': async (request, response) => {
    const body = await bodyOf(request);
    const { method, url, rawHeaders } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, rawHeaders, body: body.toString('latin1') }));
  },
  '/upload': async (request, response) => {
    const body = await bodyOf(request);
    response.end(`${body.length} ${createHash('sha256').update(body).digest('hex')}`);
  },
  // Pieces until the query's `hold` is released by closing standard input, or `pieces` have been sent.
  '/stream': async (request, response) => {
    const pieces = Number(new URL(request.url, 'http://localhost').searchParams.get('pieces') ?? 1e9);
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
      response.write(`${name} ${piece}\n`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    response.end();
  },
  '/events': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(`data: ${name}\n\n`), 10);
    response.on('close', () => clearInterval(timer));
  },
  '/no-content': (_request, response) => response.writeHead(204).end(),
  '/not-modified': (_request, response) => response.writeHead(304, { etag: '"1"' }).end(),
  '/hints': (_request, response) =>
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('hinted')),
  // Hints that are none, and words in the status line that are not ASCII.
  '/odd-words': (request) =>
    request.socket.end(
      'HTTP/1.1 103 Early Hints\r\nlink: none\r\n\r\nHTTP/1.1 203 Gefälscht\r\ncontent-length: 2\r\n\r\nok',
    ),
  '/large-headers': (_request, response) =>
    response.writeHead(200, { 'x-large': 'b'.repeat(12_000) }).end('ok'),
  '/cookies': (_request, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end('ok'),
  // Closes a connection that is used again before it says a word, as an instance does whose patience has just ended.
  '/impatient': (request, response) => {
    if (served.get(request.socket) > 1) return request.socket.destroy();
    if (request.method === 'POST') executed++;
    response.end('patient');
  },
  // Does what it was asked to and dies on the connection before it can say so.
  '/silent': (request) => {
    executed++;
    request.socket.destroy();
  },
  '/halfway': (request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half');
    setTimeout(() => request.socket.destroy(), 20);
  },
};

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const server = createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 75_000 }, (request, response) => {
  served.set(request.socket, (served.get(request.socket) ?? 0) + 1);
  response.setHeader('x-instance', name);
  const answer = answers[new URL(request.url, 'http://localhost').pathname];
  if (answer === undefined) response.writeHead(404).end('nothing here');
  else Promise.resolve(answer(request, response)).catch(() => response.destroy());
});
const sockets = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/silent') answers['/silent'](request);
  else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened));
});
sockets.on('connection', (socket) => {
  socket.on('message', (data) => socket.send(`${name}: ${data}`));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
