/** `slo` in the policy file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem, loadPolicy } from '../../../policies/policy-file/load-policy.ts';

const server = "prometheus: { url: 'http://127.0.0.1:9090' }\n";

function load(slo: string, rest = server): unknown {
  const text = `version: 1\nservices:\n  shop:\n    paths: [shop/**]\n    slo: ${slo}\n${rest}`;
  const loaded = loadPolicy(text, 'evenkeel.yml');
  return loaded.ok ? loaded.policy.services[0]?.slo : loaded.problems.map(describeProblem);
}

test('a path, or a path with the least budget', () => {
  assert.deepEqual(load('slo/shop.yaml'), { file: 'slo/shop.yaml', minimumRemaining: 0.1 });
  assert.deepEqual(load('{ file: ./slo/shop.yaml, minimumRemaining: 2.5% }'), {
    file: 'slo/shop.yaml',
    minimumRemaining: 0.025,
  });
});

test('everything else is a fault at its place', () => {
  const cases: [slo: string, fault: string][] = [
    ['[a]', '5:10: services.shop.slo: it must be a text or a mapping, and is a list'],
    ['{ minimumRemaining: 5% }', '5:5: services.shop.slo: the key "file" is missing'],
    ['{ file: a, minimum: 5% }', '5:21: unknown key "minimum"; valid are: file, minimumRemaining'],
    [
      '{ file: a, minimumRemaining: 5 }',
      '5:39: services.shop.slo.minimumRemaining: it must be a text, and is a number',
    ],
  ];
  for (const [slo, fault] of cases) assert.deepEqual(load(slo), [`evenkeel.yml:${fault}`]);
  assert.match(
    String(load('slo/shop.yaml', '')),
    /^evenkeel.yml:5:5: .*counted by prometheus, but the policy names no server/,
  );
});
