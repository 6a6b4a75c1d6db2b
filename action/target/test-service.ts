import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release, ServiceDefinition } from '../../stacks/exposure.ts';

/** What a test asks of the small service, beside an ordinary answer. */
export const testPaths = { health: '/healthz', slow: '/slow', die: '/die' } as const;
/** How long a slow answer takes: longer than a promotion that drains nothing, shorter than the drain may last. */
export const slowAnswerMs = 3000;

const source = `import { createServer } from 'node:http';
const release = process.env.EVENKEEL_RELEASE;
const server = createServer((request, response) => {
  if (request.url === '${testPaths.die}') process.exit(9);
  const answer = () => { response.writeHead(200, { 'x-evenkeel-release': release }); response.end(release); };
  if (request.url === '${testPaths.slow}') setTimeout(answer, ${slowAnswerMs});
  else answer();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** Below the release's own: a target has to start the service where the policy says. */
const serviceDirectory = 'service';

/** Writes one release of the small service that a target is tried with; the letter makes its digest readable. */
export function writeTestRelease(directory: string, letter: 'a' | 'b'): Release {
  const files = join(directory, 'releases', letter.repeat(12));
  mkdirSync(join(files, serviceDirectory), { recursive: true });
  writeFileSync(join(files, serviceDirectory, 'server.mjs'), source);
  return {
    digest: `sha256:${letter.repeat(64)}`,
    commit: letter.repeat(40),
    tree: letter.repeat(40),
    directory: files,
  };
}

/** How the small service runs. Its Node is the one that runs this. */
export function testService(publicPort: number): ServiceDefinition {
  return {
    name: 'conformance',
    environment: 'evenkeel-test',
    command: [process.execPath, 'server.mjs'],
    directory: serviceDirectory,
    healthPath: testPaths.health,
    startSeconds: 30,
    drainSeconds: 10,
    publicPort,
    router: 'auto',
    env: {},
  };
}
