/**
 * What fails on the way to GitHub, through the built bundle: every operation that a review asks for, with every fault.
 * The table is made from what the runs ask for, so that a new operation is in it by itself. After each fault comes a run
 * without one, which has to find everything as it should be. The fake's head says what this does not prove.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { operations } from '../../support/github/description/conformance.ts';
import type { OperationId } from '../../support/github/description/operations.ts';
import { buildBundle } from '../../support/bundle.ts';
import { reviewScene, type ReviewScene } from '../../support/github/review-scene.ts';
import type { StepResult } from '../../support/github/run-action.ts';
import type { Fault } from '../../support/github/state.ts';
import { until } from '../../support/until.ts';

const bundle = mkdtempSync(join(tmpdir(), 'evenkeel-bundle-'));
const main = join(bundle, 'index.js');
before(() => buildBundle(bundle));
after(() => rmSync(bundle, { recursive: true, force: true }));

const always = 1000;
const secondary = {
  status: 403,
  headers: { 'retry-after': '1' },
  message: 'You have exceeded a secondary rate limit.',
};

type Outcome = 'as usual' | 'a sentence' | 'killed';

interface FaultKind {
  /** The first fault is for the first request, and so on; the operation is filled in. */
  faults: Fault[];
  outcome: Outcome;
  /** When the process ends by force: when the operation was asked for. */
  isKilled?: true;
  /** Tells what was true before the last push. */
  isLate?: true;
}

const reading: Record<string, FaultKind> = {
  'stumbles: 502, a cut connection, a secondary limit': {
    faults: [{ status: 502 }, {}, secondary],
    outcome: 'as usual',
  },
  'fails for good': { faults: [{ status: 500, times: always }], outcome: 'a sentence' },
  'is forbidden': {
    faults: [{ status: 403, message: 'Resource not accessible by integration', times: always }],
    outcome: 'a sentence',
  },
  'lags behind': { faults: [], isLate: true, outcome: 'as usual' },
};

const writing: Record<string, FaultKind> = {
  'is done, and the answer is a 502': { faults: [{ status: 502, isDone: true }], outcome: 'as usual' },
  'is done, and the answer is cut off, then refused for a while': {
    faults: [{ isDone: true }, secondary],
    outcome: 'as usual',
  },
  'fails for good': { faults: [{ status: 500, times: always }], outcome: 'a sentence' },
  'ends with the machine, and is not done': { faults: [{ status: 500 }], isKilled: true, outcome: 'killed' },
  'ends with the machine, and is done': { faults: [{}], isKilled: true, outcome: 'killed' },
};

const isRead = (operation: OperationId): boolean =>
  operations.find(({ id }) => id === operation)?.method === 'GET';

/** A change that one approved before it was pushed to again: nobody has approved what it is now. */
async function staleScene(context: TestContext): Promise<ReviewScene & { push(): string }> {
  const scene = await reviewScene(context, main);
  const { world, number } = scene;
  world.review(number, { by: 'bo', state: 'APPROVED' });
  return {
    ...scene,
    push: () => world.push(number, { by: 'ola', files: { 'shop/a.txt': 'c\n' } }).head,
  };
}

const asked = ({ world }: ReviewScene): OperationId[] =>
  world.requests.flatMap(({ operation }) => operation ?? []);

/** Runs once with the fault at this operation. */
async function runWith(
  scene: ReviewScene,
  operation: OperationId,
  { faults, isKilled }: FaultKind,
): Promise<StepResult> {
  const { world } = scene;
  world.requests.length = 0;
  if (isKilled !== true) {
    world.faults.push(...faults.map((fault) => ({ ...fault, operation })));
    const step = await scene.run();
    world.faults.length = 0;
    return step;
  }
  const { promise: dead, resolve: bury } = Promise.withResolvers<undefined>();
  world.faults.push(...faults.map((fault) => ({ ...fault, operation, until: dead })));
  const killed = until(`${operation} is asked for`, () => asked(scene).includes(operation), 120);
  const step = await scene.run({ killed });
  bury(undefined);
  // What the dead had asked for is done now, after it, before anybody else asks.
  await until('the fault is over', () => world.faults.length === 0);
  return step;
}

function assertOutcome(step: StepResult, outcome: Outcome, usual: 'await-approval' | 'allow'): void {
  assert.doesNotMatch(step.log, /^\s+at \S+ \(/m, 'a stack trace');
  if (outcome === 'as usual') assert.equal(step.outputs['decision'], usual, step.log);
  if (outcome === 'killed') assert.equal(step.exitCode, null);
  if (outcome === 'a sentence' && step.outputs['decision'] !== usual) {
    assert.notEqual(step.exitCode, 0, step.log);
    assert.match(step.log, /^::error(?: [^:]*)?::\S.{30,}$/m, step.log);
  }
}

/** Both gates once, completed and as they should be, and one comment. */
function assertShown(scene: ReviewScene, head: string, conclusion: string, said: RegExp): void {
  for (const [name, wanted] of [
    ['check', 'success'],
    ['approval', conclusion],
  ] as const) {
    const gate = scene.gate(name, head);
    assert.deepEqual([gate?.status, gate?.conclusion], ['completed', wanted], name);
  }
  assert.equal(scene.ownComments().length, 1);
  assert.match(scene.ownComments()[0] ?? '', said);
}

async function play(
  context: TestContext,
  operation: OperationId,
  stage: 'first' | 'second',
  kind: FaultKind,
): Promise<void> {
  const scene = await staleScene(context);
  const { world, number } = scene;
  if (kind.isLate === true) world.lag(operation, 1);
  const head = scene.push();
  const first = await runWith(
    scene,
    operation,
    stage === 'first' ? kind : { faults: [], outcome: 'as usual' },
  );
  assertOutcome(first, stage === 'first' ? kind.outcome : 'as usual', 'await-approval');
  assert.notEqual(scene.gate('approval', head)?.conclusion, 'success', 'nobody has approved this');
  world.review(number, { by: 'kim', state: 'APPROVED' });
  if (stage === 'second') assertOutcome(await runWith(scene, operation, kind), kind.outcome, 'allow');
  const last = await scene.run();
  assert.equal(last.outputs['decision'], 'allow', last.log);
  assertShown(scene, head, 'success', /Approved by kim/);
}

test(
  'every operation of a review, with every fault: nothing approved wrongly, doubled or lost',
  {
    concurrency: 12,
  },
  async (context) => {
    const scene = await staleScene(context);
    scene.push();
    assert.equal((await scene.run()).outputs['decision'], 'await-approval');
    const first = new Set(asked(scene));
    scene.world.requests.length = 0;
    scene.world.review(scene.number, { by: 'kim', state: 'APPROVED' });
    assert.equal((await scene.run()).outputs['decision'], 'allow');
    const second = new Set(asked(scene));
    assert.ok(first.size >= 10, [...first].join(', '));
    const onlySecond = [...second].filter((operation) => !first.has(operation));
    const cases = [
      ...[...first].map((operation) => ({ operation, stage: 'first' as const })),
      // What only the second run asks for, as when something is written anew.
      ...onlySecond.map((operation) => ({ operation, stage: 'second' as const })),
    ].flatMap((at) =>
      Object.entries(isRead(at.operation) ? reading : writing).map(([name, kind]) => ({ ...at, name, kind })),
    );
    // A request that nobody ever answers costs a minute, so one operation stands for all: they share one client.
    const never = { faults: [{ until: new Promise(() => undefined) }], outcome: 'as usual' as const };
    cases.unshift({ operation: 'pulls/list-reviews', stage: 'first', name: 'never answers', kind: never });
    context.diagnostic(`${cases.length} cases: ${[...first, ...onlySecond].join(', ')}`);
    await Promise.all(
      cases.map(({ operation, stage, name, kind }) =>
        context.test(`${operation} ${name}`, (each) => play(each, operation, stage, kind)),
      ),
    );
  },
);

test('two runs at once, of the old head and of the new: each commit shows its own, and the comment is about the new', async (context) => {
  const scene = await reviewScene(context, main);
  const { world, number } = scene;
  world.review(number, { by: 'bo', state: 'APPROVED' });
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  world.faults.push({ operation: 'checks/create', until: released });
  const old = scene.run();
  await until('the old run writes', () => asked(scene).includes('checks/create'), 120);
  const { head } = world.push(number, { by: 'ola', files: { 'shop/a.txt': 'c\n' } });
  assert.equal((await scene.run()).outputs['decision'], 'await-approval');
  release(undefined);
  assert.equal((await old).outputs['decision'], 'allow', 'of what it read');
  assert.equal(scene.gate('approval', scene.head)?.conclusion, 'success');
  assertShown(scene, head, 'action_required', new RegExp(`About ${head.slice(0, 12)}`));
});

for (const count of [250, 251]) {
  test(`a pull request of 3,000 files, ${count} commits and 5,000 comments is read to its end`, async (context) => {
    const files = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`shop/f/${index}`, `${index}\n`]),
    );
    const later = Array.from({ length: count - 1 }, (_, index) => ({
      files: { 'shop/n': `${index}\n` },
      // Who made only the last of them is seen as well.
      ...(index === count - 2 ? { author: 'bo' } : {}),
    }));
    const scene = await reviewScene(context, main, { commits: [{ files }, ...later] });
    const { world, number } = scene;
    for (let index = 0; index < 5000; index++) world.comment(number, { by: 'kim', body: `${index}` });
    world.review(number, { by: 'bo', state: 'APPROVED' });
    const waiting = await scene.run();
    assert.equal(waiting.outputs['decision'], 'await-approval', waiting.log);
    world.review(number, { by: 'kim', state: 'APPROVED' });
    const step = await scene.run();
    assert.equal(step.outputs['decision'], 'allow', step.log);
    assertShown(scene, scene.head, 'success', /Approved by kim/);
  });
}
