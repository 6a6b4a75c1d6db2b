/**
 * A service with a cache that only requests warm. One worker: at n requests served it can do
 *
 *   rate(n) = coldPerSecond + (warmPerSecond - coldPerSecond) (1 - exp(-n / warmAfter))
 *
 * of them a second, the rest waits, and who would wait for too long is refused with 503. What it was offered beyond its
 * curve is counted: requests that found more than `patienceMs` of work before them.
 */
import { createServer } from 'node:http';

const number = (name) => Number(process.env[name]);
const [cold, warm, after] = [number('COLD_PER_SECOND'), number('WARM_PER_SECOND'), number('WARM_AFTER')];
const patienceMs = 200;
const refusedMs = 400;

let served = 0;
let busyUntilMs = 0;
const counts = { requests: 0, beyond: 0, refused: 0 };

const ratePerSecond = () => cold + (warm - cold) * (1 - Math.exp(-served / after));

const server = createServer((request, response) => {
  response.setHeader('x-evenkeel-release', process.env.EVENKEEL_RELEASE);
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/crash') process.exit(7);
  if (pathname === '/warm') served = Number(searchParams.get('served'));
  if (pathname !== '/') {
    const answer = { processId: process.pid, served, ratePerSecond: ratePerSecond(), ...counts };
    return response.end(JSON.stringify(answer));
  }
  const nowMs = performance.now();
  const workMs = Math.max(0, busyUntilMs - nowMs);
  counts.requests++;
  if (workMs > patienceMs) counts.beyond++;
  if (workMs > refusedMs) {
    counts.refused++;
    response.statusCode = 503;
    return response.end();
  }
  busyUntilMs = nowMs + workMs + 1000 / ratePerSecond();
  served++;
  setTimeout(() => response.end('ok'), busyUntilMs - nowMs);
});
server.keepAliveTimeout = 75_000;
server.listen(process.env.PORT, '127.0.0.1');
