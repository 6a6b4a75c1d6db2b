/** A gradual way back through a router that is played: shares and counts are real values, the requests are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { returnGradually } from '../../action/failback/return-gradually.ts';
import { buildPlan } from '../../policies/rollout/build-plan.ts';
import type { ReleaseCounters, RoutedInstance, Router } from '../../stacks/local/router/router.ts';
import { presets } from '../../policies/policy-file/presets.ts';
import { failureOf } from '../support/failure-of.ts';
import { countsOf } from '../support/failback/return-figures.ts';
import { runOfTwo } from '../support/run-of-two.ts';

const stable = `sha256:${'b'.repeat(64)}`;
const candidate = `sha256:${'c'.repeat(64)}`;
const plan = buildPlan({
  rollout: '7',
  service: 'shop',
  environment: 'production',
  stable,
  candidate,
  policy: presets.fast,
  hasMigrations: false,
  run: runOfTwo,
});

/** Half a second passes between two looks. */
function play(figures: { perSecond: number; stableErrors: number; share?: number }): {
  router: Router;
  shares: number[];
  nowSeconds: () => number;
} {
  let share = figures.share ?? 10_000;
  let atSeconds = 0;
  const shares: number[] = [];
  const sums = { stable: countsOf(0, 0, 3), candidate: countsOf(0, 0, 3) };
  const add = (sum: typeof sums.stable, requests: number, errors: number): typeof sums.stable =>
    countsOf(sum.requests + requests, sum.errors + errors, 3);
  const unused = (): never => assert.fail('not part of a gradual return');
  const router: Router = {
    settings: {
      kind: 'embedded',
      publicPort: 1,
      directory: '/nowhere',
      healthPath: '/',
      userKey: { header: 'x-user' },
      answerSeconds: 30,
      streamSeconds: 5,
    },
    metricsUrl: '',
    apply: unused,
    setShare(candidateBasisPoints) {
      share = candidateBasisPoints;
      shares.push(share);
      return Promise.resolve();
    },
    shares: () =>
      Promise.resolve({
        stable: { release: stable, ports: [1] },
        candidate: { release: candidate, ports: [2] },
        candidateBasisPoints: share,
        pins: { stable: '', candidate: '' },
      }),
    counters() {
      atSeconds += 0.5;
      const ofCandidate = Math.round((figures.perSecond / 2) * (share / 10_000));
      const ofStable = Math.round((figures.perSecond / 2) * (1 - share / 10_000));
      sums.stable = add(sums.stable, ofStable, Math.round(ofStable * figures.stableErrors));
      sums.candidate = add(sums.candidate, ofCandidate, 0);
      const read = (sum: typeof sums.stable): ReleaseCounters => ({ ...sum, inFlight: 0 });
      return Promise.resolve({
        versions: { [stable]: read(sums.stable), [candidate]: read(sums.candidate) },
      });
    },
    instances(): Promise<RoutedInstance[]> {
      const counters: ReleaseCounters = { ...sums.stable, inFlight: 0 };
      const limit = { port: 1, weight: 100, maxConcurrent: null };
      return Promise.resolve([{ release: stable, port: 1, isUp: true, limit, counters }]);
    },
    waitUntilIdle: unused,
    limitInstance: unused,
    drain: unused,
  };
  return { router, shares, nowSeconds: () => atSeconds };
}

async function run(scene: ReturnType<typeof play>): Promise<unknown> {
  return await returnGradually(scene.router, plan, new AbortController().signal, {
    progress: () => undefined,
    nowSeconds: scene.nowSeconds,
    random: () => 0,
    tickSeconds: 0.001,
  });
}

test('a stable version that does well gets its users back step by step', async () => {
  const scene = play({ perSecond: 400, stableErrors: 0 });
  await run(scene);
  assert.deepEqual(scene.shares, [9500, 9000, 7500, 5000, 2500, 0]);
});

test('it begins where an earlier one was cut short', async () => {
  const scene = play({ perSecond: 400, stableErrors: 0, share: 6000 });
  await run(scene);
  assert.deepEqual(scene.shares, [5000, 2500, 0]);
});

test('without requests there is nothing that could be too much, and it ends', async () => {
  const scene = play({ perSecond: 0, stableErrors: 0 });
  await run(scene);
  assert.equal(scene.shares.at(-1), 0);
});

test('a stable version that fails under its users is given fewer, and in the end that is said', async () => {
  const scene = play({ perSecond: 400, stableErrors: 0.4 });
  const failure = await failureOf(run(scene));
  assert.equal(failure.reasonCode, 'return-held');
  assert.equal(scene.shares.at(-1), 10_000);
  assert.ok(Math.min(...scene.shares) >= 9500, 'never past its first step');
});
