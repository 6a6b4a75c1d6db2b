/** What a supervisor starts again has to prove who it is before the router sends anybody there. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { endInstance, startInstance } from '../../stacks/local/instance-process.ts';
import { readStatus, type RunningInstance } from '../../stacks/local/instance-record.ts';
import { defaultUserKey, type Router, type RouterSettings } from '../../stacks/local/router/router.ts';
import { startRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { freePort } from '../support/free-port.ts';
import { serviceForTest, writeTestRelease } from '../support/release-of-service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

interface Scene {
  router: Router;
  running: RunningInstance;
  /** Where the service's program lies. */
  files: string;
}

async function stage(context: TestContext): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const ends: (() => Promise<unknown>)[] = [];
  // One hook, since the order matters: nothing may still write where files are being removed.
  context.after(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(home, { recursive: true, force: true });
  });
  const settings: RouterSettings = {
    kind: 'embedded',
    publicPort: await freePort(),
    directory: join(home, 'router'),
    healthPath: '/',
    userKey: defaultUserKey,
    answerSeconds: 30,
    streamSeconds: 5,
  };
  const release = writeTestRelease(home, 'a', 'honest');
  const { command, healthPath, env } = serviceForTest(0);
  const running = await startInstance(
    {
      name: 'shop-aaaaaaaaaaaa-0',
      release: release.digest,
      command,
      workingDirectory: release.directory,
      directory: join(home, 'instances', 'shop-aaaaaaaaaaaa-0'),
      healthPath,
      startSeconds: 20,
      drainSeconds: 1,
      env,
      router: settings,
    },
    new AbortController().signal,
  );
  ends.push(() => endInstance(running, 0));
  const router = await startRouter(settings);
  ends.push(() => stopRouter(settings));
  await router.apply({
    stable: { release: release.digest, ports: [running.port] },
    candidate: null,
    candidateBasisPoints: 0,
    pins: { stable: '', candidate: '' },
  });
  return { router, running, files: release.directory };
}

async function weightOf({ router, running }: Scene): Promise<number | undefined> {
  return (await router.instances()).find(({ port }) => port === running.port)?.limit.weight;
}

async function crash({ running }: Scene): Promise<void> {
  await fetch(`http://127.0.0.1:${running.port}/crash`).catch(() => null);
}

test('the same release is let in again once it has answered as itself', async (context) => {
  const scene = await stage(context);
  await crash(scene);
  await until('its proof', () => {
    const status = readStatus(scene.running.directory);
    return status?.isProven === true && status.crashes === 1;
  });
  await until('its whole share', async () => (await weightOf(scene)) === 100);
});

test('another build that starts in its place is ended, is said, and nobody meets it', async (context) => {
  const scene = await stage(context);
  const { router, running, files } = scene;
  writeFileSync(
    join(files, 'server.mjs'),
    `import { createServer } from 'node:http';
createServer((request, response) => {
  response.setHeader('x-evenkeel-release', 'sha256:somebody-else');
  response.end('not the one');
}).listen(process.env.PORT, '127.0.0.1');`,
  );
  const answers: string[] = [];
  await crash(scene);
  await until('several starts of it', async () => {
    const answer = await fetch(`http://127.0.0.1:${router.settings.publicPort}/`).catch(() => null);
    if (answer !== null) answers.push(`${answer.status} ${await answer.text()}`);
    return (readStatus(running.directory)?.crashes ?? 0) >= 3;
  });
  assert.match(readStatus(running.directory)?.lastEnd ?? '', /it reports the release sha256:somebody-else/);
  assert.equal(await weightOf(scene), 0);
  assert.deepEqual(
    answers.filter((answer) => answer.includes('not the one')),
    [],
  );
});

test('a port that somebody took meanwhile is not routed to', async (context) => {
  const scene = await stage(context);
  const { running, files, router } = scene;
  // As if the squatter had been quicker: the new start leads to a process that is not of the instance's session.
  writeFileSync(
    join(files, 'server.mjs'),
    `import { spawn } from 'node:child_process';
spawn('setsid', [process.execPath, '-e', "setTimeout(() => process.exit(0), 20000); require('http').createServer((q, r) => r.end('squatter')).listen(process.env.PORT, '127.0.0.1')"], { stdio: 'ignore', detached: true }).unref();
setInterval(() => {}, 1000);`,
  );
  await crash(scene);
  await until('the doubt', () =>
    /is answered by another process/.test(readStatus(running.directory)?.lastEnd ?? ''),
  );
  assert.equal(await weightOf(scene), 0);
  const answer = await fetch(`http://127.0.0.1:${router.settings.publicPort}/`);
  assert.notEqual(await answer.text(), 'squatter');
});

test('a service that hangs on SIGTERM is ended after its drain limit, and that is said', async (context) => {
  const home = temporaryDirectory(context);
  const release = writeTestRelease(home, 'b', 'stubborn');
  const { command, healthPath, env } = serviceForTest(0);
  const running = await startInstance(
    {
      name: 'shop-bbbbbbbbbbbb-0',
      release: release.digest,
      command,
      workingDirectory: release.directory,
      directory: join(home, 'instances', 'shop-bbbbbbbbbbbb-0'),
      healthPath,
      startSeconds: 20,
      drainSeconds: 1,
      env,
    },
    new AbortController().signal,
  );
  assert.equal(await endInstance(running, 1), 'it did not end within 1 s of SIGTERM, and was killed');
});
