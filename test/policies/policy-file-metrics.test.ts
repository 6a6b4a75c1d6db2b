/** `metrics`, `scrape` and `prometheus` in the policy file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { matcherOf } from '../../policies/selector/match-selector.ts';

const server = "prometheus: { url: 'http://127.0.0.1:9090' }";

function load(metrics: string, prometheus = server, scrape = ''): Policy | string[] {
  const text = `version: 1
services:
  shop:
    paths: [shop/**]
    ${scrape}
    metrics:
      - ${metrics}
${prometheus}
`;
  const loaded = loadPolicy(text, 'evenkeel.yml');
  return loaded.ok ? loaded.policy : loaded.problems.map(describeProblem);
}

function metricsOf(metrics: string, scrape = ''): unknown[] {
  const policy = load(metrics, server, scrape);
  assert.ok(!Array.isArray(policy), Array.isArray(policy) ? policy.join() : '');
  return policy.services[0]?.metrics ?? [];
}

/** The faults without the place of the metric, which is the same for all of them. */
function faultsOf(metrics: string, prometheus = server): string[] {
  const faults = load(metrics, prometheus);
  assert.ok(Array.isArray(faults), 'a fault');
  return faults.map((fault) => fault.replace(/^evenkeel.yml:\d+:\d+: /, ''));
}

test('errors and latency come from the router when nothing is said', () => {
  const loaded = loadPolicy('version: 1\nservices: { shop: { paths: [shop/**] } }\n', 'evenkeel.yml');
  assert.ok(loaded.ok);
  assert.deepEqual(
    loaded.policy.services[0]?.metrics.map(({ name, kind, source }) => [name, kind, source]),
    [
      ['errors', 'ratio', { from: 'router' }],
      ['latency', 'latency', { from: 'router' }],
    ],
  );
  assert.equal(loaded.policy.prometheus, null);
});

test('each kind from a server or from the instances themselves; the kind follows from the selectors', () => {
  const margins = { isCritical: true, toleratedRatio: 1.1, slack: 0 };
  const cases: [metric: string, filled: unknown][] = [
    [
      `{ name: checkouts, from: prometheus, bad: 'orders_total{state="lost"}', total: orders_total, slack: 0.5% }`,
      {
        ...margins,
        name: 'checkouts',
        kind: 'ratio',
        slack: 0.005,
        source: {
          from: 'prometheus',
          kind: 'ratio',
          bad: 'orders_total{state="lost"}',
          total: 'orders_total',
        },
      },
    ],
    [
      '{ name: restarts, from: prometheus, count: restarts_total, tolerate: 50% }',
      {
        ...margins,
        name: 'restarts',
        kind: 'rate',
        toleratedRatio: 1.5,
        source: { from: 'prometheus', kind: 'rate', count: 'restarts_total', exposure: null },
      },
    ],
    [
      '{ name: latency, from: scrape, histogram: answer_seconds, slack: 20ms }',
      {
        ...margins,
        name: 'latency',
        kind: 'latency',
        slack: 0.02,
        source: { from: 'scrape', path: '/internal/metrics', kind: 'latency', histogram: 'answer_seconds' },
      },
    ],
    [
      '{ name: memory, from: prometheus, gauge: memory_bytes, critical: true }',
      {
        ...margins,
        name: 'memory',
        kind: 'gauge',
        source: { from: 'prometheus', kind: 'gauge', gauge: 'memory_bytes' },
      },
    ],
  ];
  for (const [metric, filled] of cases)
    assert.deepEqual(metricsOf(metric, 'scrape: { path: /internal/metrics }'), [filled]);
});

test('what a metric lacks, or has too much, is said at its place', () => {
  const at = 'services.shop.metrics.0';
  const cases: [metric: string, fault: string][] = [
    ['{ name: Errors }', `${at}.name: `],
    ['{ name: errors, fom: scrape }', 'unknown key "fom"; did you mean "from"?'],
    ['{ name: lost }', `${at}: its \`kind\` is missing: ratio, rate, latency or gauge`],
    [
      '{ name: lost, kind: ratio }',
      `${at}: the router knows errors and latency only; say where lost comes from`,
    ],
    ['{ name: errors, kind: rate }', `${at}.kind: errors of the router is of kind ratio`],
    ['{ name: errors, bad: a_total }', `${at}.bad: bad is for metrics from prometheus or scrape`],
    ['{ name: errors, from: prometheus, total: a_total }', `${at}: a ratio needs its selector \`bad\``],
    [
      '{ name: errors, from: scrape, bad: a_total, total: b_total, gauge: c }',
      `${at}.gauge: a ratio has no gauge`,
    ],
    [
      `{ name: lost, from: prometheus, count: 'rate(a_total[5m])' }`,
      `${at}.count: it has to be a selector such as name{label="value"}, not an expression`,
    ],
    [
      '{ name: lost, from: prometheus, count: a_total / b_total }',
      `${at}.count: it has to be a selector such as name{label="value"}, not an expression`,
    ],
    [
      `{ name: lost, from: prometheus, count: '{job="shop"}' }`,
      `${at}.count: the selector needs the name of a metric`,
    ],
    [
      '{ name: latency, from: prometheus, histogram: answer_seconds_bucket }',
      `${at}.histogram: name the histogram itself, without _bucket`,
    ],
    [
      `{ name: lost, from: scrape, count: 'a_total{path=~"(?i)cart"}' }`,
      `${at}.count: the regular expression (?i)cart cannot be read; write it without flags`,
    ],
    ['{ name: errors, slack: 5ms }', `${at}.slack: only latency has a slack in time`],
  ];
  for (const [metric, fault] of cases) {
    const [found] = faultsOf(metric);
    assert.equal(found?.slice(0, fault.length), fault);
  }
});

test('the server, with secrets by where they are', () => {
  const metric = '{ name: restarts, from: prometheus, count: restarts_total }';
  const policy = load(
    metric,
    `prometheus:
  url: https://metrics.internal/prometheus/
  label: version
  username: env:METRICS_USER
  password: file:/run/secrets/metrics
  caFile: ops/ca.pem
  scrapeInterval: 30s
  lag: 5s
  minimumCoverage: 90%`,
  );
  assert.ok(!Array.isArray(policy), Array.isArray(policy) ? policy.join() : '');
  assert.deepEqual(policy.prometheus, {
    url: 'https://metrics.internal/prometheus',
    label: 'version',
    authorization: { scheme: 'basic', username: 'env:METRICS_USER', password: 'file:/run/secrets/metrics' },
    caFile: 'ops/ca.pem',
    timeoutSeconds: 10,
    scrapeSeconds: 30,
    lagSeconds: 5,
    minimumCoverage: 0.9,
  });
});

test('a server that is missing, half described, or described with a secret', () => {
  const metric = '{ name: restarts, from: prometheus, count: restarts_total }';
  const cases: [prometheus: string, fault: RegExp][] = [
    ['', /a metric comes from prometheus, but the policy names no server; add `prometheus: \{ url: … \}`$/],
    ['prometheus: { url: metrics.internal }', /^prometheus\.url: /],
    ['prometheus: { url: "http://me:secret@metrics" }', /^prometheus\.url: /],
    ['prometheus: { url: "http://m", token: hunter2 }', /^prometheus\.token: /],
    ['prometheus: { url: "http://m", username: env:ME }', /username and password go together$/],
    [
      'prometheus: { url: "http://m", token: env:T, username: env:ME, password: env:P }',
      /there is a password already$/,
    ],
  ];
  for (const [prometheus, fault] of cases) {
    const [found = ''] = faultsOf(metric, prometheus);
    assert.match(found, fault);
    assert.doesNotMatch(found, /hunter2|secret@/);
  }
});

test('a selector picks series as a server would', () => {
  const series: [name: string, labels: Record<string, string>][] = [
    ['a_total', { code: '200', path: '/' }],
    ['a_total', { code: '503', path: '/x{"y"}' }],
    ['a_total', {}],
    ['b_total', { code: '503' }],
  ];
  const cases: [selector: string, picked: number[]][] = [
    ['a_total', [0, 1, 2]],
    ['a_total{}', [0, 1, 2]],
    ['a_total{code=~"5.."}', [1]],
    // Anchored at both ends, and a label that is not there is empty.
    ['a_total{code!~"5"}', [0, 1, 2]],
    ['a_total{code=""}', [2]],
    ['a_total{code!="200",path!=""}', [1]],
    ['a_total{path="/x{\\"y\\"}"}', [1]],
    [`{__name__=~"a.*|b.*",code='503'}`, [1, 3]],
  ];
  for (const [selector, picked] of cases) {
    const isPicked = matcherOf(selector);
    const found = series.flatMap(([name, labels], index) => (isPicked(name, labels) ? [index] : []));
    assert.deepEqual(found, picked, selector);
  }
});
