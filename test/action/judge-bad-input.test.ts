// What `evenkeel judge` refuses: exit code 2, the file, the line, what is wrong; whatever was said before stays whole.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answersOf, linesOf, replay, tick, type Json } from '../support/replay-ticks.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

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
    [
      ['plan', '--rps', '100', '--until', 'fail'],
      /--until is an option of `judge replay`, not of `judge plan`/,
    ],
    [['replay', '--rps', '100'], /--rps is an option of `judge plan`/],
  ] as const) {
    const result = await runEvenkeel(['judge', ...args], { directory });
    assert.equal(result.exitCode, 2, args.join(' '));
    assert.match(result.stderr, says);
    assert.equal(result.stdout, '');
  }
});

test('counts that turn out to be of another form than the lines before were taken for are refused', async (context) => {
  const own = (counts: number[]): Json => ({ latency: { le: [0.01, 0.1, 1], counts } });
  const ticks = [tick(0, own([0, 1, 2]), own([0, 3, 4])), tick(10, own([50, 40, 10]), own([500, 300, 50]))];
  const result = await replay(context, linesOf(ticks));
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /ticks\.jsonl:2: .*each bucket alone here, and were taken for cumulative/);
});
