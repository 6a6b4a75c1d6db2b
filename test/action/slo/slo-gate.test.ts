/**
 * The error budget before a rollout, as a person meets it: `evenkeel slo` and `evenkeel deploy` in processes of their own,
 * with real releases and a real router. Prometheus is a small server that speaks its API (test/support/prometheus-api.ts):
 * that a real one answers so is proved by prometheus-real.test.ts and not here.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  createShopRepository,
  type Commit,
  type ShopRepository,
} from '../../../action/demo/shop-repository.ts';
import { freePort } from '../../support/free-port.ts';
import { startLoad } from '../../support/load.ts';
import { startPrometheusApi, type PrometheusApi } from '../../support/prometheus-api.ts';
import { runEvenkeel, type CliResult } from '../../support/run-evenkeel.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const openSlo = `apiVersion: openslo/v1
kind: SLO
metadata: { name: shop-availability }
spec:
  service: shop
  indicator:
    spec:
      ratioMetric:
        counter: true
        bad: { metricSource: { type: Prometheus, spec: { query: 'requests_total{code="500"}' } } }
        total: { metricSource: { type: Prometheus, spec: { query: requests_total } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.999 }]
`;

function policyOf(url: string, port: number): string {
  return `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${port}, instances: 1, router: embedded }
    metrics: [{ name: errors, critical: true, slack: 1% }]
    slo: { file: slo/shop.yaml, minimumRemaining: 20% }
prometheus: { url: '${url}' }
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 60s, bake: 1s }
unclaimed: allow
`;
}

const server = (note: string): string => `// ${note}
import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200, { 'x-evenkeel-release': process.env.EVENKEEL_RELEASE });
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

interface Shop {
  prometheus: PrometheusApi;
  repository: ShopRepository;
  port: number;
  evenkeel(args: string[], onProgress?: (stderr: string) => void): Promise<CliResult>;
  /** Commits a version of the service and nothing else. */
  change(note: string): Commit;
  deploy(commit: Commit, onProgress?: (stderr: string) => void): Promise<CliResult>;
}

/** A shop whose counters a test can move: 100 requests a second since long ago, and a share of them bad since a time. */
async function shopOf(context: TestContext): Promise<Shop> {
  const prometheus = await startPrometheusApi(context, healthy());
  // Before the directory goes, which holds what is known of the processes.
  context.after(async () => {
    const down = await evenkeel(['down', '--service', 'shop', '--yes']);
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  });
  const repository = createShopRepository(join(temporaryDirectory(context), 'shop'));
  const port = await freePort();
  repository.commit('policy', {
    'evenkeel.yml': policyOf(prometheus.url, port),
    '.gitignore': '.evenkeel/\n',
    'slo/shop.yaml': openSlo,
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': server('none'),
  });
  const { directory } = repository;
  const evenkeel: Shop['evenkeel'] = (args, onProgress) =>
    runEvenkeel(args, {
      directory,
      env:
        process.env['EVENKEEL_PULUMI'] === undefined
          ? {}
          : { EVENKEEL_PULUMI: process.env['EVENKEEL_PULUMI'] },
      ...(onProgress === undefined ? {} : { onProgress: (stderr) => onProgress(stderr) }),
    });
  return {
    prometheus,
    repository,
    port,
    evenkeel,
    change: (note) => repository.commit(note, { 'shop/server.js': server(note) }),
    deploy: (commit, onProgress) =>
      evenkeel(
        ['deploy', '--json', '--head', commit.sha, '--evidence', repository.writeEvidence(commit, true)],
        onProgress,
      ),
  };
}

function counter(code: string, valueAt: (atSeconds: number) => number): PrometheusApi['series'][number][] {
  const labels = { __name__: 'requests_total', code };
  const both = [{ selector: 'requests_total', labels, valueAt }];
  return code === '500' ? [...both, { selector: 'requests_total{code="500"}', labels, valueAt }] : both;
}

function healthy(): PrometheusApi['series'] {
  return [...counter('200', (at) => 100 * at), ...counter('500', (at) => 0.01 * at)];
}

/** One in fifty requests fails since half an hour: a burn rate of 20 over the last hour would need 2 % of all. */
function burning(): PrometheusApi['series'] {
  const since = Date.now() / 1000 - 3600;
  return [...counter('200', (at) => 100 * at), ...counter('500', (at) => Math.max(0, at - since) * 3)];
}

interface Answer {
  decision: string;
  reasonCode: string;
  result: {
    slo?: Record<string, unknown> | null;
    services?: Record<string, unknown>[];
    phase?: string;
    message?: string;
  };
}

/** Our own command's versioned output. */
function answerOf({ stdout }: CliResult): Answer {
  return JSON.parse(stdout) as Answer;
}

test('slo shows the budget, the burn rates and that a rollout would start', async (context) => {
  const { evenkeel, prometheus } = await shopOf(context);
  const shown = await evenkeel(['slo']);
  assert.equal(shown.exitCode, 0, shown.stderr);
  const lines = shown.stdout.split('\n').map((line) => line.trim());
  assert.equal(lines[0], 'shop: a rollout would start');
  assert.match(
    lines[1] ?? '',
    /^shop-availability has 90 % of its error budget of 30 d left, no page is firing/,
  );
  assert.ok(
    lines.some((line) => /^30 d {2}burn rate 0.1 \(2592\d bad of 2592\d{5}\)$/.test(line)),
    shown.stdout,
  );
  assert.ok(lines.some((line) => /^5 min {2}burn rate 0.1 /.test(line)));
  const json = answerOf(await evenkeel(['slo', '--service', 'shop', '--json']));
  assert.deepEqual([json.decision, json.reasonCode], ['start', 'within-budget']);
  assert.equal(json.result.services?.[0]?.['service'], 'shop');
  assert.ok(prometheus.requests.every(({ path }) => path === '/api/v1/query_range'));
});

test('slo holds with 3 and the reason: burning, spent, not known', async (context) => {
  const { evenkeel, prometheus } = await shopOf(context);
  const held = async (): Promise<string> => {
    const shown = await evenkeel(['slo', '--json']);
    assert.equal(shown.exitCode, 3, shown.stdout);
    return answerOf(shown).reasonCode;
  };
  prometheus.series = burning();
  assert.equal(await held(), 'burning');
  prometheus.series = [...counter('200', (at) => 100 * at), ...counter('500', (at) => 0.09 * at)];
  assert.equal(await held(), 'budget-spent');
  prometheus.series = healthy();
  prometheus.warnings = ['a store could not be asked'];
  assert.equal(await held(), 'no-slo-data');
  prometheus.warnings = [];
  prometheus.series = [];
  const shown = await evenkeel(['slo']);
  assert.match(
    shown.stdout,
    /the last 30 d are not known \(no series matches requests_total\), so no rollout starts/,
  );
});

test('an SLO that cannot be used, or is not there, is one sentence with its place', async (context) => {
  const { evenkeel, repository } = await shopOf(context);
  repository.commit('wrong', { 'slo/shop.yaml': openSlo.replace('Occurrences', 'Timeslices') });
  const wrong = await evenkeel(['slo']);
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.stderr, /slo\/shop.yaml:\d+:20: spec.budgetingMethod: it must be Occurrences/);
  const unknown = await evenkeel(['slo', '--service', 'shpo']);
  assert.deepEqual([unknown.exitCode, /did you mean shop\?/.test(unknown.stderr)], [2, true]);
});

test('deploy asks before it starts and before each step, and nothing that goes back asks at all', async (context) => {
  const { evenkeel, prometheus, change, deploy, port } = await shopOf(context);
  const asked = (): number => prometheus.requests.length;
  const first = change('one');
  const started = await deploy(first);
  assert.equal(started.exitCode, 0, started.stderr);
  assert.match(started.stderr, /error budget: not asked, since nothing is deployed from here yet/);
  assert.equal(asked(), 0);

  prometheus.series = burning();
  const second = change('two');
  const held = await deploy(second);
  assert.equal(held.exitCode, 3, held.stderr);
  const { decision, reasonCode, result } = answerOf(held);
  assert.deepEqual([decision, reasonCode, result.slo?.['decision']], ['held', 'burning', 'held']);
  assert.doesNotMatch(held.stderr, /prepare/, 'no candidate was started');

  prometheus.series = healthy();
  const load = startLoad(`http://127.0.0.1:${port}`, 2, { keyed: true });
  try {
    const settled = await deploy(second, (stderr) => {
      // It burns while half of the users are on the candidate, and stops once that has held the next step.
      if (/gates: .*burning its error budget/.test(stderr)) prometheus.series = healthy();
      else if (/canary 1\/1: 50 %/.test(stderr)) prometheus.series = burning();
    });
    assert.equal(settled.exitCode, 0, settled.stderr);
    assert.match(settled.stderr, /held before scale, with 50 % of users .*burning its error budget/);
    assert.equal(answerOf(settled).result.slo?.['reasonCode'], 'within-budget');

    // The budget is gone while the next one is under way: whoever wants to go back, goes back.
    let isBurning = false;
    const rollbacks: Promise<CliResult>[] = [];
    const third = change('three');
    const rolledBack = await deploy(third, (stderr) => {
      if (isBurning || !/canary 1\/1: 50 %/.test(stderr)) return;
      isBurning = true;
      prometheus.series = burning();
      rollbacks.push(evenkeel(['rollback', '--json']));
    });
    assert.equal(rolledBack.exitCode, 1, rolledBack.stderr);
    assert.deepEqual(
      (await Promise.all(rollbacks)).map(({ exitCode }) => exitCode),
      [0],
    );

    const askedBefore = asked();
    const wayBack = await deploy(first);
    assert.equal(wayBack.exitCode, 0, wayBack.stderr);
    assert.match(wayBack.stderr, /error budget: not asked, since this commit has served everybody before/);
    assert.equal(asked(), askedBefore);
  } finally {
    await load.stop();
  }

  const log = await evenkeel(['audit', 'list', '--limit', '1000']);
  const decided = log.stdout
    .split('\n')
    .flatMap((line) => /slo\.decided\s+slo-gate\s+([a-z-]+)/.exec(line)?.[1] ?? []);
  assert.deepEqual(decided, ['not-asked', 'held', 'start', 'start', 'not-asked']);
  assert.equal((await evenkeel(['audit', 'verify'])).exitCode, 0);
});

test('check tells of an SLO that could not be used once it has landed', async (context) => {
  const { evenkeel, repository } = await shopOf(context);
  repository.commit('wrong', { 'slo/shop.yaml': openSlo.replace('30d', '1M') });
  const wrong = await evenkeel(['check', '--base', 'HEAD^']);
  assert.equal(wrong.exitCode, 1, wrong.stderr);
  assert.match(wrong.stdout, /slo\/shop.yaml:12:\d+.*"1M" is not a duration/);
  repository.commit('right', { 'slo/shop.yaml': openSlo });
  const right = await evenkeel(['check', '--base', 'HEAD^']);
  assert.doesNotMatch(right.stdout, /slo\/shop.yaml:/);
});
