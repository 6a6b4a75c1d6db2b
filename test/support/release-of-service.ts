import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release, ServiceDefinition } from '../../stacks/exposure.ts';

/** What a service in a test does with its port; `EVENKEEL_RELEASE` and `PORT` are in its environment. */
export type Behaviour =
  'honest' | 'stubborn' | 'silent' | 'crashing' | 'unhealthy' | 'impostor' | 'slow-to-start';

const answer = (status: number, head: string): string => `import { createServer } from 'node:http';
const release = process.env.EVENKEEL_RELEASE;
const server = createServer((request, response) => {
  if (request.url === '/environment') return response.end(JSON.stringify(process.env));
  if (request.url === '/crash') return process.exit(7);
  const delayMs = Number(new URL(request.url, 'http://localhost').searchParams.get('delayMs') ?? 0);
  setTimeout(() => { response.writeHead(${status}, ${head}); response.end(release); }, delayMs);
});
server.keepAliveTimeout = 75_000;
`;

const sources: Record<Behaviour, string> = {
  honest: `${answer(200, `{ 'x-evenkeel-release': release }`)}
server.listen(process.env.PORT, '127.0.0.1');`,
  // Knows nothing of releases: its socket has to prove who it is.
  silent: `import { createServer } from 'node:http';
createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');`,
  stubborn: `process.on('SIGTERM', () => {});
${answer(200, `{ 'x-evenkeel-release': release }`)}
server.listen(process.env.PORT, '127.0.0.1');`,
  crashing: `console.log('cannot open the database');
process.exit(3);`,
  unhealthy: `${answer(503, '{}')}
server.listen(process.env.PORT, '127.0.0.1');`,
  impostor: `${answer(200, `{ 'x-evenkeel-release': 'sha256:somebody-else' }`)}
server.listen(process.env.PORT, '127.0.0.1');`,
  'slow-to-start': `${answer(200, `{ 'x-evenkeel-release': release }`)}
setTimeout(() => server.listen(process.env.PORT, '127.0.0.1'), 60_000);`,
};

/** Writes a release whose one instance behaves like this. `letter` makes its digest readable in a failing test. */
export function writeTestRelease(directory: string, letter: string, behaviour: Behaviour): Release {
  const files = join(directory, 'releases', letter);
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'server.mjs'), sources[behaviour]);
  return {
    digest: `sha256:${letter.repeat(64)}`,
    commit: letter.repeat(40),
    tree: letter.repeat(40),
    directory: files,
  };
}

export function serviceForTest(publicPort: number, startSeconds = 20): ServiceDefinition {
  return {
    name: 'shop',
    environment: 'production',
    command: [process.execPath, 'server.mjs'],
    directory: '.',
    healthPath: '/',
    startSeconds,
    drainSeconds: 2,
    publicPort,
    router: 'embedded',
    env: {},
  };
}
