import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPolicy } from '../../policies/policy-file/load-policy.ts';
import { stepFindings } from '../../policies/rollout/step-findings.ts';

/** What is said of a service with these lines beside the usual ones. */
function warnings(service: string, rollout = 'preset: standard'): string[] {
  const text = `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node a.js, directory: shop, port: 8080 }
    ${service}
approval: { required: 1 }
rollout: { ${rollout} }
`;
  const loaded = loadPolicy(text, 'evenkeel.yml');
  assert.ok(loaded.ok, JSON.stringify(loaded));
  return stepFindings(loaded.policy).map(({ message }) => message);
}

test('a step that ends before a harmless candidate could pass is warned of, with the figures', () => {
  assert.deepEqual(warnings('traffic: { requests: 100/s, errors: 1% }'), [
    'shop: step 1 (1 % of 100 requests a second) ends undecided after 30 min, since the metric errors takes about 55 min to pass',
  ]);
});

test('more traffic, a larger share, a longer deadline or more slack are enough', () => {
  for (const [service, rollout] of [
    ['traffic: { requests: 1000/s, errors: 1% }', 'preset: standard'],
    ['traffic: { requests: 100/s, errors: 1% }', 'steps: [5%, 25%]'],
    ['traffic: { requests: 100/s, errors: 1% }', 'deadline: 2h'],
    [
      'traffic: { requests: 100/s, errors: 1% }\n    metrics: [{ name: errors, slack: 2% }]',
      'preset: standard',
    ],
  ] as const)
    assert.deepEqual(warnings(service, rollout), [], `${service}; ${rollout}`);
});

test('nothing is said of a service whose traffic the policy does not tell', () => {
  assert.deepEqual(warnings('metrics: [{ name: errors }]'), []);
});
