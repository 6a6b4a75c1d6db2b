/** When an answer is in order, and when two versions answer differently. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compareAnswers, noNoise } from '../../../policies/probes/compare-answers.ts';
import { phaseLatency, latencyLines } from '../../../policies/probes/phase-latency.ts';
import { planProbes } from '../../../policies/probes/plan-probes.ts';
import { defaultProbes } from '../../../policies/probes/probe-policy.ts';
import type { Answered } from '../../../policies/probes/probe-request.ts';

const phases = { dnsMs: null, connectMs: 1, tlsMs: null, firstByteMs: 2, totalMs: 3 };

function answered(status: number, body: unknown, contentType = 'application/json'): Answered {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { isAnswered: true, status, contentType, body: text, isCut: false, phases };
}

const document = (version: string, nullable: string) => `openapi: ${version}
info: { title: Books, version: '1' }
paths:
  /books/{id}:
    get:
      parameters: [{ name: id, in: path, required: true, example: 1 }]
      responses:
        '200':
          description: a book
          content:
            application/json:
              schema: { type: object, required: [id], properties: { id: { type: integer }, title: ${nullable}, pin: { type: string, writeOnly: true } } }
        4XX: { description: not there, content: { application/problem+json: { schema: { type: object } } } }
`;

suite('an answer is held against the document', () => {
  const cases: [name: string, answer: Answered, problem: RegExp | null][] = [
    ['as it says', answered(200, { id: 1, title: 'Emma' }), null],
    ['null where null is allowed', answered(200, { id: 1, title: null }), null],
    ['with a charset', answered(200, { id: 1 }, 'application/json; charset=utf-8'), null],
    ['a failure of the server', answered(500, {}), /answered 500, which is never in order/],
    ['a status that it does not name', answered(302, ''), /302, which the document does not name/],
    ['a documented refusal of an example', answered(404, {}, 'application/problem+json'), null],
    [
      'another type',
      answered(200, '<html>', 'text/html'),
      /with text\/html where the document has application\/json/,
    ],
    ['no type', answered(200, '{}', ''), /no content type/],
    ['no JSON', answered(200, '{"id":'), /no JSON/],
    [
      'a missing key',
      answered(200, { title: 'x' }),
      /does not match the document: it must have required property 'id'/,
    ],
    ['another kind of value', answered(200, { id: 'one' }), /\/id must be integer/],
    ['longer than is read', { ...answered(200, { id: 1 }), isCut: true }, /could not be checked/],
  ];
  for (const [version, nullable] of [
    ['3.0.3', '{ type: string, nullable: true }'],
    ['3.1.0', '{ type: [string, "null"] }'],
  ] as const)
    test(`OpenAPI ${version}`, async () => {
      const plan = await planProbes({ ...defaultProbes, openapi: 'a.yaml' }, () =>
        Promise.resolve(document(version, nullable)),
      );
      assert.ok(plan.ok);
      const [probe] = plan.probes;
      for (const [name, answer, problem] of cases) {
        const found = probe?.check(answer);
        if (problem === null) assert.equal(found, null, name);
        else assert.match(found ?? '', problem, name);
      }
    });

  test('declared data has to succeed, or to give the declared status', async () => {
    const planned = async (status: number | null) => {
      const data = { 'GET /books/{id}': { parameters: { id: '1' }, headers: {}, status } };
      const plan = await planProbes({ ...defaultProbes, openapi: 'a.yaml', data }, () =>
        Promise.resolve(document('3.1.0', '{}')),
      );
      return plan.ok ? plan.probes[0] : undefined;
    };
    const missing = answered(404, {}, 'application/problem+json');
    assert.match((await planned(null))?.check(missing) ?? '', /404 where a success is expected/);
    assert.equal((await planned(404))?.check(missing), null);
    assert.match((await planned(404))?.check(answered(200, { id: 1 })) ?? '', /200 where 404 is expected/);
  });
});

suite('stable twice and the candidate once', () => {
  /** Rounds of [stable, stable, candidate]; the differences after the last. */
  const after = (rounds: [unknown, unknown, unknown][]) => {
    let noise = noNoise;
    let found: string[] = [];
    for (const [first, second, other] of rounds) {
      const compared = compareAnswers(
        noise,
        [answered(200, first), answered(200, second)],
        answered(200, other),
      );
      noise = JSON.parse(JSON.stringify(compared.noise)) as typeof noise;
      found = compared.differences.map(({ place, what }) => `${place} ${what}`);
    }
    return found;
  };
  const times = <Value>(count: number, value: (index: number) => Value) =>
    Array.from({ length: count }, (_, index) => value(index));

  test('times, ids and order are noise', () => {
    const book = (at: number) => ({
      at,
      id: `b-${at}`,
      tags: at % 2 === 0 ? ['x', 'y'] : ['y', 'x'],
      title: 'Emma',
    });
    assert.deepEqual(after(times(6, (n) => [book(3 * n), book(3 * n + 1), book(3 * n + 2)])), []);
  });

  test('what varies only from round to round is noise as well', () => {
    assert.deepEqual(after(times(6, (n) => [{ hour: n }, { hour: n }, { hour: n - 1 }])), []);
  });

  test('a difference of the candidate alone is said at the third time, by its place and never by its value', () => {
    const round: [unknown, unknown, unknown] = [{ total: 1007 }, { total: 1007 }, { total: 1008 }];
    assert.deepEqual(after([round, round]), []);
    assert.deepEqual(after([round, round, round]), ['/total has another value than stable']);
  });

  test('shapes: what is missing, what is new, what has another type, within lists of any length', () => {
    const stable = (n: number) => ({
      items: times((n % 3) + 1, (i) => ({ id: i + 10 * n, name: `n${i + n}` })),
      page: n,
    });
    const candidate = (n: number) => ({
      items: times(2, (i) => ({ id: String(i + n), label: 'x' })),
      page: n,
    });
    assert.deepEqual(after(times(5, (n) => [stable(n), stable(n + 1), candidate(n)])).sort(), [
      '/items/*/id type is string where stable has number',
      '/items/*/label type is there, and stable has none',
      '/items/*/name type is missing',
    ]);
  });
});

test('latency by part of the way: medians for each place and version, parts that were not there are left out', () => {
  const one = {
    location: 'oslo',
    version: 'stable' as const,
    operation: 'GET /',
    problem: null,
    isAnswered: true,
    isMissing: false,
    isLocationFault: false,
  };
  const rounds = [9, 3, 5].map((totalMs) => ({
    part: 'x',
    observations: [{ ...one, phases: { ...phases, totalMs } }],
  }));
  assert.deepEqual(latencyLines(phaseLatency(rounds)), ['oslo: stable 5.0 ms (connect 1.0, first byte 2.0)']);
});
