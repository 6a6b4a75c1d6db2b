/**
 * The prober over real sockets, at two versions that behave as a test wants: candidates that are healthy and wrong, documents
 * that are wrong about the service. That a real rollout heeds it is shown in test/acceptance/probes-rollout.test.ts.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite, test, type TestContext } from 'node:test';
import { weigh } from '../../../action/probes/judge-with-probes.ts';
import { openProber, type Prober } from '../../../action/probes/open-prober.ts';
import { probeSource } from '../../../action/probes/probe-source.ts';
import { planProbes } from '../../../policies/probes/plan-probes.ts';
import { defaultProbes, type ProbePolicy } from '../../../policies/probes/probe-policy.ts';
import { failureOf } from '../../support/failure-of.ts';
import { json, smallService } from '../../support/probes/small-service.ts';
import { until } from '../../support/until.ts';

const document = `openapi: 3.1.0
info: { title: Books, version: '1' }
paths:
  /books/1:
    get:
      responses: { '200': { description: a book, content: { application/json: { schema: { type: object, required: [id], properties: { id: { type: integer } } } } } } }
  /books/2:
    get:
      responses: { '200': { description: a book }, '404': { description: no such book } }
  /orders:
    post:
      responses: { '201': { description: taken } }
`;
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const good: Answer = (request, response) => {
  if (request.url === '/healthz') json(response, 200, {});
  else if (request.method === 'POST') json(response, 201, {});
  else json(response, 200, { id: 1 });
};
const but =
  (url: string, answer: Answer): Answer =>
  (request, response) => {
    (request.url === url ? answer : good)(request, response);
  };

async function open(
  context: TestContext,
  versions: { stable?: Answer | null; candidate: Answer },
  changes: Partial<ProbePolicy> = {},
) {
  const stable = versions.stable === null ? null : await smallService(context, versions.stable ?? good);
  const candidate = await smallService(context, versions.candidate);
  const policy: ProbePolicy = {
    ...defaultProbes,
    openapi: 'a.yaml',
    paths: ['/healthz'],
    everySeconds: 0.02,
    timeoutSeconds: 2,
    data: { 'POST /orders': { parameters: {}, headers: {}, body: {}, status: null } },
    ...changes,
  };
  const direct = { stable: stable === null ? [] : [stable.url], candidate: [candidate.url] };
  let ids = 0;
  const closing = new AbortController();
  const prober = openProber({
    policy,
    plan: async () => {
      const plan = await planProbes(policy, () => Promise.resolve(document));
      assert.ok(plan.ok);
      return plan;
    },
    hasStable: stable !== null,
    pins: { stable: 's', candidate: 'c' },
    publicUrl: () => candidate.url,
    hasPins: () => Promise.resolve(false),
    direct: () => Promise.resolve(direct),
    kept: null,
    save: () => undefined,
    newId: () => `id-${++ids}`,
    env: {},
    nowSeconds: () => performance.now() / 1000,
    progress: () => undefined,
    signal: closing.signal,
  });
  context.after(() => prober.close());
  const before = () =>
    prober.probeCandidate({ public: candidate.url, metrics: '', ...direct }, closing.signal);
  return { prober, before, stable, candidate };
}

/** Looks until the verdict is this. */
async function sees(prober: Prober, wanted: string): Promise<string> {
  let said = prober.look('canary-0');
  await until(wanted, () => {
    said = prober.look('canary-0');
    return `${said.verdict} ${said.reasonCode}` === wanted;
  });
  return said.message;
}

suite('before any user meets it', () => {
  const cases: [name: string, versions: Parameters<typeof open>[1], refused: RegExp][] = [
    [
      'healthy, with a wrong body',
      { candidate: but('/books/1', (_, response) => json(response, 200, { id: 'one' })) },
      /GET \/books\/1 answered with a body that does not match the document: \/id must be integer on the candidate.*no user met it/,
    ],
    [
      'healthy, and one operation fails',
      { candidate: but('/orders', (_, response) => json(response, 500, {})) },
      /POST \/orders answered 500/,
    ],
    [
      'healthy, and one operation refuses what stable has',
      { candidate: but('/books/2', (_, response) => json(response, 404, {})) },
      /GET \/books\/2 answered 404 where the stable version answers 200/,
    ],
    [
      'healthy, and one operation hangs',
      { candidate: but('/books/1', () => undefined) },
      /GET \/books\/1 did not answer within 2 s/,
    ],
    [
      'a document that is wrong about both',
      {
        stable: but('/books/1', (_, response) => json(response, 404, {})),
        candidate: but('/books/1', (_, response) => json(response, 404, {})),
      },
      /on both versions, so the document is wrong about the service/,
    ],
    [
      'the first deployment, wrong',
      { stable: null, candidate: but('/books/1', (_, response) => json(response, 404, {})) },
      /answered 404, which the document does not name/,
    ],
  ];
  for (const [name, versions, refused] of cases)
    test(name, async (context) => {
      const { before } = await open(context, versions);
      assert.match((await failureOf(before())).message, refused);
    });

  test('one that is in order, or repairs what stable has broken, is let on; every write has a key of its own', async (context) => {
    const { before, candidate, stable } = await open(context, {
      stable: but('/books/1', (_, response) => json(response, 500, {})),
      candidate: good,
    });
    assert.equal(await before(), 4);
    const keys = [...candidate.asked, ...(stable?.asked ?? [])]
      .filter(({ request }) => request === 'POST /orders')
      .map(({ headers }) => headers['idempotency-key']);
    assert.equal(new Set(keys).size, 2);
  });
});

suite('beside the ticks', () => {
  test('a round in order passes; what then falls ill fails after two looks', async (context) => {
    let isIll = false;
    const { prober } = await open(context, {
      candidate: but('/books/1', (request, response) =>
        isIll ? json(response, 500, {}) : good(request, response),
      ),
    });
    assert.equal(prober.look('canary-0').reasonCode, 'unprobed');
    assert.match(await sees(prober, 'pass in-order'), /4 operations in order on both versions/);
    assert.equal(prober.look('canary-1').reasonCode, 'unprobed', 'another step needs a round of its own');
    isIll = true;
    assert.match(await sees(prober, 'fail probe-failed'), /GET \/books\/1 answered 500/);
    const reading = await probeSource(() => prober.take()).look(0, new AbortController().signal);
    const { events, trials } = reading?.candidate?.events?.['probes'] ?? { events: 0, trials: 0 };
    assert.ok(events >= 2 && trials > events, 'a round is one trial of the metric');
    assert.equal(reading?.baseline?.events?.['probes']?.events, 0);
  });

  test('what the candidate alone answers differently is found, and what varies on stable is not', async (context) => {
    let count = 0;
    const book = (title: string): Answer =>
      but('/books/1', (_, response) => json(response, 200, { id: 1, title, at: count++ }));
    const { prober } = await open(context, { stable: book('Emma'), candidate: book('Emme') });
    await until('a difference', () => {
      prober.look('canary-0');
      return prober.differences().length > 0;
    });
    assert.deepEqual(prober.differences(), ['GET /books/1: /title has another value than stable']);
  });
});

test('probes hold and take back, and never let on by themselves', () => {
  const judged = (judgement: 'pass' | 'fail' | 'inconclusive') => ({
    judgement,
    reasonCode: 'undecided' as const,
    message: 'figures',
    metrics: [],
  });
  const probed = (verdict: 'pass' | 'fail' | 'undecided' | 'no-data') => ({
    verdict,
    reasonCode: 'in-order' as const,
    message: 'customers',
    unhealthyLocations: [],
  });
  const cases: [
    figures: 'pass' | 'fail' | 'inconclusive' | null,
    probes: 'pass' | 'fail' | 'undecided' | 'no-data',
    said: string,
  ][] = [
    ['pass', 'pass', 'pass'],
    ['pass', 'undecided', 'inconclusive'],
    ['pass', 'no-data', 'no-data'],
    ['inconclusive', 'pass', 'inconclusive'],
    ['inconclusive', 'fail', 'fail'],
    ['fail', 'pass', 'fail'],
    [null, 'pass', 'pass'],
    [null, 'undecided', 'inconclusive'],
  ];
  for (const [figures, probes, said] of cases)
    assert.equal(
      weigh(figures === null ? null : judged(figures), probed(probes), [], false).judgement,
      said,
      `${figures ?? 'none'} ${probes}`,
    );
  const differing = weigh(judged('pass'), probed('pass'), ['GET /a: /b is missing'], true);
  assert.deepEqual([differing.judgement, differing.reasonCode], ['fail', 'answers-differ']);
  assert.match(
    weigh(judged('pass'), probed('pass'), ['GET /a: /b is missing'], false).message,
    /answers differently/,
  );
});
