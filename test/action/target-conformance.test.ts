/** The conformance suite notices every broken promise; and the target that we ship keeps them all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformanceCases, type ConformanceCase } from '../../action/target/conformance-cases.ts';
import { formatConformance } from '../../action/target/format-conformance.ts';
import { openBench } from '../../action/target/open-bench.ts';
import { runConformance, type CaseResult } from '../../action/target/run-conformance.ts';
import { inMemoryTarget, type TargetFault } from '../support/in-memory-target.ts';

const never = new AbortController().signal;
const quiet = (): void => undefined;

function broken(results: readonly CaseResult[]): string[] {
  return results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
}

test('a target that keeps its promises passes every case', async (context) => {
  const results = await runConformance(await inMemoryTarget(context, null), never, quiet);
  assert.deepEqual(broken(results), [], JSON.stringify(results, null, 1));
  assert.equal(results.length, conformanceCases.length + 1);
  assert.ok(results.every(({ outcome }) => outcome === 'passed'));
});

const faults: [TargetFault, string, RegExp][] = [
  ['acts-in-preview', 'preview', /answers already/],
  ['does-all-in-code', 'preview', /no resource that would be created/],
  ['answers-as-another', 'create', /by neither of the two releases/],
  ['makes-anew', 'repeat', /3 to create/],
  ['leaks-users', 'candidate', /at a share of 0 % the candidate answered \d+ of 400 users/],
  ['ignores-pins', 'pins', /with the candidate’s pin \d+ of 40 requests went to the other version/],
  ['starts-one', 'capacity', /1 and 2 instances were wanted, and 1 and 1 are told of/],
  [
    'rounds-the-share',
    'share',
    /at a share of 5 % the candidate answered 0 of 1000 users, and 16 to 84 were/,
  ],
  ['drops-at-changes', 'share', /got no answer/],
  ['never-narrows', 'withdraw', /at a share of 0 % the candidate answered \d+/],
  ['flips-in-words', 'fast', /at a share of 0 % the candidate answered \d+/],
  ['drops-at-changes', 'rehearsal', /dropped \d+ of \d+ requests/],
  ['leaves-the-dead', 'damage', /was not back 1 s after/],
  ['lost-by-a-kill', 'killed', /of that name is there already/],
  ['stops-at-once', 'promote', /that stable was answering got no answer/],
  ['stays-up', 'destroy', /still answers/],
];
for (const [fault, name, message] of faults) {
  test(`a target that ${fault.replaceAll('-', ' ')} fails the case ${name}`, async (context) => {
    const bench = await inMemoryTarget(context, fault);
    bench.service.startSeconds = 1;
    const cases = conformanceCases.filter((one) => one.name === 'create' || one.name === name);
    const results = await runConformance(bench, never, quiet, cases);
    const found = results.find((result) => result.name === name);
    assert.equal(found?.outcome, 'failed', JSON.stringify(results, null, 1));
    assert.match(found.message, message);
    assert.match(formatConformance('./mine.ts', results), new RegExp(`FAILED +${name}`));
  });
}

test('without a first release nothing else is tried, and the target is taken down all the same', async (context) => {
  const results = await runConformance(await inMemoryTarget(context, 'answers-as-another'), never, quiet);
  assert.deepEqual(broken(results), ['create']);
  assert.equal(results.find(({ name }) => name === 'share')?.outcome, 'not-tried');
  assert.equal(results.at(-1)?.outcome, 'passed');
});

test('a case that hangs is called off and fails, and the target is taken down', async (context) => {
  const bench = await inMemoryTarget(context, null);
  const calledOff = Promise.withResolvers<undefined>();
  const hanging: ConformanceCase = {
    name: 'hangs',
    promise: 'it ends',
    remedy: 'End.',
    run: (_bench, signal) => {
      signal.addEventListener('abort', () => calledOff.resolve(undefined));
      return new Promise<never>(() => undefined);
    },
  };
  const [result, ...after] = await runConformance(bench, never, quiet, [hanging], 1);
  await calledOff.promise;
  assert.deepEqual([result?.name, result?.outcome], ['hangs', 'failed']);
  assert.match(result?.message ?? '', /did not end within 0\.001 s/);
  assert.deepEqual(
    after.map(({ name }) => name),
    ['destroy'],
  );
});

test('an interruption takes the target down', async (context) => {
  const bench = await inMemoryTarget(context, null);
  const interruption = new AbortController();
  const seen: string[] = [];
  const run = runConformance(bench, interruption.signal, ({ name }) => {
    seen.push(name);
    if (name === 'create') interruption.abort();
  });
  await run;
  assert.deepEqual(seen, ['preview', 'create', 'destroy']);
});

test('the local target keeps the contract, through the real Pulumi', async () => {
  const bench = await openBench({
    module: 'local',
    service: null,
    workingDirectory: process.cwd(),
    env: process.env,
    progress: quiet,
    signal: never,
  });
  // What a rollout does with it anyway, at every step of every other test, is left to the command itself.
  const elsewhere = ['share', 'withdraw', 'rehearsal', 'damage'];
  const cases = conformanceCases.filter(({ name }) => !elsewhere.includes(name));
  const results = await runConformance(bench, never, quiet, cases);
  assert.deepEqual(broken(results), [], JSON.stringify(results, null, 1));
  bench.close();
});
