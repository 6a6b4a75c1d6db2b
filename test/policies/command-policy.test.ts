import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEntry, type AuditEntry, type NewAuditEntry } from '../../policies/audit/audit-entry.ts';
import { breakGlassFor, openDebts } from '../../policies/command/break-glass.ts';
import { loadPolicy } from '../../policies/policy-file/load-policy.ts';

const head = 'version: 1\nservices: { shop: { paths: [shop/**] } }\n';

test('commands in the policy file', () => {
  const loaded = loadPolicy(
    `${head}commands:
  who: { break-glass: { teams: [acme/oncall], users: [ada] } }
  risky: [promote]
  confirmWithin: 5m
  terminal: { deploy: { login: ada, id: 101 }, grace: grace }
`,
    'evenkeel.yml',
  );
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.policy.commands, {
    roles: ['write', 'maintain', 'admin'],
    who: { 'break-glass': { roles: [], teams: ['acme/oncall'], users: ['ada'] } },
    risky: ['promote'],
    actWithinSeconds: 3600,
    confirmWithinSeconds: 300,
    breakGlassWithinSeconds: 4 * 3600,
    terminal: { deploy: { login: 'ada', id: 101 }, grace: { login: 'grace', id: null } },
  });
});

test('what the part cannot say is refused with its place', () => {
  const rows: [string, RegExp][] = [
    ['{ risk: [promote] }', /unknown key "risk".*did you mean "risky"/],
    ['{ risky: [abort] }', /"abort" is not a valid value/],
    ['{ who: { aport: { users: [ada] } } }', /unknown key "aport"; did you mean "abort"/],
    ['{ who: { abort: { people: [ada] } } }', /unknown key "people"/],
    ['{ who: { abort: {} } }', /commands.who.abort/],
    ['{ who: { abort: { teams: [oncall] } } }', /Write organisation\/team/],
    ['{ confirmWithin: soon }', /For instance 15m/],
    ['{ confirmWithin: 48h }', /24h at most/],
    ['{ actWithin: 25h }', /24h at most/],
    ['{ terminal: { deploy: "@ada" } }', /commands.terminal.deploy/],
    ['{ terminal: { a: { login: ada, id: 1 }, b: { login: Ada, id: 2 } } }', /another number than above/],
    ['{ roles: [] }', /commands.roles/],
  ];
  for (const [part, expected] of rows) {
    const loaded = loadPolicy(`${head}commands: ${part}\n`, 'evenkeel.yml');
    assert.ok(!loaded.ok, part);
    assert.match(loaded.problems.map(({ message }) => message).join('; '), expected, part);
    assert.ok(
      loaded.problems.every(({ span }) => span !== undefined),
      part,
    );
  }
});

test('a break-glass counts once, for its own commit and time, and is owed until it is closed', () => {
  const log: AuditEntry[] = [];
  const append = (event: NewAuditEntry['event'], inputs: object): void => {
    const actor = { kind: 'person', name: 'ada' } as const;
    const now = new Date(Date.UTC(2026, 2, 2, 10) + log.length * 1000);
    log.push(buildEntry({ actor, event, service: 'shop', inputs }, log.at(-1) ?? null, now));
  };
  const commit = '3'.repeat(40);
  const wanted = { commit, service: 'shop', environment: 'production' };
  const usableUntil = '2026-03-02T14:00:00.000Z';
  const early = '2026-03-02T13:59:59.999Z';
  append('break-glass.opened', {
    ...wanted,
    reason: 'the database is down',
    by: { id: 101, login: 'ada' },
    confirmedBy: { id: 102, login: 'grace' },
    digest: `sha256:${'d'.repeat(64)}`,
    usableUntil,
  });
  assert.deepEqual(openDebts(log)[0]?.personIds, [101, 102]);
  assert.equal(breakGlassFor(log, wanted, early)?.by, 'ada');
  assert.equal(breakGlassFor(log, wanted, usableUntil), undefined, 'its time is over');
  const before = '2026-03-02T09:00:00.000Z';
  assert.equal(breakGlassFor(log, wanted, before), undefined, 'a clock that went back');
  assert.equal(breakGlassFor(log, { ...wanted, commit: '4'.repeat(40) }, early), undefined);
  assert.equal(breakGlassFor(log, { ...wanted, environment: 'staging' }, early), undefined);
  append('rollout.started', { commit, environment: 'production' });
  assert.equal(breakGlassFor(log, wanted, early), undefined, 'it is used up');
  assert.equal(openDebts(log).length, 1, 'and still owed');
  append('break-glass.closed', { opened: 7 });
  assert.equal(openDebts(log).length, 1, 'another one was closed');
  append('break-glass.closed', { opened: 0 });
  assert.deepEqual(openDebts(log), []);
});
