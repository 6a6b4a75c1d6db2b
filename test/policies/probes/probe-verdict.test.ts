/** What rounds of probes say: a table of rounds, and V1 to V4 of probe-verdict.ts over random ones. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  decideProbes,
  learnRound,
  noProbes,
  type ProbeObservation,
  type ProbeRound,
} from '../../../policies/probes/probe-verdict.ts';
import '../../support/seed.ts';

/** `oslo.candidate.buy!` failed, `?` did not answer, `-` has no such operation, `#` could not be asked from there. */
function round(words: string, part = 'canary-0'): ProbeRound {
  const observations = words.split(' ').map((word): ProbeObservation => {
    const [, location = '', version = '', operation = '', mark = ''] =
      /^(\w+)\.(\w+)\.(\w+)([!?#-]?)$/.exec(word) ?? [];
    return {
      location,
      version: version === 'stable' ? 'stable' : 'candidate',
      operation,
      problem: mark === '' ? null : mark === '!' ? 'answered 500' : 'did not answer',
      isAnswered: mark === '' || mark === '!' || mark === '-',
      isMissing: mark === '-',
      isLocationFault: mark === '#',
      phases: null,
    };
  });
  return { part, observations };
}

function verdictOf(
  rounds: ProbeRound[],
  question: { quorum?: number; hasStable?: boolean; part?: string } = {},
) {
  const history = rounds.reduce(learnRound, noProbes);
  return decideProbes(history, { part: 'canary-0', quorum: 2, hasStable: true, ...question });
}

const inOrder = 'here.stable.buy here.candidate.buy oslo.stable.buy oslo.candidate.buy';
const broken = 'here.stable.buy here.candidate.buy! oslo.stable.buy oslo.candidate.buy!';
const brokenInOslo = 'here.stable.buy here.candidate.buy oslo.stable.buy oslo.candidate.buy!';
const osloIsDown = 'here.stable.buy here.candidate.buy oslo.stable.buy? oslo.candidate.buy?';
const nobody = 'here.stable.buy? here.candidate.buy? oslo.stable.buy# oslo.candidate.buy#';

suite('a table of rounds', () => {
  const cases: [name: string, rounds: string[], verdict: string, quorum?: number][] = [
    ['nothing yet', [], 'undecided unprobed'],
    ['one round in order', [inOrder], 'pass in-order'],
    ['one failure decides nothing', [broken], 'undecided failing-somewhere'],
    ['two in a row, from both places', [broken, broken], 'fail probe-failed'],
    ['not in a row', [broken, inOrder, broken], 'undecided failing-somewhere'],
    ['from one of two places only', [brokenInOslo, brokenInOslo], 'undecided failing-somewhere'],
    ['one place is enough where the policy says so', [brokenInOslo, brokenInOslo], 'fail probe-failed', 1],
    [
      'a place that reaches nobody is unhealthy, and two have to agree',
      [osloIsDown],
      'no-data location-unhealthy',
    ],
    ['and does not matter where one is enough', [osloIsDown], 'pass in-order', 1],
    ['no place reaches anybody', [nobody, nobody], 'no-data location-unhealthy'],
    [
      'broken on both versions',
      ['here.stable.buy! here.candidate.buy!', 'here.stable.buy! here.candidate.buy!'],
      'undecided document-wrong',
    ],
    [
      'stable does not have it yet',
      ['here.stable.buy- here.candidate.buy!', 'here.stable.buy- here.candidate.buy!'],
      'fail probe-failed',
    ],
    [
      'neither has it',
      ['here.stable.buy- here.candidate.buy-', 'here.stable.buy- here.candidate.buy-'],
      'undecided document-wrong',
    ],
  ];
  for (const [name, rounds, expected, quorum = 2] of cases)
    test(name, () => {
      const { verdict, reasonCode } = verdictOf(
        rounds.map((words) => round(words)),
        { quorum },
      );
      assert.equal(`${verdict} ${reasonCode}`, expected);
    });

  test('a round of an earlier step proves nothing about this one, and its failures still count', () => {
    assert.equal(verdictOf([round(inOrder)], { part: 'canary-1' }).reasonCode, 'unprobed');
    const rounds = [round(broken), round(broken, 'canary-1')];
    assert.equal(verdictOf(rounds, { part: 'canary-1' }).verdict, 'fail');
  });

  test('a first deployment that nobody reaches has failed: there is nothing else that could be wrong', () => {
    const silent = round('here.candidate.buy?');
    assert.equal(verdictOf([silent, silent], { hasStable: false, quorum: 1 }).verdict, 'fail');
  });

  test('the sentence names the operation, what is wrong and from where', () => {
    assert.equal(
      verdictOf([round(broken), round(broken)]).message,
      'buy answered 500 on the candidate, twice in a row from here, oslo (2 of 2 locations)',
    );
    assert.equal(
      verdictOf([round(brokenInOslo), round(brokenInOslo)]).message,
      'buy answered 500 on the candidate from oslo (1 of 2 locations) only, while the stable version is in order there',
    );
  });
});

const marks = fc.constantFrom('', '', '', '!', '?', '#', '-');
const rounds = fc.array(
  fc.array(marks, { minLength: 12, maxLength: 12 }).map((drawn) =>
    round(
      drawn
        .map((mark, index) => {
          const place = ['here', 'oslo', 'rome'][index % 3] ?? '';
          return `${place}.${index % 2 === 0 ? 'stable' : 'candidate'}.${index < 6 ? 'buy' : 'look'}${mark}`;
        })
        .join(' '),
    ),
  ),
  { minLength: 1, maxLength: 6 },
);

test('V1 the candidate is never blamed for one round', () => {
  fc.assert(
    fc.property(rounds, (drawn) => {
      assert.notEqual(verdictOf(drawn.slice(0, 1)).verdict, 'fail');
    }),
  );
});

test('V2 what both versions do alike takes nothing back', () => {
  fc.assert(
    fc.property(rounds, (drawn) => {
      const alike = drawn.map(({ part, observations }) => ({
        part,
        observations: observations
          .filter(({ version }) => version === 'candidate')
          .flatMap((one) => [one, { ...one, version: 'stable' as const }]),
      }));
      assert.notEqual(verdictOf(alike).verdict, 'fail');
    }),
  );
});

test('V4 a pass needs every operation in order from every place that can be used', () => {
  fc.assert(
    fc.property(rounds, (drawn) => {
      const verdict = verdictOf(drawn);
      if (verdict.verdict !== 'pass') return;
      const bad = drawn
        .at(-1)
        ?.observations.filter(({ version, problem }) => version === 'candidate' && problem !== null)
        .filter(({ location }) => !verdict.unhealthyLocations.includes(location));
      assert.deepEqual(bad, []);
    }),
  );
});
