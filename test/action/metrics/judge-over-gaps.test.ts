/**
 * A judge that is asked in short runs with long gaps between: what the router counted while nobody looked is evidence like
 * any other. Each run is a judge of its own over the same files; the router is a fake that keeps counting.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeRollout } from '../../../action/metrics/rollout-judge.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import { presets } from '../../../policies/policy-file/presets.ts';
import { planRollout, type RolloutPlan, type RolloutState } from '../../../policies/rollout/state.ts';
import type { Router } from '../../../stacks/local/router/router.ts';
import { countingRouter } from '../../support/counting-router.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const plan: RolloutPlan = {
  rollout: '1',
  service: 'shop',
  environment: 'production',
  stable: 'sha256:stable',
  candidate: 'sha256:candidate',
  fullCapacity: 1,
  canaryCapacity: 1,
  stepBasisPoints: [5000],
  minSoakSeconds: 5,
  stepDeadlineSeconds: 300,
  bakeSeconds: 30,
};
const canary: RolloutState = { ...planRollout(plan), phase: 'canary', step: 0, sinceSeconds: 0, hold: null };

const hourSeconds = 3600;
/** As often as a short run looks before it leaves the rest to the next one. */
const looks = 20;

/** Requests and errors of the candidate so far, at 10 requests a second; stable has as many requests and no errors. */
type Counted = (atSeconds: number) => { requests: number; errors: number };

function fakeRouter(now: () => number, counted: Counted): Router {
  const versionOf = ({ requests, errors }: ReturnType<Counted>) => ({
    requests,
    errors,
    latency: { boundsMs: [10], counts: [requests], answered: requests },
    inFlight: 0,
  });
  return countingRouter(() => {
    const candidate = counted(now());
    return {
      'sha256:candidate': versionOf(candidate),
      'sha256:stable': versionOf({ ...candidate, errors: 0 }),
    };
  });
}

/** One short run: a judge on the files of the one before, and two looks, a second apart. */
async function shortRun(directory: string, atSeconds: number, counted: Counted): Promise<Judgement> {
  let now = atSeconds;
  const router = fakeRouter(() => now, counted);
  const judge = judgeRollout({
    plan,
    stable: 'sha256:stable',
    policy: presets.fast,
    metrics: [
      {
        name: 'errors',
        kind: 'ratio',
        isCritical: true,
        toleratedRatio: 1.1,
        slack: 0.01,
        source: { from: 'router' },
      },
    ],
    connectRouter: () => Promise.resolve(router),
    sources: [],
    staleSecondsOf: () => presets.fast.noDataSeconds,
    files: { state: join(directory, 'judge.json'), evidence: join(directory, 'evidence.json') },
    nowSeconds: () => now,
    signal: new AbortController().signal,
  });
  judge.begin(canary, now);
  let said = await judge.look(canary, now);
  for (let look = 1; look < looks; look++) {
    now += 1;
    said = await judge.look(canary, now);
    if (said.judgement === 'fail') break;
  }
  return said;
}

const healthy: Counted = (at) => ({ requests: 10 * at, errors: 0 });

const gaps: [what: string, between: Counted, expected: Judgement['judgement']][] = [
  ['a gap of an hour with traffic is no silence, and its traffic counts', healthy, 'pass'],
  [
    'a candidate that went bad between two runs is found by the next one',
    (at) => ({ requests: 10 * at, errors: at > 20 ? 2 * (at - 20) : 0 }),
    'fail',
  ],
  [
    // One burst whose course nobody saw does not prove a rate; it is never forgotten either, and a person is asked.
    'a candidate that was bad only between two runs does not pass',
    (at) => ({ requests: 10 * at, errors: at > 20 ? 2000 : 0 }),
    'inconclusive',
  ],
  [
    'a router that was restarted in the gap has counted anew, and what it counted is taken',
    // Half an hour of everything, one request in five failing.
    (at) =>
      at > 20 ? { requests: 10 * (at - hourSeconds / 2), errors: 2 * (at - hourSeconds / 2) } : healthy(at),
    'fail',
  ],
  [
    'a gap in which nobody came to the candidate is silence',
    (at) => ({ requests: 10 * Math.min(at, 20), errors: 0 }),
    'no-data',
  ],
];

for (const [what, counted, expected] of gaps)
  test(what, async (context) => {
    const directory = temporaryDirectory(context);
    const first = await shortRun(directory, 1, counted);
    assert.notEqual(first.judgement, 'fail');
    const second = await shortRun(directory, hourSeconds, counted);
    assert.equal(second.judgement, expected, second.message);
  });
