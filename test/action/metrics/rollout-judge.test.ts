/**
 * One judge over several sources. Router and sources are fakes that say what a test wants: that the real ones count right
 * is proved in test/stacks, prometheus-source.test.ts and scrape-source.test.ts, and that the deployer acts on what is said
 * here, in scrape-rollout.test.ts.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RolloutJudge } from '../../../action/deployer/drive-rollout.ts';
import { recordEvidence, startEvidence } from '../../../action/metrics/evidence-record.ts';
import type { MetricSource, SourceReading } from '../../../action/metrics/metric-source.ts';
import { judgeRollout, readEvidence } from '../../../action/metrics/rollout-judge.ts';
import type { Judgement } from '../../../policies/judge/judgement.ts';
import type { MetricPolicy } from '../../../policies/policy-file/policy.ts';
import { presets } from '../../../policies/policy-file/presets.ts';
import { planRollout, type RolloutPlan, type RolloutState } from '../../../policies/rollout/state.ts';
import type { Router } from '../../../stacks/local/router/router.ts';
import { countingRouter } from '../../support/counting-router.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const plan: RolloutPlan = {
  rollout: 'r-1',
  service: 'shop',
  environment: 'production',
  stable: `sha256:${'a'.repeat(64)}`,
  candidate: `sha256:${'c'.repeat(64)}`,
  fullCapacity: 1,
  canaryCapacity: 1,
  stepBasisPoints: [5000],
  minSoakSeconds: 5,
  stepDeadlineSeconds: 300,
  bakeSeconds: 30,
};
const canary: RolloutState = { ...planRollout(plan), phase: 'canary', step: 0, sinceSeconds: 0, hold: null };

const settings = { isCritical: true, toleratedRatio: 1.1, slack: 0 };
const errors: MetricPolicy = { ...settings, name: 'errors', kind: 'ratio', source: { from: 'router' } };
const orders: MetricPolicy = {
  ...settings,
  name: 'orders',
  kind: 'ratio',
  source: { from: 'prometheus', kind: 'ratio', bad: 'orders_lost', total: 'orders' },
};
const memory: MetricPolicy = {
  ...settings,
  name: 'memory',
  kind: 'gauge',
  isCritical: false,
  source: { from: 'prometheus', kind: 'gauge', gauge: 'memory_bytes' },
};

/** Counts 100 requests a second of each version; errors of the candidate from a time on, one in five. */
function fakeRouter(now: () => number, brokenFromSeconds = Infinity, liveFromSeconds = 0): Router {
  const countersOf = (errorCount: number, fromSeconds = 0) => {
    const requests = 100 * Math.max(0, now() - fromSeconds);
    const latency = { boundsMs: [10], counts: [requests], answered: requests };
    return { requests, errors: errorCount, latency, inFlight: 0 };
  };
  return countingRouter(() => ({
    [plan.candidate]: countersOf(20 * Math.max(0, now() - brokenFromSeconds), liveFromSeconds),
    [plan.stable ?? '']: countersOf(0),
  }));
}

interface Judged {
  judge: RolloutJudge;
  abort: AbortController;
  /** Looks once a second, up to a time and in it. */
  until(atSeconds: number, state?: RolloutState): Promise<Judgement>;
}

interface Setup {
  metrics: MetricPolicy[];
  sources?: MetricSource[];
  brokenFromSeconds?: number;
  /** The candidate gets nothing before. */
  liveFromSeconds?: number;
  directory: string;
  fromSeconds?: number;
}

function start(context: TestContext, setup: Setup): Judged {
  let now = setup.fromSeconds ?? 0;
  const abort = new AbortController();
  context.after(() => abort.abort());
  const router = fakeRouter(() => now, setup.brokenFromSeconds, setup.liveFromSeconds);
  const judge = judgeRollout({
    plan,
    stable: plan.stable ?? '',
    policy: presets.fast,
    metrics: setup.metrics,
    connectRouter: () => Promise.resolve(router),
    sources: setup.sources ?? [],
    staleSecondsOf: ({ source }) => (source.from === 'router' ? 10 : 40),
    files: filesIn(setup.directory),
    nowSeconds: () => now,
    signal: abort.signal,
  });
  const until = async (atSeconds: number, state = canary): Promise<Judgement> => {
    let said: Judgement;
    do {
      said = await judge.look(state, now);
      // What sources have been asked for is there before the next tick.
      await turn();
    } while (++now <= atSeconds);
    return said;
  };
  return { judge, abort, until };
}

function filesIn(directory: string): { state: string; evidence: string } {
  return { state: join(directory, 'judge.json'), evidence: join(directory, 'rollout', 'evidence.json') };
}

function sourceOf(answer: (atSeconds: number) => SourceReading | null): MetricSource {
  return { look: (atSeconds) => Promise.resolve(answer(atSeconds)) };
}

/** A window every 20 seconds. */
const rarely = (reading: SourceReading): MetricSource =>
  sourceOf((at) => (at > 0 && at % 20 === 0 ? reading : null));

const ordersOf = (candidateLost: number): SourceReading => ({
  candidate: { events: { orders: { events: candidateLost, trials: 1000 } } },
  baseline: { events: { orders: { events: 5, trials: 1000 } } },
  problems: [],
});

test('metrics of the router and of two sources are one judgement; any critical one rolls back', async (context) => {
  const gauge: SourceReading = {
    candidate: { gauges: { memory: [300, 320] } },
    baseline: { gauges: { memory: [300] } },
    problems: [],
  };
  const metrics = [errors, orders, memory];
  const directory = temporaryDirectory(context);
  const well = start(context, { metrics, sources: [rarely(ordersOf(5)), rarely(gauge)], directory });
  const said = await well.until(25);
  assert.deepEqual(
    said.metrics.map(({ name, candidateTrials, baselineTrials }) => [name, candidateTrials, baselineTrials]),
    [
      ['errors', 2500, 2500],
      ['orders', 1000, 1000],
      ['memory', 2, 1],
    ],
  );
  assert.notEqual(said.judgement, 'fail');

  const ill = start(context, {
    metrics,
    sources: [rarely(ordersOf(300)), rarely(gauge)],
    directory: temporaryDirectory(context),
  });
  // A single window could be a burst.
  const failed = await ill.until(85);
  assert.deepEqual([failed.judgement, failed.reasonCode], ['fail', 'worse']);
  assert.match(failed.message, /^worse than stable: orders 30\.0 % of [234],000 requests, stable 0\.5 %/);
});

test('a source that hangs delays no verdict about what the router sees', async (context) => {
  let asked = 0;
  const hangs: MetricSource = {
    look: (_at, signal) => {
      asked++;
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    },
  };
  const directory = temporaryDirectory(context);
  const { until, abort } = start(context, {
    metrics: [errors, orders],
    sources: [hangs],
    brokenFromSeconds: 1,
    directory,
  });
  const said = await until(4);
  assert.equal(said.judgement, 'fail');
  assert.match(said.message, /errors 1\d(\.\d)? % of \d+/);
  assert.equal(asked, 1, 'it has one question at a time');
  abort.abort();
  await turn();
});

test('a source that is down is no data after its limit, and its reason is said from the start', async (context) => {
  const down: SourceReading = {
    candidate: null,
    baseline: null,
    problems: [{ metric: 'orders', message: 'the server cannot be reached (ECONNREFUSED)' }],
  };
  let isUp = false;
  const source = sourceOf((at) => (isUp ? ordersOf(5) : at % 5 === 0 ? down : null));
  const directory = temporaryDirectory(context);
  const { until } = start(context, { metrics: [errors, orders], sources: [source], directory });
  const before = await until(39);
  assert.equal(before.judgement, 'inconclusive');
  assert.match(before.message, /\(orders: the server cannot be reached \(ECONNREFUSED\)\)$/);
  const after = await until(40);
  assert.deepEqual([after.judgement, after.reasonCode], ['no-data', 'no-data']);
  assert.match(after.message, /^not read for too long: orders: .*ECONNREFUSED/);
  isUp = true;
  const again = await until(42);
  assert.notEqual(again.judgement, 'no-data');
  assert.doesNotMatch(again.message, /ECONNREFUSED/);
});

test('a mistake in a source is said, and is no silence', async (context) => {
  const broken: MetricSource = { look: () => Promise.reject(new TypeError('of a programmer')) };
  const directory = temporaryDirectory(context);
  const { until } = start(context, { metrics: [errors, orders], sources: [broken], directory });
  assert.match((await until(2)).message, /\(metrics: their source failed \(TypeError\)\)$/);
});

test('windows rarer than the limit for silence are not silence when nothing comes from the router', async (context) => {
  const directory = temporaryDirectory(context);
  const { until } = start(context, { metrics: [orders], sources: [rarely(ordersOf(5))], directory });
  for (const at of [15, 19, 35]) assert.notEqual((await until(at)).judgement, 'no-data', `at ${at} s`);
  const silent = start(context, { metrics: [orders], directory: temporaryDirectory(context) });
  assert.equal((await silent.until(39)).judgement, 'inconclusive');
  assert.equal((await silent.until(41)).judgement, 'no-data');
});

test('a run that was killed goes on with the evidence and the counters it had', async (context) => {
  const whole = { metrics: [errors], brokenFromSeconds: 6 };
  const straight = start(context, { ...whole, directory: temporaryDirectory(context) });
  const expected = await straight.until(14);
  assert.equal(expected.judgement, 'fail');

  const directory = temporaryDirectory(context);
  const killed = start(context, { ...whole, directory });
  assert.notEqual((await killed.until(5)).judgement, 'fail');
  // Two ticks that nobody looked at: the counters went on meanwhile.
  const resumed = start(context, { ...whole, directory, fromSeconds: 8 });
  const said = await resumed.until(14);
  assert.equal(said.judgement, 'fail');
  const trialsOf = ({ metrics }: Judgement) =>
    metrics.map(({ candidateTrials, candidateRate }) => [candidateTrials, candidateRate]);
  assert.deepEqual(trialsOf(said), trialsOf(expected));
  const evidence = readEvidence(filesIn(directory).evidence);
  assert.deepEqual([evidence?.judgement, evidence?.candidate], ['fail', plan.candidate]);
  assert.equal(evidence?.metrics[0]?.points.at(-1)?.atSeconds, 14);
  assert.deepEqual(evidence.marks, [{ atSeconds: 0, label: '50 % of users' }], 'the step began once');
});

/** The share of the first step is on its way. */
const exposing: RolloutState = {
  ...canary,
  pending: { id: 'e3', name: 'expose', attempt: 1, candidateBasisPoints: 5000, candidateCapacity: 1 },
};

test('a share that takes long to be live is no silence of the candidate; from then on silence and the soak count', async (context) => {
  const slow = { metrics: [errors], directory: temporaryDirectory(context), liveFromSeconds: 60 };
  const { until } = start(context, slow);
  assert.notEqual((await until(60, exposing)).judgement, 'fail');
  const begun = await until(62);
  assert.deepEqual([begun.judgement, begun.reasonCode], ['inconclusive', 'soaking']);
  const evidence = readEvidence(filesIn(slow.directory).evidence);
  assert.deepEqual(evidence?.marks, [{ atSeconds: 61, label: '50 % of users' }]);

  const silent = start(context, {
    ...slow,
    directory: temporaryDirectory(context),
    liveFromSeconds: Infinity,
  });
  assert.notEqual((await silent.until(60, exposing)).judgement, 'fail');
  assert.notEqual((await silent.until(61 + presets.fast.noDataSeconds - 1)).judgement, 'fail');
  const said = await silent.until(61 + presets.fast.noDataSeconds);
  assert.deepEqual([said.judgement, said.reasonCode], ['fail', 'silent-candidate']);
});

test('harm that shows before the share is reported live is harm', async (context) => {
  const broken = { metrics: [errors], directory: temporaryDirectory(context), brokenFromSeconds: 1 };
  const said = await start(context, broken).until(6, exposing);
  assert.deepEqual([said.judgement, said.reasonCode], ['fail', 'worse']);
});

test('the evidence of a long rollout is at most 400 points, spread over all of it', () => {
  const judgementAt = (atSeconds: number): Judgement => ({
    judgement: 'inconclusive',
    reasonCode: 'undecided',
    message: 'too few requests to be sure',
    metrics: [
      {
        ...{ name: 'errors', kind: 'ratio', isCritical: true, judgement: 'inconclusive', isWarning: false },
        ...{ logEvidenceOfHarm: -1, logEvidenceOfSafety: 1, summary: 'errors 1 % of 100' },
        ...{ candidateTrials: 100 * atSeconds, baselineTrials: 0, candidateRate: 0.01, baselineRate: null },
        ratio: { estimate: null, atLeast: null, atMost: null },
      },
    ],
  });
  let evidence = startEvidence({ plan, stable: plan.stable ?? '', policy: presets.fast });
  const lookEverySeconds = 0.25;
  const lastSeconds = 1800;
  for (let at = 0; at <= lastSeconds; at += lookEverySeconds)
    evidence = recordEvidence(evidence, judgementAt(at), at);
  const points = evidence.metrics[0]?.points ?? [];
  const times = points.map(({ atSeconds }) => atSeconds);
  assert.ok(points.length > 200 && points.length <= 400, `${points.length} points`);
  assert.deepEqual([times[0], times.at(-1)], [0, lastSeconds]);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  assert.ok(Math.max(...gaps) <= (4 * lastSeconds) / 400, `${Math.max(...gaps)} s without a point`);
  const { candidate, baseline } = points.at(-1) ?? {};
  assert.ok(candidate != null && candidate.low < 0.01 && candidate.high > 0.01);
  assert.equal(baseline, null, 'nothing was seen of it');
});
