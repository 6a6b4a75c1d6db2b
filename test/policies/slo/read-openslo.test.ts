import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSloFault, readOpenSlo } from '../../../policies/slo/read-openslo.ts';
import { readSelector } from '../../../policies/selector/read-selector.ts';

const slo = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop-availability
  displayName: Orders are answered
spec:
  description: What customers were promised.
  service: shop
  indicator:
    metadata: { name: answered }
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec: { query: 'requests_total{job="shop",code=~"5.."}' }
        total:
          metricSource:
            type: Prometheus
            spec: { query: requests_total }
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: answered
      target: 0.999
`;

const sli = `---
apiVersion: openslo/v1
kind: SLI
metadata: { name: answered }
spec:
  ratioMetric:
    counter: true
    good: { metricSource: { type: prometheus, spec: { query: good_total } } }
    total: { metricSource: { type: prometheus, spec: { query: requests_total } } }
`;

function faultsOf(text: string): string[] {
  const read = readOpenSlo('slo/shop.yaml', text);
  return read.ok ? [] : read.faults.map((fault) => describeSloFault('slo/shop.yaml', fault));
}

/** The document with one passage put in another's place, which has to be there. */
function changed(from: string | RegExp, to: string): string {
  const text = slo.replace(from, to);
  assert.notEqual(text, slo);
  return text;
}

test('an SLO with its indicator inside', () => {
  assert.deepEqual(readOpenSlo('slo/shop.yaml', slo), {
    ok: true,
    slo: {
      name: 'shop-availability',
      objective: 0.999,
      windowSeconds: 2_592_000,
      indicator: {
        total: 'requests_total',
        part: 'bad',
        selector: 'requests_total{job="shop",code=~"5.."}',
      },
    },
  });
});

test('an SLO that refers to an SLI of the same file, wherever that stands', () => {
  const inline = / {2}indicator:[\s\S]*?(?= {2}timeWindow)/;
  const referring = changed(inline, '  indicatorRef: answered\n');
  for (const text of [`${referring}${sli}`, `${sli}---\n${referring}`]) {
    const read = readOpenSlo('slo/shop.yaml', text);
    assert.deepEqual(read.ok && read.slo.indicator, {
      total: 'requests_total',
      part: 'good',
      selector: 'good_total',
    });
  }
  assert.deepEqual(
    faultsOf(`${referring.replace('indicatorRef: answered', 'indicatorRef: answerd')}${sli}`),
    [
      'slo/shop.yaml:9:17: spec.indicatorRef: the file has no SLI with the name "answerd"; did you mean "answered"?',
    ],
  );
});

test('the same in JSON, with targetPercent and weeks', () => {
  const source = (query: string): object => ({ metricSource: { type: 'Prometheus', spec: { query } } });
  const document = {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name: 'shop' },
    spec: {
      indicator: {
        spec: { ratioMetric: { counter: true, good: source('good_total'), total: source('all_total') } },
      },
      timeWindow: [{ duration: '4w', isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ targetPercent: 99.5 }],
    },
  };
  const read = readOpenSlo('slo/shop.json', JSON.stringify(document));
  assert.ok(read.ok);
  assert.deepEqual([read.slo.objective, read.slo.windowSeconds], [0.995, 2_419_200]);
});

test('everything else is a fault at its place', () => {
  const at = 'slo/shop.yaml:';
  const cases: [from: string | RegExp, to: string, fault: string][] = [
    ['openslo/v1', 'openslo/v1alpha', '1:13: apiVersion: it must be openslo/v1, and is "openslo/v1alpha"'],
    [
      'kind: SLO',
      'kind: Service',
      '2:7: kind: "Service" is not read here; a file has one SLO, and the SLI it refers to',
    ],
    ['name: shop-availability', 'labels: {}', '4:3: metadata.name: it must be a text, and is missing'],
    ['Occurrences', 'Timeslices', '25:20: spec.budgetingMethod: it must be Occurrences, and is "Timeslices"'],
    [
      '      isRolling: true',
      '      calendar: {}\n      isRolling: true',
      '24:7: the key "calendar" is not read here; read are: duration, isRolling',
    ],
    [
      'isRolling: true',
      'isRolling: false',
      '24:18: spec.timeWindow.0.isRolling: it must be true, since only rolling windows are read, and is false',
    ],
    [
      'duration: 30d',
      'duration: 1M',
      '23:17: spec.timeWindow.0.duration: "1M" is not a duration in minutes, hours, days or weeks, such as 30d or 4w',
    ],
    [
      'target: 0.999',
      'target: 1',
      '28:15: spec.objectives.0.target: it must be a number between 0 and 1, and is 1; at 1 there is no error budget',
    ],
    ['target: 0.999', 'targt: 0.999', '28:7: the key "targt" is not read here; did you mean "target"?'],
    [
      'target: 0.999',
      'target: 0.999\n    - target: 0.99',
      '27:5: spec.objectives: it must be a list of exactly one: an objective, such as [{ target: 0.999 }], and there are 2',
    ],
    [
      'counter: true',
      'counter: false',
      '13:18: spec.indicator.spec.ratioMetric.counter: it must be true, since only counters can be summed up over a window, and is false',
    ],
    [
      'ratioMetric:',
      'thresholdMetric:',
      '12:7: the key "thresholdMetric" is not read here; read are: description, ratioMetric',
    ],
    [
      'type: Prometheus',
      'type: Datadog',
      '16:19: spec.indicator.spec.ratioMetric.bad.metricSource.type: it must be Prometheus, and is "Datadog"',
    ],
    [
      'type: Prometheus',
      'metricSourceRef: main\n            type: Prometheus',
      '16:13: the key "metricSourceRef" is not read here; read are: type, spec',
    ],
    [
      'query: requests_total',
      'query: sum(requests_total)',
      '21:28: spec.indicator.spec.ratioMetric.total.metricSource.spec.query: "sum(requests_total)" is not a selector of series; name a raw counter, such as requests_total{code=~"5.."}, without functions, ranges or sums',
    ],
    [
      '  service: shop',
      '  alertPolicies: []',
      '8:3: the key "alertPolicies" is not read here; read are: description, service, indicator, indicatorRef, timeWindow, budgetingMethod, objectives',
    ],
    [
      '  service: shop',
      '  indicatorRef: answered',
      '7:3: spec: one of `indicator` and `indicatorRef` is needed, and both are there',
    ],
  ];
  for (const [from, to, fault] of cases) {
    const faults = faultsOf(changed(from, to));
    assert.ok(faults.includes(`${at}${fault}`), `${to}\n${faults.join('\n')}`);
  }
});

test('two SLOs, none, broken YAML, a key twice and no text at all', () => {
  assert.match(faultsOf(`${slo}---\n${slo}`).join(), /^slo\/shop.yaml:30:1: the file has a second SLO/);
  assert.deepEqual(faultsOf(sli), ['slo/shop.yaml:2:1: the file has no document with `kind: SLO`']);
  assert.match(faultsOf('spec: [').join(), /^slo\/shop.yaml:1:/);
  assert.match(faultsOf(`${slo}spec: {}\n`).join(), /spec/);
  assert.deepEqual(faultsOf(''), ['slo/shop.yaml:1:1: it must be a mapping, and is empty']);
});

test('a query is a selector, and nothing that computes', () => {
  const selectors = [
    'requests_total',
    'job:requests:total',
    'requests_total{}',
    'requests_total{code=~"5..",job!="a\\"b",}',
    "requests_total { code = '500' }",
    '{__name__="requests_total"}',
  ];
  for (const written of selectors) assert.equal(readSelector(` ${written}\n`), written);
  const others = [
    '',
    '{}',
    '{job!="x"}',
    '{job=""}',
    'requests_total[5m]',
    'requests_total offset 1h',
    'rate(requests_total[5m])',
    'a + b',
    'a{b="c"} or d',
    'a{b="c"',
    'a{b=c}',
    'a{b="c" d="e"}',
    'a{b="c"}&time=0',
    `a{${' '.repeat(100_000)}`,
  ];
  for (const written of others) assert.equal(readSelector(written), null, written);
});
