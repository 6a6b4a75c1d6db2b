// Whole runs of `evenkeel judge`: what a person or a script sees. What the statistics are worth is in test/policies/judge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import { commitFiles } from '../support/git-repository.ts';
import { answersOf, linesOf, replay, stream, tick, type Json } from '../support/replay-ticks.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

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

test('judge plan of a service takes steps and metrics from the policy', async (context) => {
  const directory = temporaryDirectory(context);
  const policy = [
    'version: 1',
    'services:',
    '  shop:',
    '    paths: [shop/**]',
    '    metrics: [{ name: errors, critical: true, tolerate: 50% }]',
    'rollout: { preset: standard }',
  ];
  commitFiles(directory, 'a policy', { 'evenkeel.yml': `${policy.join('\n')}\n` });
  const run = (...args: string[]): Promise<CliResult> =>
    runEvenkeel(['judge', 'plan', '--rps', '100', ...args], { directory });
  const { stdout, stderr } = await run('--service', 'shop', '--json');
  const { result } = JSON.parse(stdout) as {
    result: { shares: number[]; deadlineSeconds: number | null; metrics: { metric: string }[] };
  };
  assert.ok(result.shares.length > 1 && (result.deadlineSeconds ?? 0) > 0, stderr);
  assert.deepEqual(new Set(result.metrics.map(({ metric }) => metric)), new Set(['errors']));

  for (const [args, says] of [
    [['--service', 'shp'], /has no service "shp"; did you mean shop\?/],
    [['--service', 'shop', '--tolerate', '20%'], /with --service the policy says what is tolerated/],
  ] as const) {
    const refused = await run(...args);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, says);
  }
});

/** What a published schema says of our own output; none of its objects may hold a key that it does not know. */
function schemaOf(path: string): ValidateFunction {
  const text = readFileSync(path, 'utf8').replaceAll(
    '"properties"',
    '"additionalProperties": false, "properties"',
  );
  // The alternatives of a plan and its outer object share their keys, so only inner objects are closed there.
  const schema: unknown = JSON.parse(path.includes('plan') ? readFileSync(path, 'utf8') : text);
  return new Ajv({ allErrors: true, strict: false }).compile(schema as Record<string, unknown>);
}

test('what replay and plan print is what the published schemas say', async (context) => {
  const isAnswer = schemaOf('policies/judge/replay/judge-replay.schema.json');
  const withAll = stream(80, 40).map((own, index) => ({
    ...own,
    ...tick(
      Number(own['t']),
      { latency, gauges: { memory: [1, 2] }, rates: { restarts: [0, 2] } },
      { latency: index === 3 ? null : latency, gauges: { memory: [1] }, rates: { restarts: [0, 8] } },
    ),
    stream: 'a',
  }));
  const outputs = await Promise.all([
    replay(context, linesOf(stream(120, 60))),
    replay(context, linesOf(withAll), ['--batch']),
    replay(context, ''),
    replay(context, linesOf([{ t: 0, missing: true }])),
  ]);
  for (const output of outputs) {
    assert.notEqual(output.stdout, '', output.stderr);
    for (const answer of answersOf(output)) assert.ok(isAnswer(answer), JSON.stringify(isAnswer.errors));
  }
  assert.ok(!isAnswer({ ...answersOf(outputs[0])[0], judgement: 'maybe' }), 'and it refuses what it should');

  const isPlan = schemaOf('policies/judge/judge-plan.schema.json');
  const directory = temporaryDirectory(context);
  for (const args of [
    ['--rps', '100'],
    ['--rps', '0.01', '--share', '1%'],
    ['--rps', 'x'],
  ]) {
    const { stdout } = await runEvenkeel(['judge', 'plan', ...args, '--json'], { directory });
    const plan: unknown = JSON.parse(stdout);
    assert.ok(isPlan(plan), `${args.join(' ')}: ${JSON.stringify(isPlan.errors)}`);
  }
  assert.ok(!isPlan({ schema: 'evenkeel/judge/v1', decision: 'done', reasonCode: 'planned', result: {} }));
});

test('the README’s example works as it is pasted', async (context) => {
  const [, script = ''] = /```sh\n([^`]*judge replay[^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  assert.ok(script.includes('| npx evenkeel '));
  const own = `| "${process.execPath}" "${resolve('action/cli.ts')}" `;
  const shell = spawn('sh', ['-c', script.replace('| npx evenkeel ', own)], {
    cwd: temporaryDirectory(context),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await once(shell, 'close');
  assert.equal(shell.exitCode, 1);
  assert.match(stdout, /"judgement":"fail".*"isLast":true\}\n$/);
});
