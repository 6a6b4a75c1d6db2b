/**
 * The rehearsed rollback, on a balancer of this process with one fault or none: what is proven, what is measured, and
 * what is said when it is not. The routers and Pulumi are real in `target-conformance` and in whole rollouts.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  rehearse,
  type RehearsalContext,
  type RehearsalOutcome,
} from '../../action/deployer/rehearsal/rehearse.ts';
import { wayOfTarget, type FastWay } from '../../action/deployer/rehearsal/fast-way.ts';
import { exposed } from '../../action/target/target-bench.ts';
import { testService } from '../../action/target/test-service.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { failureOf } from '../support/failure-of.ts';
import { inMemoryTarget, type TargetFault } from '../support/in-memory-target.ts';

const never = new AbortController().signal;

interface Options {
  fault?: TargetFault;
  hasFast?: boolean;
  hasStable?: boolean;
  basisPoints?: number;
  /** Instead of the target's own fast way. */
  way?: FastWay;
}

async function rehearsal(
  context: TestContext,
  { fault, hasFast = true, hasStable = true, basisPoints = 500, way }: Options,
): Promise<{ outcome: RehearsalOutcome; lines: string[] }> {
  const { stack, fast, blue, green, pins, service, asUser } = await inMemoryTarget(context, fault ?? null);
  await stack.apply(exposed({ pins }, blue, null), never);
  const lines: string[] = [];
  const ground: RehearsalContext = {
    plan: {
      stable: hasStable ? blue.digest : null,
      candidate: green.digest,
      stepBasisPoints: [basisPoints],
    },
    healthPath: service.healthPath,
    asUser,
    applyExposure: (exposure, signal) => stack.apply(exposure, signal),
    exposureWith: (share) => exposed({ pins }, blue, green, share),
    connectFastWay: () => Promise.resolve(way ?? (hasFast ? fast : null)),
    probeCandidate: () => Promise.resolve(3),
    progress: (line) => lines.push(line),
  };
  return { outcome: await rehearse(ground, never), lines };
}

test('both ways are tried, met by users and left by them, with nothing dropped', async (context) => {
  const { outcome, lines } = await rehearsal(context, {});
  assert.equal(outcome.isProven, true);
  assert.deepEqual([outcome.takeBack?.path, outcome.byUpdate?.path], ['target-fast', 'target']);
  for (const one of [outcome.takeBack, outcome.byUpdate]) {
    assert.ok(one != null && one.requests > 0);
    assert.ok((one.met ?? 0) > 0, 'it was met before it was taken back');
    assert.ok(one.offMs !== null);
    assert.equal(one.dropped, 0);
  }
  assert.match(
    lines[0] ?? '',
    /^rehearsed: share given and taken back by the target’s fast way in .* 0 of \d+/,
  );
});

test('without a fast way the update is the one that is tried', async (context) => {
  const { outcome } = await rehearsal(context, { hasFast: false });
  assert.deepEqual([outcome.isProven, outcome.takeBack?.path, outcome.byUpdate], [true, 'target', undefined]);
});

test('a first deployment has no version to go back to', async (context) => {
  const { outcome } = await rehearsal(context, { hasStable: false });
  assert.deepEqual(outcome, { isProven: true, probes: 3, takeBack: null });
});

test('dropped requests prove nothing, and are said', async (context) => {
  const { outcome } = await rehearsal(context, { fault: 'drops-at-changes' });
  assert.equal(outcome.isProven, false);
  assert.match(outcome.problem ?? '', /dropped \d+ of \d+ requests; look at the router's or balancer's log/);
});

test('a take-back that fails proves nothing: there is no outcome, and the failure is the rehearsal’s own', async (context) => {
  const fails: FastWay = {
    path: 'router',
    share: () => Promise.resolve(0),
    setShare: () => Promise.reject(effectFailure('router-unreachable', 'no router runs for port 8080', true)),
  };
  const failure = await failureOf(rehearsal(context, { way: fails }));
  assert.equal(failure.reasonCode, 'router-unreachable');
});

test('a share that nobody meets proves nothing', async (context) => {
  const { outcome } = await rehearsal(context, { fault: 'rounds-the-share' });
  assert.equal(outcome.isProven, false);
  assert.match(outcome.problem ?? '', /none of \d+ requests met the candidate at 1 %/);
});

const fasts: [string, () => Promise<void>, () => Promise<unknown>, RegExp][] = [
  [
    'throws',
    () => Promise.reject(new Error('401\nat x')),
    () => Promise.resolve(0),
    /`fast.flip` failed: 401;/,
  ],
  [
    'lies',
    () => Promise.resolve(),
    () => Promise.resolve(500),
    /said it set 0 basis points, and 500 are live/,
  ],
  [
    'returns nonsense',
    () => Promise.resolve(),
    () => Promise.resolve('0'),
    /`fast.read` returned no whole number/,
  ],
];
for (const [what, flip, read, message] of fasts) {
  test(`a fast way that ${what} is one sentence, and is not tried again`, async () => {
    // As a module of somebody's would do it: its types are nobody's promise.
    const way = wayOfTarget({ flip, read: read as () => Promise<number> }, testService(1), '/nowhere');
    const failure = await failureOf(way.setShare(0));
    assert.deepEqual([failure.reasonCode, failure.mayRetry], ['target-flip-failed', false]);
    assert.match(failure.message, message);
    assert.doesNotMatch(failure.message, /\n/);
  });
}
