// A small upstream for router tests: says who it is, counts what it carried out, answers slowly or badly when asked.
import { createServer } from 'node:http';

const [name, port] = process.argv.slice(2);
let executed = 0;
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/executed') return response.end(String(executed));
  if (request.method === 'POST') executed++;
  const delayMs = Number(url.searchParams.get('delayMs') ?? 1);
  request.resume();
  setTimeout(() => {
    response.writeHead(Number(url.searchParams.get('status') ?? 200), { 'x-instance': name });
    response.end(`${name}\n`);
  }, delayMs);
});
server.keepAliveTimeout = 75_000;
server.listen(Number(port ?? 0), '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
