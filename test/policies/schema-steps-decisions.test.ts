import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decideContract,
  spellingsOf,
  type DeployedVersion,
} from '../../policies/schema-steps/decide-contract.ts';
import { decidePace, firstPace, type BatchObservation } from '../../policies/schema-steps/pace.ts';
import { lookAtStrain, openStrain, type StrainState } from '../../policies/schema-steps/stable-strain.ts';
import type { VersionCounters } from '../../policies/judge/counter-increase.ts';
import '../support/seed.ts';

const contract = [
  { path: 'm/9_drop.sql', digest: 'sha256:0', removes: ['first_name'], unused: [] as string[] },
];
const version: DeployedVersion = {
  service: 'shop',
  environment: 'production',
  role: 'stable',
  commit: 'c'.repeat(40),
  lacks: [],
  mentions: [],
};
const mention = { name: 'first_name', path: 'src/export.ts' };

test('a contract waits until no deployed version may need what goes', () => {
  const cases: readonly (readonly [string, DeployedVersion[], typeof contract, string | null])[] = [
    ['nobody mentions it', [version], contract, null],
    [
      'a place without the expand',
      [version, { ...version, environment: 'eu', lacks: ['m/8_add.sql'] }],
      contract,
      'm/9_drop.sql is refused: the stable version of shop in eu (cccccccccccc) does not have m/8_add.sql yet; let the release with it settle there first',
    ],
    [
      'a version that names the column',
      [{ ...version, role: 'candidate', mentions: [mention] }],
      contract,
      'm/9_drop.sql is refused: the candidate of shop in production (cccccccccccc) mentions `first_name` in src/export.ts; deploy a version that does without it and let it settle, or write `-- evenkeel: unused first_name: REASON` at the head of the migration',
    ],
    [
      'a mention that the file answers for',
      [{ ...version, mentions: [mention] }],
      contract.map((step) => ({ ...step, unused: ['first_name'] })),
      null,
    ],
  ];
  for (const [name, versions, steps, message] of cases)
    assert.equal(decideContract({ contract: steps, versions })?.message ?? null, message, name);
});

test('names are found as code spells them', () => {
  assert.deepEqual(spellingsOf('first_name'), ['first_name', 'firstName', 'FirstName']);
});

const observation: fc.Arbitrary<BatchObservation> = fc.record({
  batchMs: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: null }),
  hadToWait: fc.boolean(),
  replicationLagSeconds: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
  strain: fc.option(fc.constant('it fails'), { nil: null }),
});

test('the pace stays within what the file declares, and never grows while anything hurts', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(observation, { maxLength: 60 }),
      (declared, seen) => {
        let pace = firstPace(declared);
        for (const one of seen) {
          const next = decidePace(pace, one, declared);
          assert.ok(next.pace.batchRows >= 1 && next.pace.batchRows <= declared);
          assert.ok(next.pace.pauseMs >= 10 && next.pace.pauseMs <= 10_000);
          if (next.reason !== null) {
            assert.ok(next.pace.batchRows <= pace.batchRows && next.pace.pauseMs >= pace.pauseMs);
          }
          assert.equal(
            next.decision === 'hold',
            one.strain !== null || (one.replicationLagSeconds ?? 0) > 10,
          );
          pace = next.pace;
        }
        // Once nothing hurts any more, it is back at full pace after a bounded number of batches.
        const calm = { batchMs: 1, hadToWait: false, replicationLagSeconds: null, strain: null };
        for (let batch = 0; batch < 20; batch++) pace = decidePace(pace, calm, declared).pace;
        assert.equal(pace.batchRows, declared);
      },
    ),
  );
});

/** Cumulative counters after so many requests with so many errors and slow answers. */
function counters(requests: number, errors: number, slow: number): VersionCounters {
  return {
    requests,
    errors,
    latency: { boundsMs: [10, 100], counts: [requests - slow, requests], answered: requests },
  };
}

function look(state: StrainState, requests: number, errors: number, slow: number): StrainState {
  const { last } = state;
  const [before] = last.latency.counts;
  const slowSoFar = last.latency.answered - (before ?? 0);
  return lookAtStrain(state, counters(last.requests + requests, last.errors + errors, slowSoFar + slow), 1);
}

test('strain is noticed within a few looks, ends with it, and does not come from chance', () => {
  let state = openStrain(counters(20_000, 20, 100));
  for (let second = 0; second < 600; second++) {
    state = look(state, 100, second % 10 === 0 ? 1 : 0, second % 2);
    assert.equal(state.reason, null, `as before, after ${second} s`);
  }
  const failing = look(look(state, 100, 10, 0), 100, 10, 0);
  assert.match(failing.reason ?? '', /fails more often/);
  const slow = [1, 2, 3].reduce((next) => look(next, 100, 0, 30), state);
  assert.match(slow.reason ?? '', /answers more slowly/);
  assert.match(look(failing, 60, 6, 0).reason ?? '', /fails/, 'it lasts as long as it hurts');
  assert.equal(look(failing, 60, 0, 0).reason, null);
  let idle = failing;
  for (let second = 0; second < 10; second++) idle = look(idle, 0, 0, 0);
  assert.equal(idle.reason, null, 'nobody is hurt who does not ask');
});

test('a version that little is known of is not judged', () => {
  let state = openStrain(counters(50, 0, 0));
  for (let second = 0; second < 20; second++) state = look(state, 100, 100, 100);
  assert.equal(state.reason, null);
});
