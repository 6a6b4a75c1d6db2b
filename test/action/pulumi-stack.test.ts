/**
 * A target's stack through the real Pulumi CLI: the whole way of a candidate, and everything that can interrupt it.
 * Processes, router and traffic are real.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';
import { openStack, type StackDriver } from '../../action/deployer/pulumi/stack-driver.ts';
import type { Exposure, Release } from '../../stacks/exposure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import { readStatus } from '../../stacks/local/instance-record.ts';
import { startOfProcess } from '../../stacks/local/process-table.ts';
import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import { connectRouter, stopRouter } from '../../stacks/local/router/start-router.ts';
import { recordedProcesses } from '../../stacks/provider/process-record.ts';
import { failureOf } from '../support/failure-of.ts';
import { freePort } from '../support/free-port.ts';
import { serviceForTest, writeTestRelease } from '../support/release-of-service.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal: never });
const pins = { stable: 'pin-of-stable', candidate: 'pin-of-candidate' };

interface Bench {
  stack: StackDriver;
  directory: string;
  stateDirectory: string;
  publicPort: number;
  progress: string[];
  instanceDirectory(release: Release): string;
  router: ReturnType<typeof routerSettingsOf>;
}

async function openBench(context: TestContext, startSeconds?: number): Promise<Bench> {
  // Hooks run in the order they were asked for, and the directory has to outlive what runs in it.
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  const stateDirectory = join(directory, '.evenkeel');
  const publicPort = await freePort();
  const service = serviceForTest(publicPort, startSeconds);
  const progress: string[] = [];
  const stack = await openStack({
    pulumiPath: pulumi.path,
    stateDirectory,
    environment: 'production',
    service,
    target: await loadTarget('local', directory),
    env: {},
    progress: (line) => progress.push(line),
  });
  const router = routerSettingsOf(service, stateDirectory, {});
  context.after(async () => {
    await stack.destroy();
    await stopRouter(router);
    rmSync(directory, { recursive: true, force: true });
  });
  const instanceDirectory = (release: Release): string =>
    join(stateDirectory, 'run/shop-production/instances', `shop-${release.digest.slice(7, 19)}-0`);
  return { stack, directory, stateDirectory, publicPort, progress, instanceDirectory, router };
}

function exposed(stable: Release | null, candidate: Release | null, candidateBasisPoints = 0): Exposure {
  return { stable, candidate, candidateBasisPoints, capacity: { stable: 1, candidate: 1 }, pins };
}

async function releaseThatAnswers(port: number, pin?: string): Promise<string> {
  const response = await fetch(
    `http://127.0.0.1:${port}/`,
    pin ? { headers: { 'x-evenkeel-pin': pin } } : {},
  );
  return await response.text();
}

function serviceProcess(bench: Bench, release: Release): number {
  const processId = readStatus(bench.instanceDirectory(release))?.processId;
  assert.ok(typeof processId === 'number');
  return processId;
}

test('a candidate comes, takes a share, is promoted, and the one before it is drained', async (context) => {
  const bench = await openBench(context);
  const { stack, publicPort } = bench;
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  const green = writeTestRelease(bench.directory, 'b', 'honest');

  assert.deepEqual(await stack.preview(exposed(blue, null)), { create: 4 });
  assert.equal(await releaseThatAnswers(publicPort).catch(() => null), null, 'a preview does nothing');

  const first = await stack.apply(exposed(blue, null), never);
  assert.equal(first.public, `http://127.0.0.1:${publicPort}`);
  assert.deepEqual([first.stable.length, first.candidate.length], [1, 0]);
  assert.equal(await releaseThatAnswers(publicPort), blue.digest);
  const blueProcess = serviceProcess(bench, blue);

  const both = await stack.apply(exposed(blue, green), never);
  assert.equal(both.candidate.length, 1);
  assert.equal(await releaseThatAnswers(publicPort), blue.digest);
  assert.equal(await releaseThatAnswers(publicPort, pins.candidate), green.digest);
  assert.match(await (await fetch(both.metrics)).text(), /requests_total/);

  await stack.apply(exposed(blue, green, 2500), never);
  const router = await connectRouter(bench.router);
  assert.equal((await router.shares()).candidateBasisPoints, 2500);

  // An emergency flips the router behind Pulumi's back; the same exposure again puts it right.
  await router.setShare(0);
  assert.deepEqual(await stack.refresh(), [
    { name: 'shares', type: 'evenkeel:local:Shares', change: 'changed' },
  ]);
  await stack.apply(exposed(blue, green, 2500), never);
  assert.equal((await router.shares()).candidateBasisPoints, 2500);

  // A request that blue is still working on when green takes over is answered by blue.
  await stack.apply(exposed(blue, green, 0), never);
  const slow = fetch(`http://127.0.0.1:${publicPort}/?delayMs=1200`).then((response) => response.text());
  await until('the slow request', async () => {
    const counters = await router.counters();
    return (counters.versions[blue.digest]?.inFlight ?? 0) > 0;
  });
  const greenProcess = serviceProcess(bench, green);
  await stack.apply(exposed(green, null), never);
  assert.equal(await slow, blue.digest);
  assert.equal(await releaseThatAnswers(publicPort), green.digest);
  assert.equal(startOfProcess(blueProcess), null, 'blue is gone');
  assert.equal(serviceProcess(bench, green), greenProcess, 'green was promoted, not started again');
  assert.deepEqual(await stack.refresh(), []);
});

test('a candidate that never becomes healthy leaves nothing behind, and stable where it was', async (context) => {
  const bench = await openBench(context);
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  const broken = writeTestRelease(bench.directory, 'c', 'crashing');
  await bench.stack.apply(exposed(blue, null), never);
  const failure = await failureOf(bench.stack.apply(exposed(blue, broken), never));
  assert.deepEqual(
    [failure.kind, failure.reasonCode, failure.mayRetry],
    ['input', 'candidate-not-healthy', false],
  );
  assert.match(failure.message, /^shop-cccccccccccc-0 did not become healthy .*cannot open the database$/);
  assert.doesNotMatch(failure.message, /\n|pulumi|grpc/i);
  assert.equal(await releaseThatAnswers(bench.publicPort), blue.digest);
  const last = readStatus(bench.instanceDirectory(broken))?.processId ?? null;
  assert.ok(last === null || startOfProcess(last) === null);
  // The way on is not barred.
  const green = writeTestRelease(bench.directory, 'b', 'honest');
  await bench.stack.apply(exposed(blue, green), never);
  assert.equal(await releaseThatAnswers(bench.publicPort, pins.candidate), green.digest);
});

test('an update that is called off ends what it was starting', async (context) => {
  const bench = await openBench(context);
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  const slow = writeTestRelease(bench.directory, 'd', 'slow-to-start');
  await bench.stack.apply(exposed(blue, null), never);
  const abort = new AbortController();
  const update = failureOf(bench.stack.apply(exposed(blue, slow), abort.signal));
  await until('the candidate’s process', () => {
    return typeof readStatus(bench.instanceDirectory(slow))?.processId === 'number';
  });
  const started = serviceProcess(bench, slow);
  abort.abort();
  assert.equal((await update).reasonCode, 'interrupted');
  assert.equal(startOfProcess(started), null);
  assert.equal(
    (await failureOf(bench.stack.apply(exposed(blue, null), abort.signal))).reasonCode,
    'interrupted',
  );
  await bench.stack.apply(exposed(blue, null), never);
  assert.equal(await releaseThatAnswers(bench.publicPort), blue.digest);
});

test('the CLI killed in mid-update: its candidate is ended, and the next update takes over', async (context) => {
  const bench = await openBench(context);
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  const slow = writeTestRelease(bench.directory, 'd', 'slow-to-start');
  await bench.stack.apply(exposed(blue, null), never);
  const update = failureOf(bench.stack.apply(exposed(blue, slow), never));
  await until('the candidate’s process', () => {
    return typeof readStatus(bench.instanceDirectory(slow))?.processId === 'number';
  });
  const started = serviceProcess(bench, slow);
  process.kill(updateProcess(bench), 'SIGKILL');
  assert.equal((await update).reasonCode, 'target-failed');
  await until('the end of what it was starting', () => startOfProcess(started) === null);
  assert.equal(await releaseThatAnswers(bench.publicPort), blue.digest);

  const green = writeTestRelease(bench.directory, 'b', 'honest');
  await bench.stack.apply(exposed(blue, green, 1000), never);
  assert.match(bench.progress.join('\n'), /taking it over/);
  assert.equal(await releaseThatAnswers(bench.publicPort, pins.candidate), green.digest);
  assert.equal(stateOf(bench).includes('pending_operations'), false, 'nothing is left to wonder about');
});

test('an instance and a router that died are drift, and the next update brings them back', async (context) => {
  const bench = await openBench(context);
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  await bench.stack.apply(exposed(blue, null), never);
  const running: unknown = JSON.parse(
    readFileSync(join(bench.instanceDirectory(blue), 'running.json'), 'utf8'),
  );
  assert.ok(typeof running === 'object' && running !== null && 'supervisor' in running);
  process.kill(-Number(running.supervisor), 'SIGKILL');
  await stopRouter(bench.router);
  const drift = await bench.stack.refresh();
  assert.deepEqual(drift.map(({ name, change }) => `${name} ${change}`).sort(), [
    'router gone',
    'shares gone',
    'shop-aaaaaaaaaaaa-0 gone',
  ]);
  await bench.stack.apply(exposed(blue, null), never);
  assert.equal(await releaseThatAnswers(bench.publicPort), blue.digest);
});

test('the pins are in the state only encrypted, and the passphrase is private', async (context) => {
  const bench = await openBench(context);
  const blue = writeTestRelease(bench.directory, 'a', 'honest');
  await bench.stack.apply(exposed(blue, null), never);
  const state = stateOf(bench);
  assert.match(state, /"ciphertext"/);
  assert.doesNotMatch(state, /pin-of-stable|pin-of-candidate/);
});

/** The CLI's process of the update under way on this bench. */
function updateProcess(bench: Bench): number {
  const found = recordedProcesses(join(bench.stateDirectory, 'run/shop-production/pulumi'));
  const cli = found.find(({ role }) => role === 'cli');
  assert.ok(cli !== undefined, 'the CLI runs');
  return cli.processId;
}

function stateOf(bench: Bench): string {
  const stacks = join(bench.stateDirectory, 'pulumi/state/.pulumi/stacks');
  const file = readdirSync(stacks, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('production.json'),
  );
  assert.ok(file !== undefined);
  return readFileSync(join(stacks, file), 'utf8');
}
