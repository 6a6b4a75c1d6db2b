// Whole runs of `evenkeel judge`: what a person or a script sees. What the statistics are worth is in test/policies/judge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

type Json = Record<string, unknown>;

/** One tick of ten seconds at a tenth of the traffic; `changes` replace parts of its candidate. */
function tick(t: number, changes: Json = {}, baseline: Json = {}): Json {
  return {
    t,
    candidate: { requests: 100, errors: 1, ...changes },
    baseline: { requests: 900, errors: 9, ...baseline },
  };
}

function linesOf(ticks: readonly (Json | string)[]): string {
  return ticks.map((own) => `${typeof own === 'string' ? own : JSON.stringify(own)}\n`).join('');
}

/** `count` ticks, ten seconds apart; every tenth request of the candidate fails from `badFrom` on. */
function stream(count: number, badFrom = Infinity): Json[] {
  return Array.from({ length: count }, (_, index) =>
    tick(index * 10, { errors: index >= badFrom ? 10 : index % 2 }, { errors: 9 + (index % 3) - 1 }),
  );
}

async function replay(context: TestContext, text: string, args: readonly string[] = []): Promise<CliResult> {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'ticks.jsonl'), text);
  return runEvenkeel(['judge', 'replay', ...args, 'ticks.jsonl'], { directory });
}

interface Answer {
  t: number | null;
  judgement: string;
  stream?: string;
  isLast?: true;
  message: string;
}

function answersOf({ stdout }: CliResult): Answer[] {
  assert.ok(stdout === '' || stdout.endsWith('\n'), 'the last line is whole');
  // Our own output; its shape is tested against the published schema below.
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}

test('judgements are printed as they change, and the exit code is that of the last', async (context) => {
  const bad = await replay(context, linesOf(stream(120, 60)));
  assert.equal(bad.exitCode, 1, bad.stderr);
  const answers = answersOf(bad);
  assert.deepEqual(
    answers.map(({ judgement }) => judgement).filter((judgement) => judgement !== 'pass'),
    ['inconclusive', 'fail', 'fail'],
  );
  const failed = answers.find(({ judgement }) => judgement === 'fail');
  assert.ok((failed?.t ?? 0) >= 600 && (failed?.t ?? 0) <= 700, `failed at ${failed?.t}`);
  assert.deepEqual(
    answers.map(({ isLast }) => isLast === true),
    answers.map((_, index) => index === answers.length - 1),
  );

  const good = await replay(context, linesOf(stream(600)));
  assert.equal(good.exitCode, 0, good.stdout);
  assert.equal(answersOf(good).at(-1)?.judgement, 'pass');

  const short = await replay(context, linesOf(stream(5)));
  assert.equal(short.exitCode, 3);
  assert.equal(answersOf(short).at(-1)?.judgement, 'inconclusive');
});

const latency = { le: [0.1, 1], counts: [90, 99] };
const bounds = { latency: { le: [0.1, 2], counts: [800, 890] } };

const badLines: [what: string, line: Json | string, says: RegExp][] = [
  [
    'a negative count',
    tick(20, { errors: -1 }),
    /candidate\.errors has to be a whole number, 0 or more, and is -1/,
  ],
  ['half an error', tick(20, { errors: 0.5 }), /candidate\.errors has to be a whole number.* is 0\.5/],
  [
    'a count as text',
    tick(20, { requests: '100' }),
    /candidate\.requests has to be a whole number.* is "100"/,
  ],
  ['a count beyond 2^53', tick(20, { requests: 1e300 }), /candidate\.requests has to be a whole number/],
  [
    'errors above requests',
    tick(20, { errors: 101 }),
    /candidate\.errors is 101, more than candidate\.requests, 100/,
  ],
  ['time that runs backwards', tick(5), /t is 5, before the line before it, 10/],
  ['no time', { candidate: null, baseline: null }, /t has to be a number of seconds, and is missing/],
  ['unequal bounds', tick(20, { latency }, bounds), /different bounds/],
  ['bounds that fall', tick(20, { latency: { le: [1, 0.1], counts: [1, 2] } }), /le\[1\] is 0\.1, not above/],
  ['counts that no histogram has', tick(20, { latency: { le: [0.1, 1], counts: [90, 80] } }), /counts fall/],
  [
    'more counts than buckets',
    tick(20, { latency: { le: [0.1], counts: [1, 2, 3] } }),
    /1 bounds and 3 counts/,
  ],
  ['a mistyped key', tick(20, { erors: 1 }), /unknown key "erors" in candidate; did you mean errors\?/],
  ['a strange key', { ...tick(20), qqqqqq: 1 }, /unknown key "qqqqqq"; valid are: t, stream/],
  ['JSON that is cut off', '{"t":20,"candidate":{"requests":1', /not JSON/],
  ['NaN', '{"t":20,"candidate":{"requests":NaN,"errors":0},"baseline":null}', /JSON has no NaN/],
  ['an empty line', '', /the line is empty/],
  ['a list', '[]', /the line has to be an object/],
  ['no baseline', { t: 20, candidate: { requests: 1, errors: 0 } }, /baseline is missing; write null/],
  ['a stream', { ...tick(20), stream: 'a' }, /many streams need --batch/],
  ['missing, and yet there', { ...tick(20), missing: true }, /has neither candidate nor baseline/],
  ['a late tick before', { ...tick(20), before: true }, /comes before the first one of the deployment/],
  ['instances that do not add up', tick(20, { instances: [[50, 1]] }), /add up to 50 requests and 1 errors/],
  ['bursts above errors', tick(20, { bursts: 2 }), /bursts is 2, more than candidate\.errors, 1/],
  ['a ratio above one', tick(20, { ratios: { checkout: [2, 1] } }), /checkout has 2 bad of 1/],
  [
    'one name twice',
    tick(20, { ratios: { a: [1, 2] }, gauges: { a: [1] } }),
    /"a" is a gauge here, and a ratio/,
  ],
  ['latency that comes late', tick(20, { latency }), /latency is reported for the first time/],
];

for (const [what, line, says] of badLines)
  test(`${what}: exit code 2, the file, the line and what is wrong`, async (context) => {
    const result = await replay(context, linesOf([tick(0), tick(10), line, tick(30)]));
    assert.equal(result.exitCode, 2, result.stdout);
    assert.match(result.stderr, /ticks\.jsonl:3:(\d+:)? /);
    assert.match(result.stderr, says);
    assert.doesNotMatch(result.stderr, /\n\s+at /);
    // What was known by then stays said, in whole lines.
    assert.deepEqual(
      answersOf(result).map(({ t, judgement }) => [t, judgement]),
      [[0, 'inconclusive']],
    );
  });

test('bounds that change from line to line cannot be compared', async (context) => {
  const other = { latency: { le: [0.2, 1], counts: [90, 99] } };
  const result = await replay(context, linesOf([tick(0, { latency }, {}), tick(10, other)]));
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /ticks\.jsonl:2: the histogram has other bounds than the lines before/);
});

test('with --batch every line says its stream', async (context) => {
  const result = await replay(context, linesOf([{ ...tick(0), stream: 'a' }, tick(10)]), ['--batch']);
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /ticks\.jsonl:2: with --batch every line says its "stream"/);
});

const badSettings: [what: string, text: string, says: RegExp][] = [
  ['alpha out of range', 'alpha: 1.5', /judge\.yaml:1:8: .*alpha/],
  ['alpha of nothing', 'alpha: 0', /judge\.yaml:1:8/],
  ['a mistyped setting', 'alhpa: 0.01', /judge\.yaml:1:1: .*alpha/],
  ['an unknown metric', 'metrics: [{ name: erors }]', /unknown metric "erors"; did you mean errors\?/],
  ['a metric without a kind', 'metrics: [{ name: checkout }]', /say the `kind` of any other/],
  ['one metric twice', 'metrics: [{ name: errors }, { name: errors }]', /errors is named twice/],
  ['steps that run backwards', 'steps: [10m, 5m]', /judge\.yaml:1:14: .*one after the other/],
  [
    'a slack of the wrong kind',
    'metrics: [{ name: errors, slack: 5ms }]',
    /only latency has a slack in time/,
  ],
  ['no YAML', 'alpha: [', /judge\.yaml:\d+:\d+/],
];

for (const [what, text, says] of badSettings)
  test(`settings with ${what}: exit code 2, and where`, async (context) => {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, 'judge.yaml'), `${text}\n`);
    const result = await runEvenkeel(['judge', 'replay', '--config', 'judge.yaml'], { directory });
    assert.equal(result.exitCode, 2, result.stdout);
    assert.match(result.stderr, says);
    assert.equal(result.stdout, '');
  });

test('a metric of the settings that the ticks do not have: exit code 2', async (context) => {
  const run = (metric: string): Promise<CliResult> => {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, 'judge.yaml'), `metrics: [{ name: errors }, ${metric}]\n`);
    return runEvenkeel(['judge', 'replay', '--config', 'judge.yaml'], {
      directory,
      input: linesOf([tick(0), tick(10)]),
    });
  };
  const count = await run('{ name: checkout, kind: ratio }');
  assert.equal(count.exitCode, 2);
  assert.match(count.stderr, /standard input:1: the metric "checkout" is in the settings, but neither/);
  const histogram = await run('{ name: latency }');
  assert.equal(histogram.exitCode, 2);
  assert.match(
    histogram.stderr,
    /standard input: the metric "latency" is in the settings, but no tick reports it/,
  );
});

test('options that mean nothing: exit code 2', async (context) => {
  const directory = temporaryDirectory(context);
  for (const [args, says] of [
    [['replay', '--until', 'tomorrow'], /--until "tomorrow" is none of fail, pass and end/],
    [['replay', 'nowhere.jsonl'], /nowhere\.jsonl does not exist/],
    [['replay', '.'], /\. is a directory/],
    [['replay', 'a', 'b'], /one file at a time/],
    [['replay', '--before', '-', '-'], /standard input is either/],
    [['replay', '--config', 'nowhere.yaml'], /nowhere\.yaml does not exist/],
    [['repay'], /say what the judge is to do/],
    [['plan'], /say how many requests a second/],
    [['plan', '--rps', '0'], /--rps 0 is not a number above 0/],
    [['plan', '--rps', '100', '--share', '100%'], /--share lies between 0% and 100%/],
    [['plan', '--rps', '100', '--share', '5'], /--share "5" is no share; write --share 5%/],
    [['plan', '--rps', '100', '--rate', '200%'], /--rate/],
    [['plan', '--rps', '100', 'more'], /judge plan takes no "more"/],
    [['plan', '--rpm', '100'], /rpm/],
  ] as const) {
    const result = await runEvenkeel(['judge', ...args], { directory });
    assert.equal(result.exitCode, 2, args.join(' '));
    assert.match(result.stderr, says);
    assert.equal(result.stdout, '');
  }
});

test('a file, standard input and - are the same, and so are line ends', async (context) => {
  const directory = temporaryDirectory(context);
  const text = linesOf(stream(120, 60));
  writeFileSync(join(directory, 'ticks.jsonl'), text);
  const run = (args: readonly string[], input?: string): Promise<CliResult> =>
    runEvenkeel(['judge', 'replay', ...args], { directory, ...(input === undefined ? {} : { input }) });
  const results = await Promise.all([
    run(['ticks.jsonl']),
    run(['-'], text),
    run([], text),
    run([], text.replaceAll('\n', '\r\n')),
    run([], text.slice(0, -1)),
    run([], `\uFEFF${text}`),
  ]);
  for (const result of results) assert.deepEqual(result, results[0]);
});

test('no line at all is no data', async (context) => {
  const result = await replay(context, '');
  assert.equal(result.exitCode, 3);
  assert.deepEqual(answersOf(result), [
    {
      t: null,
      judgement: 'no-data',
      reasonCode: 'no-data',
      message: 'there was no tick',
      metrics: [],
      isLast: true,
    },
  ]);
});

test('ticks that are all missing are no data, and an outage in the middle is said', async (context) => {
  const gone = (count: number, from: number): Json[] =>
    Array.from({ length: count }, (_, index) => ({ t: from + index * 10, missing: true }));
  const nothing = await replay(context, linesOf(gone(50, 0)));
  assert.equal(nothing.exitCode, 3);
  assert.equal(answersOf(nothing).at(-1)?.judgement, 'no-data');

  const outage = await replay(
    context,
    linesOf([
      ...stream(30),
      ...gone(30, 300),
      ...stream(30).map((own) => ({ ...own, t: Number(own['t']) + 600 })),
    ]),
  );
  assert.deepEqual(
    answersOf(outage)
      .map(({ judgement }) => judgement)
      .filter((own, index, all) => own !== all[index - 1]),
    ['inconclusive', 'pass', 'no-data', 'pass'],
  );
});

test('--until fail and --until pass stop at the first; what comes after is not even read', async (context) => {
  const failing = await replay(context, `${linesOf(stream(120, 60))}rubbish\n`, ['--until', 'fail']);
  assert.equal(failing.exitCode, 1, failing.stderr);
  const failed = answersOf(failing).at(-1);
  assert.deepEqual([failed?.judgement, failed?.isLast], ['fail', true]);
  const passing = await replay(context, `${linesOf(stream(600))}rubbish\n`, ['--until', 'pass']);
  assert.equal(passing.exitCode, 0, passing.stderr);
  assert.equal(answersOf(passing).at(-1)?.judgement, 'pass');
});

test('streams that are mixed with --batch get the answers each gets alone', async (context) => {
  const streams: Record<string, Json[]> = {
    bad: stream(120, 30),
    late: stream(120, 90),
    good: stream(120),
    // Another service, with latency, and a clock of its own.
    other: stream(120).map((own) => tick(Number(own['t']) + 5000, { latency }, { latency })),
  };
  const mixed = Array.from({ length: 120 }, (_, index) =>
    Object.entries(streams).map(([name, ticks]) => ({ stream: name, ...ticks[index] })),
  ).flat();
  const result = await replay(context, linesOf(mixed), ['--batch']);
  assert.equal(result.exitCode, 1, result.stderr);
  for (const [name, ticks] of Object.entries(streams)) {
    const alone = await replay(context, linesOf(ticks));
    const own = answersOf(result).filter((answer) => answer.stream === name);
    assert.deepEqual(
      own.map(({ stream: _, ...answer }) => answer),
      answersOf(alone),
    );
  }
});

test('--before FILE equals "before": true lines, and its clock need not be the deployment’s', async (context) => {
  const burst = (index: number): number => (index % 12 === 0 ? 30 : 0);
  const past = (from: number): Json[] =>
    Array.from({ length: 200 }, (_, index) => ({
      t: from + index * 10,
      baseline: { requests: 1000, errors: burst(index), latency: { le: [0.1, 1], counts: [900, 990] } },
    }));
  const present = stream(120, 60).map((own, index) =>
    tick(
      Number(own['t']),
      { errors: burst(index + 3), latency },
      { errors: burst(index), latency: { le: [0.1, 1], counts: [800, 890] } },
    ),
  );
  const run = (before: Json[]): Promise<CliResult> => {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, 'before.jsonl'), linesOf(before));
    writeFileSync(join(directory, 'ticks.jsonl'), linesOf(present));
    return runEvenkeel(['judge', 'replay', '--before', 'before.jsonl', 'ticks.jsonl'], { directory });
  };
  const inline = await replay(
    context,
    linesOf([...past(-2000).map((own) => ({ ...own, before: true })), ...present]),
  );
  assert.deepEqual(await run(past(-2000)), inline);
  assert.deepEqual(await run(past(1_700_000_000)), inline);
  // And they matter: without them the first bursts are not known to be any.
  const without = await replay(context, linesOf(present));
  assert.notEqual(without.stdout, inline.stdout);
});

test('cumulative counts, with and without +Inf, and counts of each bucket are the same histogram', async (context) => {
  const le = [0.01, 0.1, 1];
  // The very first ticks have so few answers that a line alone does not tell.
  const perBucket = (index: number): number[] =>
    index < 3 ? [0, 1, 2, 97] : [40 + (index % 5), 40, 15, 5 - (index % 5)];
  const cumulate = (counts: number[]): number[] => {
    let sum = 0;
    return counts.map((count) => (sum += count));
  };
  const shapes: ((counts: number[]) => Json)[] = [
    (counts) => ({ le, counts: cumulate(counts).slice(0, 3) }),
    (counts) => ({ le: [...le, '+Inf'], counts: cumulate(counts) }),
    (counts) => ({ le, counts: cumulate(counts) }),
    (counts) => ({ le: [...le, '+Inf'], counts }),
    (counts) => ({ le, counts }),
    // Prometheus' own names for infinity.
    (counts) => ({ le: [...le, 'Inf'], counts: cumulate(counts) }),
  ];
  const results = await Promise.all(
    shapes.map((shape) => {
      const ticks = Array.from({ length: 60 }, (_, index) =>
        tick(
          index * 10,
          { errors: 0, latency: shape(perBucket(index)) },
          { requests: 100, errors: 0, latency: shape(perBucket(index + 1)) },
        ),
      );
      return replay(context, linesOf(ticks));
    }),
  );
  for (const [index, result] of results.entries()) {
    assert.ok(result.stdout.includes('"latency"'), result.stderr);
    assert.deepEqual(result, results[0], `shape ${index}`);
  }
});

test('counts that turn out to be of another form than the lines before were taken for are refused', async (context) => {
  const own = (counts: number[]): Json => ({ latency: { le: [0.01, 0.1, 1], counts } });
  const ticks = [tick(0, own([0, 1, 2]), own([0, 3, 4])), tick(10, own([50, 40, 10]), own([500, 300, 50]))];
  const result = await replay(context, linesOf(ticks));
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /ticks\.jsonl:2: .*each bucket alone here, and were taken for cumulative/);
});

test('metrics of one’s own are judged: ratios, rates and gauges', async (context) => {
  const ticks = Array.from({ length: 400 }, (_, index) =>
    tick(
      index * 10,
      {
        errors: 0,
        ratios: { checkout: [10, 50] },
        rates: { restarts: [0, 10] },
        gauges: { memory: [5, 'NaN'] },
      },
      {
        errors: 0,
        ratios: { checkout: [5, 450] },
        rates: { restarts: [0, 90] },
        gauges: { memory: [5, null, 6] },
      },
    ),
  );
  const result = await replay(context, linesOf(ticks));
  assert.equal(result.exitCode, 1, result.stderr);
  assert.match(answersOf(result).at(-1)?.message ?? '', /worse than stable: checkout 20\.0 %/);
  const last = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as {
    metrics: { name: string; kind: string; isCritical: boolean }[];
  };
  assert.deepEqual(
    last.metrics.map(({ name, kind, isCritical }) => [name, kind, isCritical]),
    [
      ['errors', 'ratio', true],
      ['checkout', 'ratio', true],
      ['restarts', 'rate', true],
      ['memory', 'gauge', false],
    ],
  );
});

test('a million ticks take no more memory than a hundred thousand', async (context) => {
  if (!existsSync('/proc/self/status')) {
    context.skip('peak memory of a process is read from /proc');
    return;
  }
  const child = spawn(process.execPath, ['action/cli.ts', 'judge', 'replay', '--quiet'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const peakKilobytes = (): number =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
  let peakEarly = 0;
  const perWrite = 1000;
  for (let t = 0; t < 1_000_000; t += perWrite) {
    if (t === 100_000) peakEarly = peakKilobytes();
    const text = Array.from(
      { length: perWrite },
      (_, index) =>
        `{"t":${t + index},"candidate":{"requests":50,"errors":${index % 50 === 0 ? 1 : 0}},"baseline":{"requests":950,"errors":${index % 5}}}\n`,
    ).join('');
    if (!child.stdin.write(text)) await once(child.stdin, 'drain');
  }
  const peakLate = peakKilobytes();
  child.stdin.end();
  await once(child, 'close');
  assert.equal(child.exitCode, 0);
  assert.match(stdout, /"t":999999,.*"isLast":true/);
  assert.ok(peakEarly > 0 && peakLate < peakEarly + 50_000, `${peakEarly} kB, then ${peakLate} kB`);
});

test('judge plan says how long it takes, for people and for scripts', async (context) => {
  const directory = temporaryDirectory(context);
  const args = ['judge', 'plan', '--rps', '100', '--share', '5%', '--rate', '0.1%'];
  const told = await runEvenkeel(args, { directory });
  assert.equal(told.exitCode, 0, told.stderr);
  assert.match(told.stdout, /^100 requests a second; at most one harmless rollout in 100 is rolled back/);
  assert.match(told.stdout, /errors +5 % +0\.1 % +1\.5x +[\d.]+ h/);
  assert.match(told.stdout, /latency +5 % +1\.3x/);

  const written = await runEvenkeel([...args, '--json'], { directory });
  const { schema, decision, result } = JSON.parse(written.stdout) as {
    schema: string;
    decision: string;
    result: {
      metrics: {
        metric: string;
        passSeconds: number;
        detections: { times: number; atStartSeconds: number | null; lateSeconds: number | null }[];
      }[];
    };
  };
  assert.deepEqual([schema, decision], ['evenkeel/judge/v1', 'done']);
  for (const { metric, detections } of result.metrics) {
    const seconds = detections.map(({ atStartSeconds }) => atStartSeconds ?? Infinity);
    assert.deepEqual(
      seconds,
      [...seconds].sort((a, b) => b - a),
      `${metric}: worse is found sooner`,
    );
    for (const { atStartSeconds, lateSeconds } of detections)
      assert.ok(
        lateSeconds === null || (atStartSeconds ?? Infinity) <= lateSeconds,
        'what comes late takes longer',
      );
  }
  // Ten times the traffic takes a tenth of the time.
  const faster = await runEvenkeel(['judge', 'plan', '--rps', '1000', '--rate', '0.1%', '--json'], {
    directory,
  });
  const more = JSON.parse(faster.stdout) as { result: typeof result };
  const [slow, fast] = [result.metrics[0]?.passSeconds ?? 0, more.result.metrics[0]?.passSeconds ?? 0];
  assert.ok(Math.abs(slow / fast - 10) < 1e-9);
});
