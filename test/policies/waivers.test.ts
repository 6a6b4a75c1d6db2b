// One finding accepted for a while: what a waiver has to say, what it covers, and what becomes of the verdict.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import { decide } from '../../policies/verdict.ts';
import { applyWaivers, type WaiverQuestion } from '../../policies/waivers/apply-waivers.ts';
import { readWaivers } from '../../policies/waivers/read-waivers.ts';
import { unwaivableRules } from '../../policies/waivers/rules.ts';

const file = 'evenkeel.waivers.yml';
const at = '2026-11-21T12:00:00.000Z';
const print = 'a'.repeat(32);
const entry = {
  fingerprint: print,
  owner: 'ada@example.com',
  reason: 'the old clients are gone on 15 January',
  expires: '2027-01-31',
};

type Entry = Record<string, unknown>;

function textOf(...entries: Entry[]): string {
  return JSON.stringify({ version: 1, waivers: entries });
}

function finding(changes: Partial<Finding> = {}): Finding {
  return {
    ruleId: 'openapi/keep-operation',
    level: 'error',
    message: 'GET /pets is gone',
    remedy: 'keep it',
    path: 'api.yaml',
    fingerprint: print,
    span: { start: { line: 3, column: 1 }, end: { line: 3, column: 9 } },
    ...changes,
  };
}

function apply(base: Entry[] | null, head: Entry[] | null, changes: Partial<WaiverQuestion> = {}): Finding[] {
  return applyWaivers({
    findings: [finding()],
    base: base && readWaivers(textOf(...base), file),
    head: head && readWaivers(textOf(...head), file),
    at,
    maxDays: 180,
    changedPaths: ['api.yaml'],
    isComplete: false,
    ...changes,
  });
}

function verdictOf(findings: Finding[], approval?: 'approved' | 'pending' | 'rejected') {
  return decide({
    findings,
    unclaimed: [],
    unclaimedPolicy: 'block',
    isAdoption: false,
    ...(approval && { approval: { decision: approval, reasonCode: approval, message: approval } }),
  });
}

describe('a file of waivers', () => {
  test('an entry with fingerprint, owner, reason and end is a waiver, at its place', () => {
    const text = `version: 1\nwaivers:\n  - fingerprint: ${print}\n    owner: ada\n    reason: soon gone\n    expires: 2027-01-31\n`;
    const { waivers, faults } = readWaivers(text, file);
    assert.deepEqual(faults, []);
    assert.deepEqual(
      waivers.map(({ expires, span }) => [expires, span?.start.line]),
      [['2027-01-31', 3]],
    );
  });

  const faulty: [what: string, text: string, says: RegExp][] = [
    ...['fingerprint', 'owner', 'reason', 'expires'].map((name): [string, string, RegExp] => [
      `no ${name}`,
      textOf({ ...entry, [name]: undefined }),
      new RegExp(`has no ${name}`),
    ]),
    ['an owner that is blank', textOf({ ...entry, owner: ' ' }), /has no owner/],
    ['a fingerprint that is cut off', textOf({ ...entry, fingerprint: 'abc' }), /the 32 characters/],
    ['a day that is none', textOf({ ...entry, expires: '2027-02-30' }), /expires has to be a day/],
    ['an end in words', textOf({ ...entry, expires: 'never' }), /expires has to be a day/],
    [
      'a mistyped key',
      textOf({ ...entry, expire: '2027-01-31' }),
      /unknown key "expire"; did you mean expires\?/,
    ],
    ['one twice', textOf(entry, entry), /waived twice/],
    ['an entry that is a text', '{"version": 1, "waivers": ["x"]}', /has to be a mapping/],
    ['no version', '{"waivers": []}', /`version: 1`/],
    ['a newer version', '{"version": 2, "waivers": []}', /`version: 1`/],
    ['no list', '{"version": 1, "waivers": {}}', /a list/],
    ['nothing', '', /`version: 1`/],
    ['what does not parse', 'version: [', /./],
  ];
  for (const [what, text, says] of faulty) {
    test(`${what}: an error that says so, and nothing is waived by it`, () => {
      const read = readWaivers(text, file);
      assert.match(read.faults[0]?.message ?? '', says);
      assert.equal(read.faults[0]?.level, 'error');
      assert.ok(read.waivers.length <= 1);
    });
  }

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void readWaivers(text, file)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void readWaivers(JSON.stringify(value), file)));
  });
});

describe('what a waiver does', () => {
  test('in base and head alike: the finding stays, with who answers for it, and no longer blocks', () => {
    const found = apply([entry], [entry]);
    assert.deepEqual(found[0]?.waivedBy, {
      owner: entry.owner,
      reason: entry.reason,
      expires: entry.expires,
      isProposed: false,
    });
    const verdict = verdictOf(found);
    assert.equal(verdict.decision, 'allow');
    assert.equal(verdict.waivers[0]?.owner, entry.owner);
    assert.match(verdict.reasons[0]?.message ?? '', /but what is waived \(1 finding\)/);
  });

  test('in head only: the finding waits, and an approval of exactly this content lets it through', () => {
    const found = apply([], [entry]);
    assert.equal(verdictOf(found).decision, 'await-approval');
    assert.equal(verdictOf(found).reasonCode, 'waiver-proposed');
    assert.equal(verdictOf(found, 'pending').decision, 'await-approval');
    assert.equal(verdictOf(found, 'rejected').decision, 'block');
    assert.equal(verdictOf(found, 'approved').decision, 'allow');
  });

  const notByItself: [what: string, base: Entry[] | null, head: Entry[] | null, decision: string][] = [
    ['a base without the file', null, [entry], 'await-approval'],
    ['an end that the change puts off', [{ ...entry, expires: '2026-12-31' }], [entry], 'await-approval'],
    ['an owner that the change replaces', [{ ...entry, owner: 'bob' }], [entry], 'await-approval'],
    ['a waiver that the change takes away', [entry], [], 'block'],
    ['a file that the change takes away', [entry], null, 'block'],
    [
      'another fingerprint',
      [{ ...entry, fingerprint: 'b'.repeat(32) }],
      [{ ...entry, fingerprint: 'b'.repeat(32) }],
      'block',
    ],
    ['another rule', [{ ...entry, rule: 'sql/x' }], [{ ...entry, rule: 'sql/x' }], 'block'],
    ['another path', [{ ...entry, path: 'b.yaml' }], [{ ...entry, path: 'b.yaml' }], 'block'],
    [
      'one that has ended',
      [{ ...entry, expires: '2026-11-20' }],
      [{ ...entry, expires: '2026-11-20' }],
      'block',
    ],
    [
      'one that ends too late',
      [{ ...entry, expires: '2027-06-30' }],
      [{ ...entry, expires: '2027-06-30' }],
      'block',
    ],
  ];
  for (const [what, base, head, decision] of notByItself) {
    test(`${what}: ${decision}`, () => assert.equal(verdictOf(apply(base, head)).decision, decision));
  }

  test('the last day is included', () => {
    const today = { ...entry, expires: '2026-11-21' };
    assert.equal(verdictOf(apply([today], [today])).decision, 'allow');
  });

  test('it covers one finding: the same said of a second place still blocks', () => {
    const elsewhere = finding({ span: { start: { line: 9, column: 1 }, end: { line: 9, column: 9 } } });
    const found = apply([entry], [entry], { findings: [finding(), elsewhere] });
    assert.notEqual(found[0]?.waivedBy, undefined);
    assert.equal(found[1]?.waivedBy, undefined);
    assert.equal(verdictOf(found).decision, 'block');
  });

  test('what it says of an unproven finding is the same', () => {
    const unproven = finding({ level: 'warning', proof: 'unproven' });
    assert.equal(verdictOf(apply([], [], { findings: [unproven] })).decision, 'await-approval');
    assert.equal(verdictOf(apply([entry], [entry], { findings: [unproven] })).decision, 'allow');
  });

  for (const ruleId of unwaivableRules) {
    test(`${ruleId} cannot be waived`, () => {
      const found = apply([entry], [entry], { findings: [finding({ ruleId })] });
      assert.equal(found[0]?.waivedBy, undefined);
    });
  }
});

describe('what is said of the waivers themselves', () => {
  const ended = { ...entry, expires: '2026-11-20' };
  const own = (found: Finding[]) => found.slice(1).map(({ ruleId, level }) => `${level} ${ruleId}`);

  test('ended, and it would have covered something: an error', () =>
    assert.deepEqual(own(apply([ended], [ended])), ['error config/renew-waiver']));
  test('ended, and nothing is there for it: a warning', () =>
    assert.deepEqual(
      applyWaivers({
        findings: [],
        base: readWaivers(textOf(ended), file),
        head: readWaivers(textOf(ended), file),
        at,
        maxDays: 180,
        changedPaths: [],
        isComplete: false,
      }).map(({ level }) => level),
      ['warning'],
    ));
  test('new and ended: an error, whatever it covers', () =>
    assert.deepEqual(own(apply([], [{ ...ended, fingerprint: 'b'.repeat(32) }])), [
      'error config/renew-waiver',
    ]));
  test('new, and it covers nothing: a warning', () =>
    assert.deepEqual(own(apply([], [{ ...entry, fingerprint: 'b'.repeat(32) }])), [
      'warning config/remove-waiver',
    ]));

  const unused = { ...entry, fingerprint: 'b'.repeat(32), path: 'api.yaml' };
  test('unused where the change touches its path: a warning', () =>
    assert.deepEqual(own(apply([unused], [unused])), ['warning config/remove-waiver']));
  test('unused elsewhere: nothing, since nobody looked there', () =>
    assert.deepEqual(own(apply([unused], [unused], { changedPaths: [] })), []));
  test('unused with all findings at hand: a warning', () =>
    assert.deepEqual(own(apply([unused], [unused], { changedPaths: [], isComplete: true })), [
      'warning config/remove-waiver',
    ]));
  test('a fault of a file that the change does not touch is not of its making', () => {
    const head = readWaivers(textOf({ ...entry, owner: undefined }), file);
    const question = { findings: [], base: null, head, at, maxDays: 180, isComplete: false };
    assert.deepEqual(applyWaivers({ ...question, changedPaths: [] }), []);
    assert.equal(applyWaivers({ ...question, changedPaths: [file] }).length, 1);
  });
});

test('no waiver ever makes a verdict stricter, and without one at head nothing is looser', () => {
  const rank = { block: 0, 'await-approval': 1, allow: 2 };
  const level = fc.constantFrom('error', 'warning', 'note');
  const prints = fc.constantFrom('a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32));
  const entries = fc.uniqueArray(
    prints.map((fingerprint) => ({ ...entry, fingerprint })),
    {
      selector: ({ fingerprint }) => fingerprint,
    },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(level, prints)), entries, entries, (found, base, head) => {
      const findings = found.map(([how, fingerprint]) => finding({ level: how, fingerprint }));
      const plain = verdictOf(findings);
      const waived = verdictOf(apply(base, head, { findings }));
      assert.ok(rank[waived.decision] >= rank[plain.decision]);
      assert.deepEqual(verdictOf(apply(base, [], { findings })), plain);
    }),
  );
});

test('a fingerprint is over rule, path, place and values', () => {
  const one = fingerprintOf('a/b', 'c.yaml', '/limit', ['5', '3']);
  assert.equal(one, fingerprintOf('a/b', 'c.yaml', '/limit', ['5', '3']));
  for (const other of [
    fingerprintOf('a/x', 'c.yaml', '/limit', ['5', '3']),
    fingerprintOf('a/b', 'd.yaml', '/limit', ['5', '3']),
    fingerprintOf('a/b', 'c.yaml', '/other', ['5', '3']),
    fingerprintOf('a/b', 'c.yaml', '/limit', ['5', '2']),
    fingerprintOf('a/b', 'c.yaml', '/limit', [null, '3']),
  ]) {
    assert.notEqual(other, one);
  }
});
