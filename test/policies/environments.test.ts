/** The `environments` part of the policy file: what it becomes, and what is said about one that cannot be used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';

const head = `version: 1
services: { shop: { paths: [shop/**] } }
environments:
  production:
    freeze:
`;

function load(window: string) {
  return loadPolicy(`${head}      - ${window}\n`, 'evenkeel.yml');
}

test('windows by week and by date, with what they leave out and let pass', () => {
  const loaded = loadPolicy(
    `${head}      - name: weekend
        zone: America/New_York
        weekly: { from: fri 16:00, to: mon 08:00 }
        allow: { labels: [urgent], kinds: [config], commits: [0123456789ab] }
      - { name: nights, zone: UTC, weekly: { days: [mon, sun], from: '22:00', to: '06:00' } }
      - name: christmas
        zone: Europe/Berlin
        from: 2026-12-20T18:00
        to: 2027-01-04 24:00
        except: [{ from: 2026-12-22T09:00, to: 2026-12-22T12:00, reason: taxes }]
    separateDuties: true
    makersMayDeploy: false
  staging: {}
`,
    'evenkeel.yml',
  );
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const [production, staging] = loaded.policy.environments;
  assert.deepEqual(
    production?.freeze.map(({ when }) => when),
    [
      { kind: 'weekly', days: [5], fromMinute: 960, toMinute: 960 + 2 * 1440 + 960 },
      { kind: 'weekly', days: [1, 7], fromMinute: 1320, toMinute: 1440 + 360 },
      { kind: 'dated', from: '2026-12-20T18:00', to: '2027-01-04 24:00' },
    ],
  );
  assert.deepEqual(production.freeze[0]?.allow, {
    commits: ['0123456789ab'],
    labels: ['urgent'],
    kinds: ['config'],
  });
  assert.equal(production.freeze[2]?.except[0]?.reason, 'taxes');
  assert.ok(production.separateDuties && !production.makersMayDeploy);
  assert.deepEqual(staging, { name: 'staging', freeze: [], separateDuties: false, makersMayDeploy: true });
});

test('a window that cannot be meant is a fault with its place', () => {
  const rows: [window: string, said: RegExp][] = [
    [
      '{ name: a, zone: Mars/Olympus, weekly: { days: [mon], from: "01:00", to: "02:00" } }',
      /zone: "Mars\/Olympus" is no time zone/,
    ],
    ['{ name: a, zone: "+02:00", weekly: { days: [mon], from: "01:00", to: "02:00" } }', /is no time zone/],
    ['{ name: a, weekly: { days: [mon], from: "01:00", to: "02:00" } }', /the key "zone" is missing/],
    ['{ name: a, zone: UTC }', /needs `weekly`, or both `from` and `to`/],
    ['{ name: a, zone: UTC, from: 2026-12-20T18:00 }', /needs `weekly`, or both/],
    ['{ name: a, zone: UTC, from: 2026-02-29T18:00, to: 2026-03-01T00:00 }', /from: there is no 2026-02-29/],
    [
      '{ name: a, zone: UTC, from: 2026-12-20T18:00, to: 2026-12-20T18:00 }',
      /to: it must end after it begins/,
    ],
    ['{ name: a, zone: UTC, from: 2026-12-20T18:00Z, to: 2026-12-21T18:00Z }', /without an offset/],
    [
      '{ name: a, zone: UTC, weekly: { days: [mon], from: "01:00", to: "01:00" } }',
      /a whole day is 00:00 to 24:00/,
    ],
    [
      '{ name: a, zone: UTC, weekly: { days: [mon], from: "24:00", to: "01:00" } }',
      /write 00:00 of the day after/,
    ],
    [
      '{ name: a, zone: UTC, weekly: { days: [mon], from: "25:00", to: "01:00" } }',
      /is not of the right form/,
    ],
    [
      '{ name: a, zone: UTC, weekly: { days: [monday], from: "01:00", to: "02:00" } }',
      /"monday" is not a valid value; valid are: mon, tue/,
    ],
    [
      '{ name: a, zone: UTC, weekly: { from: "01:00", to: "02:00" } }',
      /name `days`, or write the day with both times/,
    ],
    [
      '{ name: a, zone: UTC, weekly: { days: [mon], from: fri 01:00, to: "02:00" } }',
      /times are written without a day/,
    ],
    ['{ name: a, zone: UTC, weekly: { from: fri 01:00, to: fri 01:00 } }', /end at another time/],
    [
      '{ name: a, zone: UTC, allows: {}, weekly: { days: [mon], from: "01:00", to: "02:00" } }',
      /unknown key "allows"; did you mean "allow"\?/,
    ],
    [
      '{ name: a, zone: UTC, allow: { commits: [abc] }, weekly: { days: [mon], from: "01:00", to: "02:00" } }',
      /at least its first 12/,
    ],
  ];
  for (const [window, said] of rows) {
    const loaded = load(window);
    assert.ok(!loaded.ok, window);
    const [problem] = loaded.problems;
    assert.ok(problem !== undefined, window);
    assert.match(describeProblem(problem), said, window);
    assert.match(describeProblem(problem), /^evenkeel\.yml:6:\d+: /, window);
  }
});

test('two windows of one name are a fault: an outcome could not say which of them holds', () => {
  const window = '{ name: a, zone: UTC, from: 2026-12-20T18:00, to: 2026-12-21T18:00 }';
  const loaded = load(`${window}\n      - ${window}`);
  assert.ok(!loaded.ok);
  assert.match(loaded.problems.map(describeProblem).join(), /evenkeel\.yml:7:.*two windows have this name/);
});
