/** What the policy file says about waves, groups and places, and how it is told what is wrong with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { rolloutAt, serviceAt } from '../../policies/train/at-place.ts';
import { planTrain } from '../../policies/train/plan-train.ts';

const service = (port: number): string =>
  `{ paths: ['x/**'], target: local, run: { command: ./run, port: ${port}, instances: 2 } }`;

function load(rest: string): Policy {
  const loaded = loadPolicy(`version: 1\n${rest}`, 'evenkeel.yml');
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(describeProblem).join('\n'));
  return loaded.policy;
}

const whole = `services: { shop: ${service(8080)} }
environments:
  box: { instances: 1, steps: [50%], bake: 1m, env: { REGION: north } }
  north: { port: 8081, services: { shop: { instances: 3 } } }
rollout:
  preset: fast
  blastRadius: 75%
  waves: [{ name: first, environments: [box] }, { name: rest, environments: [north], bake: 2h }]
`;

test('a place changes a service, and a wave its bake', () => {
  const policy = load(whole);
  const [shop] = policy.services;
  assert.ok(shop);
  const at = (place: string) => {
    const { run } = serviceAt(policy.train, shop, place);
    const { stepBasisPoints, bakeSeconds } = rolloutAt(policy.train, policy.rollout, place);
    return [run?.publicPort, run?.instances, run?.env, stepBasisPoints, bakeSeconds];
  };
  assert.deepEqual(at('box'), [8080, 1, { REGION: 'north' }, [5000], 60]);
  assert.deepEqual(at('north'), [8081, 3, {}, [1000, 5000], 7200]);
  assert.deepEqual(at('elsewhere'), [8080, 2, {}, [1000, 5000], 30]);
});

test('the members of a train come in the order of waves, places and services, with what each carries', () => {
  const policy = load(whole);
  const planned = planTrain(policy, policy.services, 'shop', null);
  assert.ok(planned.ok);
  assert.deepEqual(planned.train.waves, ['first', 'rest']);
  assert.equal(planned.train.totalCapacity, 4);
  assert.deepEqual(planned.train.members, [
    { service: 'shop', environment: 'box', wave: 0, capacity: 1 },
    { service: 'shop', environment: 'north', wave: 1, capacity: 3 },
  ]);
});

test('a blast radius that lets a place never begin is refused before anything starts', () => {
  const policy = load(whole.replace('75%', '50%'));
  const planned = planTrain(policy, policy.services, 'shop', null);
  assert.ok(!planned.ok);
  assert.equal(planned.reasonCode, 'blast-radius-too-small');
  assert.match(planned.message, /shop in north has 75 % of all instances/);
});

const faults: [what: string, policy: string, message: RegExp][] = [
  [
    'an environment that does not exist',
    `services: { shop: ${service(8080)} }\nenvironments: { north: {} }\nrollout: { waves: [{ name: a, environments: [nroth] }] }\n`,
    /^evenkeel\.yml:4:\d+: rollout\.waves\.0\.environments\.0: there is no environment "nroth"; did you mean north\?$/,
  ],
  [
    'a wave without a place',
    `services: { shop: ${service(8080)} }\nrollout: { waves: [{ name: a, environments: [] }] }\n`,
    /rollout\.waves\.0\.environments: it must NOT have fewer than 1 items/,
  ],
  [
    'a place in two waves',
    `services: { shop: ${service(8080)} }\nenvironments: { n: {} }\nrollout: { waves: [{ name: a, environments: [n] }, { name: b, environments: [n] }] }\n`,
    /n is in the wave a already; a place gets a release once/,
  ],
  [
    'two waves of one name',
    `services: { shop: ${service(8080)} }\nenvironments: { n: {}, s: { port: 1 } }\nrollout: { waves: [{ name: a, environments: [n] }, { name: a, environments: [s] }] }\n`,
    /rollout\.waves\.1\.name: two waves have this name/,
  ],
  [
    'two places on one port of this machine',
    `services: { shop: ${service(8080)} }\nenvironments: { n: {}, s: {} }\nrollout: { waves: [{ name: a, environments: [n, s] }] }\n`,
    /environments\.s: the port 8080 of shop in s is that of shop in n as well; give each a `port` of its own/,
  ],
  [
    'one port for two services',
    `services: { shop: ${service(8080)}, stock: ${service(8081)} }\nenvironments: { n: { port: 9000 } }\n`,
    /environments\.n\.port: several services run here, and one port is not enough; say it under `services`/,
  ],
  [
    'a service twice',
    `services: { shop: ${service(8080)}, stock: ${service(8081)} }\ngroups: { a: [shop, stock], b: [stock, shop] }\n`,
    /groups\.b\.0: stock is in the group a already/,
  ],
  [
    'a service that is never deployed',
    `services: { shop: ${service(8080)}, docs: { paths: ['d/**'] } }\ngroups: { a: [shop, docs] }\n`,
    /groups\.a\.1: docs has no `target`, so it is checked and never deployed/,
  ],
  [
    'a secret in the environment of a place',
    `services: { shop: ${service(8080)} }\nenvironments: { n: { env: { API_TOKEN: abc } } }\n`,
    /environments\.n\.env\.API_TOKEN: this looks like a secret/,
  ],
  [
    'a location that no service has',
    `services: { shop: ${service(8080)} }\nenvironments: { n: { locations: [here, oslo] } }\n`,
    /environments\.n\.locations\.1: there is no probe location "oslo"/,
  ],
  [
    'a blast radius of nothing',
    `services: { shop: ${service(8080)} }\nrollout: { blastRadius: 0% }\n`,
    /rollout\.blastRadius: nothing could ever begin/,
  ],
];

for (const [what, policy, message] of faults)
  test(`refused: ${what}`, () => {
    const loaded = loadPolicy(`version: 1\n${policy}`, 'evenkeel.yml');
    assert.ok(!loaded.ok, 'it was let through');
    assert.match(loaded.problems.map(describeProblem).join('\n'), new RegExp(message.source, 'm'));
  });
