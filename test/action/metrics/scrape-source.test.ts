/** Metrics read from the instances themselves: small servers that expose what a test says, and may stop doing so. */
import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { MetricSource, SourceReading } from '../../../action/metrics/metric-source.ts';
import { readExposition } from '../../../action/metrics/scrape/read-exposition.ts';
import { scrapeSource, type ScrapeTargets } from '../../../action/metrics/scrape/scrape-source.ts';
import type { MetricPolicy, SelectedMetric } from '../../../policies/policy-file/policy.ts';

const textType = 'text/plain; version=0.0.4; charset=utf-8';
const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const { signal } = new AbortController();

interface Instance {
  url: string;
  /** May be changed while it runs. */
  answer(response: ServerResponse): void;
  end(): Promise<void>;
}

async function startInstance(context: TestContext, answer: Instance['answer']): Promise<Instance> {
  const instance: Instance = { url: '', answer, end: () => Promise.resolve() };
  const server = createServer((_request, response) => instance.answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  instance.end = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  context.after(instance.end);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  instance.url = `http://127.0.0.1:${address.port}/metrics`;
  return instance;
}

function text(...lines: string[]): Instance['answer'] {
  return (response) => response.writeHead(200, { 'content-type': textType }).end(`${lines.join('\n')}\n`);
}

function requests(good: number, bad: number): Instance['answer'] {
  return text(
    '# TYPE requests_total counter',
    `requests_total{code="200"} ${good}`,
    `requests_total{code="503"} ${bad}`,
  );
}

const errors: SelectedMetric = { kind: 'ratio', bad: 'requests_total{code=~"5.."}', total: 'requests_total' };

function metricOf(name: string, selected: SelectedMetric): MetricPolicy {
  const settings = { name, kind: selected.kind, isCritical: true, toleratedRatio: 1.1, slack: 0 };
  return { ...settings, source: { from: 'scrape', path: '/metrics', ...selected } };
}

interface Fleet {
  candidate: Instance[];
  baseline: Instance[];
}

function sourceOf(fleet: Fleet, selected: Record<string, SelectedMetric>, timeoutSeconds = 3): MetricSource {
  const urlsOf = (instances: readonly Instance[]): string[] => instances.map(({ url }) => url);
  return scrapeSource({
    metrics: Object.entries(selected).map(([name, own]) => metricOf(name, own)),
    targets: (): Promise<ScrapeTargets> =>
      Promise.resolve({ candidate: urlsOf(fleet.candidate), baseline: urlsOf(fleet.baseline) }),
    everySeconds: 5,
    timeoutSeconds,
  });
}

/** One instance of the candidate, whose answer is the test's, and a stable one that serves ten requests a look. */
async function pairOf(
  context: TestContext,
  answer: Instance['answer'],
): Promise<
  Fleet & { own: Instance; look(source: MetricSource, at: number): ReturnType<MetricSource['look']> }
> {
  const own = await startInstance(context, answer);
  const other = await startInstance(context, requests(0, 0));
  let served = 0;
  return {
    own,
    candidate: [own],
    baseline: [other],
    look: (source, at) => {
      other.answer = requests((served += 10), 0);
      return source.look(at, signal);
    },
  };
}

function eventsIn(reading: SourceReading | null): unknown[] {
  assert.ok(reading !== null);
  assert.deepEqual(reading.problems, []);
  return [reading.candidate?.events?.['errors'], reading.baseline?.events?.['errors']];
}

test('two instances a version: each is counted from look to look on its own, and summed', async (context) => {
  const first = await startInstance(context, requests(1000, 7));
  const second = await startInstance(context, requests(20, 0));
  const third = await startInstance(context, requests(5000, 50));
  const fourth = await startInstance(context, requests(5000, 50));
  const source = sourceOf({ candidate: [first, second], baseline: [third, fourth] }, { errors });
  assert.equal(await source.look(100, signal), null, 'the first look only sets the base');
  first.answer = requests(1090, 17);
  second.answer = requests(110, 10);
  third.answer = requests(5300, 51);
  fourth.answer = requests(5600, 52);
  assert.equal(await source.look(104.9, signal), null, 'not yet');
  assert.deepEqual(eventsIn(await source.look(105, signal)), [
    { events: 20, trials: 200 },
    { events: 3, trials: 903 },
  ]);
  assert.deepEqual(eventsIn(await source.look(110, signal)), [
    { events: 0, trials: 0 },
    { events: 0, trials: 0 },
  ]);
});

test('a latency histogram, a rate in instance-seconds and a gauge', async (context) => {
  const exposed = (fast: number, all: number, restarts: number, bytes: string): Instance['answer'] =>
    text(
      `seconds_bucket{le="0.1"} ${fast}`,
      `seconds_bucket{le="+Inf"} ${all}`,
      `restarts_total ${restarts}`,
      `memory_bytes ${bytes}`,
    );
  const own = await startInstance(context, exposed(10, 12, 1, '3e8'));
  const other = await startInstance(context, exposed(100, 100, 0, '2e8'));
  const source = sourceOf(
    { candidate: [own], baseline: [other] },
    {
      latency: { kind: 'latency', histogram: 'seconds' },
      restarts: { kind: 'rate', count: 'restarts_total', exposure: null },
      memory: { kind: 'gauge', gauge: 'memory_bytes' },
    },
  );
  await source.look(0, signal);
  own.answer = exposed(15, 20, 3, '4e8');
  other.answer = exposed(190, 200, 0, 'NaN');
  const reading = await source.look(6, signal);
  assert.deepEqual(reading?.candidate, {
    latencies: { latency: { bounds: [0.1], within: [5], answered: 8 } },
    events: { restarts: { events: 2, trials: 6 } },
    gauges: { memory: [4e8] },
  });
  assert.deepEqual(reading.baseline?.latencies?.['latency'], { bounds: [0.1], within: [90], answered: 100 });
  assert.equal(reading.baseline.gauges, undefined, 'what is no number is no figure');
  assert.deepEqual(
    reading.problems.map(({ metric }) => metric),
    ['memory'],
  );
});

test('an instance that restarts counts again from zero, and labels it has not seen yet are no gap', async (context) => {
  const fleet = await pairOf(context, requests(1000, 40));
  const source = sourceOf(fleet, { errors });
  await fleet.look(source, 0);
  // No 503 since it started again.
  fleet.own.answer = text('requests_total{code="200"} 30');
  assert.deepEqual(eventsIn(await fleet.look(source, 5))[0], { events: 0, trials: 30 });
  fleet.own.answer = requests(50, 5);
  assert.deepEqual(eventsIn(await fleet.look(source, 10))[0], { events: 5, trials: 25 });
});

test('an instance that dies is a problem and no figures; when it is back nothing was lost', async (context) => {
  const fleet = await pairOf(context, requests(0, 0));
  const dead = await startInstance(context, requests(0, 0));
  fleet.candidate.push(dead);
  const source = sourceOf(fleet, { errors });
  await fleet.look(source, 0);
  await dead.end();
  const reading = await fleet.look(source, 5);
  assert.deepEqual([reading?.candidate, reading?.baseline], [null, null]);
  assert.deepEqual(
    reading?.problems.map(({ metric, message }) => `${metric}: ${message}`),
    [`errors: ${dead.url}: the instance cannot be reached (ECONNREFUSED)`],
  );
  assert.equal(await fleet.look(source, 6), null, 'it is not asked again at every tick');

  // The router has taken it out; the other one has gone on meanwhile.
  fleet.candidate.pop();
  fleet.own.answer = requests(80, 20);
  assert.deepEqual(eventsIn(await fleet.look(source, 10)), [
    { events: 20, trials: 100 },
    { events: 0, trials: 30 },
  ]);
});

test('an instance that is new counts from its first look, whatever it counted before', async (context) => {
  const fleet = await pairOf(context, requests(100, 0));
  const source = sourceOf(fleet, { errors });
  await fleet.look(source, 0);
  const late = await startInstance(context, requests(9000, 9000));
  fleet.candidate.push(late);
  assert.deepEqual(eventsIn(await fleet.look(source, 5))[0], { events: 0, trials: 0 });
  late.answer = requests(9010, 9002);
  assert.deepEqual(eventsIn(await fleet.look(source, 10))[0], { events: 2, trials: 12 });
});

const unusable: [what: string, answer: Instance['answer'], message: RegExp][] = [
  ['500', (response) => response.writeHead(500).end('oh'), /the instance answered 500$/],
  [
    'a page for people',
    (response) => response.end('<html>\n</html>\n'),
    /line 1 of its metrics is no sample$/,
  ],
  [
    'fewer bytes than announced',
    (response) => {
      response.writeHead(200, { 'content-type': textType, 'content-length': '1000' });
      response.write('requests_total{code="200"} 1\n', () => response.destroy());
    },
    /the instance cannot be reached \(\w+\)$/,
  ],
  [
    'a last line that does not end, which may be a longer number',
    (response) => response.writeHead(200, { 'content-type': textType }).end('requests_total{code="200"} 1'),
    /its metrics are cut off$/,
  ],
  [
    'OpenMetrics that does not say that it has ended',
    (response) => response.writeHead(200, { 'content-type': openMetricsType }).end('requests_total 1\n'),
    /its metrics are cut off$/,
  ],
  ['no answer at all', () => undefined, /the instance did not answer within 0\.3 s$/],
  [
    'a beginning and no end',
    (response) => response.writeHead(200, { 'content-type': textType }).write('requests_total 1\n'),
    /the instance did not answer within 0\.3 s$/,
  ],
];
for (const [what, answer, message] of unusable)
  test(`${what} is a problem with its reason`, async (context) => {
    const fleet = await pairOf(context, requests(0, 0));
    const source = sourceOf(fleet, { errors }, 0.3);
    await fleet.look(source, 0);
    fleet.own.answer = answer;
    const reading = await fleet.look(source, 5);
    assert.equal(reading?.candidate, null);
    assert.equal(reading.problems.length, 1);
    assert.match(reading.problems[0]?.message ?? '', message);
  });

test('a run that is over ends the look', async (context) => {
  const fleet = await pairOf(context, () => undefined);
  const abort = new AbortController();
  const looking = sourceOf(fleet, { errors }).look(0, abort.signal);
  abort.abort();
  await assert.rejects(looking, { name: 'AbortError' });
});

test('the router knows the instances; without it there is a problem', async () => {
  const source = scrapeSource({
    metrics: [metricOf('errors', errors)],
    targets: () => Promise.resolve(null),
    everySeconds: 5,
    timeoutSeconds: 1,
  });
  const message = 'the instances are not known, since the router cannot be reached';
  assert.deepEqual((await source.look(0, signal))?.problems, [{ metric: 'errors', message }]);
});

test('OpenMetrics with exemplars, times and escapes is read as the text format is', () => {
  const samples = [
    '# HELP seconds How long { it "took".',
    '# TYPE seconds histogram',
    'seconds_bucket{path="/a,b}",le="0.1"} 8 # {trace_id="a}b # 1"} 0.067 1520879607.789',
    'seconds_bucket{le="+Inf",path="say \\"hi\\"\\\\\\n"} 1.2e1 1520879607.789',
    'plain 5 # {trace_id="x"} 1',
    'no_labels{} +Inf',
    'spaced { code = "200" , } -3 1395066363000',
    'seconds_created{le="+Inf"} 1.7e9',
  ];
  const expected = [
    { name: 'seconds_bucket', labels: { path: '/a,b}', le: '0.1' }, value: 8 },
    { name: 'seconds_bucket', labels: { le: '+Inf', path: 'say "hi"\\\n' }, value: 12 },
    { name: 'plain', labels: {}, value: 5 },
    { name: 'no_labels', labels: {}, value: Infinity },
    { name: 'spaced', labels: { code: '200' }, value: -3 },
    { name: 'seconds_created', labels: { le: '+Inf' }, value: 1.7e9 },
  ];
  const openMetrics = `${samples.join('\n')}\n# EOF\n`;
  assert.deepEqual(readExposition(openMetrics, true), { ok: true, samples: expected });
  assert.deepEqual(readExposition(`${samples.join('\r\n')}\n`, false), { ok: true, samples: expected });
});

test('what is no sample, and what is there twice, names its line', () => {
  const problemOf = (line: string): string | null => {
    const read = readExposition(`fine 1\n${line}\n`, false);
    return read.ok ? null : read.problem;
  };
  const noSample = [
    '1bad 2',
    'a',
    'a b',
    'a 0x10',
    'a{b="c} 1',
    'a{b=c} 1',
    'a{b="c"',
    'a{b="c";} 1',
    'a 1 2 3',
  ];
  for (const line of noSample) assert.equal(problemOf(line), 'line 2 of its metrics is no sample', line);
  assert.equal(problemOf('fine 2'), 'line 2 of its metrics is there twice');
  assert.equal(problemOf('fine{a=""} 2'), null);
});
