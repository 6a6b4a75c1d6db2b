/** One instance of a service as a real process: it counts as started only when it is healthy and is itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { waitUntilReady } from '../../stacks/local/instance-health.ts';
import { endInstance, isAlive, startInstance } from '../../stacks/local/instance-process.ts';
import { readStatus, type InstanceSettings } from '../../stacks/local/instance-record.ts';
import { startOfProcess } from '../../stacks/local/process-table.ts';
import { environmentOfService } from '../../stacks/local/service-environment.ts';
import { failureOf } from '../support/failure-of.ts';
import { serviceForTest, writeTestRelease, type Behaviour } from '../support/release-of-service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;

function wanted(
  context: TestContext,
  behaviour: Behaviour,
  startSeconds = 20,
): Omit<InstanceSettings, 'port'> {
  const directory = temporaryDirectory(context);
  const release = writeTestRelease(directory, 'a', behaviour);
  const { command, healthPath, drainSeconds, env } = serviceForTest(0);
  return {
    name: 'shop-aaaaaaaaaaaa-0',
    release: release.digest,
    command,
    workingDirectory: release.directory,
    directory: join(directory, 'run'),
    healthPath,
    startSeconds,
    drainSeconds,
    env,
  };
}

/** The service's own process, as its supervisor knows it. */
function serviceProcess(directory: string): number {
  const processId = readStatus(directory)?.processId;
  assert.ok(typeof processId === 'number');
  return processId;
}

for (const behaviour of ['honest', 'silent'] as const) {
  test(`an instance that is ${behaviour} about its release is started, found alive, and ended`, async (context) => {
    const settings = wanted(context, behaviour);
    const running = await startInstance(settings, never);
    context.after(() => endInstance(running, 0));
    const service = serviceProcess(settings.directory);
    assert.equal((await fetch(`http://127.0.0.1:${running.port}/`)).status, 200);
    assert.equal(isAlive(running), true);
    await endInstance(running, 2);
    assert.equal(isAlive(running), false);
    assert.equal(startOfProcess(service), null);
  });
}

test('a service that does not end when asked to is ended all the same', async (context) => {
  const settings = wanted(context, 'stubborn');
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  const service = serviceProcess(settings.directory);
  await endInstance(running, 0.3);
  assert.equal(startOfProcess(service), null);
});

test('a service that crashes is started again, and the crash is counted', async (context) => {
  const settings = wanted(context, 'honest');
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  const first = serviceProcess(settings.directory);
  await fetch(`http://127.0.0.1:${running.port}/crash`).catch(() => null);
  await until('the restart', async () => {
    const answer = await fetch(`http://127.0.0.1:${running.port}/`).catch(() => null);
    return answer?.status === 200;
  });
  assert.notEqual(serviceProcess(settings.directory), first);
  assert.equal(readStatus(settings.directory)?.crashes, 1);
  assert.equal(readStatus(settings.directory)?.lastEnd, 'it ended with exit code 7');
});

const unhealthy: [Behaviour, RegExp][] = [
  [
    'crashing',
    /it ended 3 times \(it ended with exit code 3\); the last it printed: cannot open the database/,
  ],
  ['unhealthy', /\/ answers 503; it printed nothing/],
  ['slow-to-start', /nothing answered at port \d+/],
  ['impostor', /reports the release sha256:somebody-else in x-evenkeel-release instead of its own/],
];
for (const [behaviour, message] of unhealthy) {
  test(`an instance that is ${behaviour} does not count as started, and leaves nothing behind`, async (context) => {
    const settings = wanted(context, behaviour, 3);
    const failure = await failureOf(startInstance(settings, never));
    assert.equal(failure.reasonCode, 'candidate-not-healthy');
    assert.match(failure.message, message);
    const last = readStatus(settings.directory)?.processId ?? null;
    assert.ok(last === null || startOfProcess(last) === null, 'its process is gone');
  });
}

test('another process that answers on the port is not taken for the instance', async (context) => {
  const settings = wanted(context, 'slow-to-start');
  const squatter = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  context.after(() => squatter.close());
  const address = squatter.address();
  assert.ok(typeof address === 'object' && address !== null);
  // As if the squatter had come between picking the port and listening on it.
  const supervisor = process.ppid;
  const problem = await waitUntilReady(
    { ...settings, port: address.port },
    { directory: settings.directory, port: address.port, supervisor, supervisorStart: '' },
    never,
  );
  assert.deepEqual(problem, {
    message: `port ${address.port} is answered by another process`,
    isPortTaken: true,
  });
});

test('a start that is called off leaves nothing behind', async (context) => {
  const settings = wanted(context, 'slow-to-start');
  const abort = new AbortController();
  const start = failureOf(startInstance(settings, abort.signal));
  await until('the service’s process', () => typeof readStatus(settings.directory)?.processId === 'number');
  const service = serviceProcess(settings.directory);
  abort.abort();
  assert.equal((await start).reasonCode, 'interrupted');
  assert.equal(startOfProcess(service), null);
});

test('what a killed tool had started under the same name is ended by the next start', async (context) => {
  const settings = wanted(context, 'honest');
  const lost = await startInstance(settings, never);
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  assert.equal(isAlive(lost), false);
  assert.equal(isAlive(running), true);
});

test('a service whose supervisor was killed does not outlive its end', async (context) => {
  const settings = wanted(context, 'honest');
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  const service = serviceProcess(settings.directory);
  process.kill(running.supervisor, 'SIGKILL');
  await until('the supervisor’s end', () => !isAlive(running));
  assert.notEqual(startOfProcess(service), null);
  await endInstance(running, 2);
  assert.equal(startOfProcess(service), null);
});

test('a process that merely has the id of an instance is never ended', async (context) => {
  const bystander = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  context.after(() => bystander.kill('SIGKILL'));
  assert.ok(bystander.pid !== undefined);
  const directory = temporaryDirectory(context);
  await endInstance({ directory, port: 1, supervisor: bystander.pid, supervisorStart: '1' }, 0);
  assert.notEqual(startOfProcess(bystander.pid), null);
});

test('the deployer’s secrets do not reach a service; its own environment does', async (context) => {
  const tokens = { INPUT_TOKEN: 'x', GITHUB_TOKEN: 'x', PULUMI_CONFIG_PASSPHRASE: 'x', EVENKEEL_PULUMI: 'x' };
  assert.deepEqual(environmentOfService({ ...tokens, DATABASE_URL: 'db', PATH: '/bin' }), {
    DATABASE_URL: 'db',
    PATH: '/bin',
  });
  const settings = { ...wanted(context, 'honest'), env: { COLOUR: 'green' } };
  process.env['PULUMI_CONFIG_PASSPHRASE'] = 'not for services';
  context.after(() => delete process.env['PULUMI_CONFIG_PASSPHRASE']);
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  const text = await (await fetch(`http://127.0.0.1:${running.port}/environment`)).text();
  assert.match(text, /"COLOUR":"green"/);
  assert.doesNotMatch(text, /not for services/);
});

test('a release without the service’s directory is an input error that says so', async (context) => {
  const settings = { ...wanted(context, 'honest'), workingDirectory: '/nowhere/at/all' };
  const failure = await failureOf(startInstance(settings, never));
  assert.deepEqual([failure.kind, failure.reasonCode], ['input', 'directory-missing']);
  assert.match(failure.message, /\/nowhere\/at\/all/);
});

test('its files are private', async (context) => {
  const settings = wanted(context, 'honest');
  const running = await startInstance(settings, never);
  context.after(() => endInstance(running, 0));
  assert.equal(statSync(settings.directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(settings.directory, 'settings.json')).mode & 0o777, 0o600);
  assert.match(readFileSync(join(settings.directory, 'settings.json'), 'utf8'), /shop-aaaaaaaaaaaa-0/);
});
