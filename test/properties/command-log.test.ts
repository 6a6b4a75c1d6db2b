/**
 * Two sweeps at once over the same comments, delivered late, twice or not at all, each cut off between any two steps: no
 * origin is executed twice, and every one that was begun and not finished is reported.
 *
 * The steps of a sweep are written here in the order of `action/command-log/carry-out.ts`; what decides between them is
 * the code itself. That the disk keeps the order of appends is shown by the tests of the audit log.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildEntry, type AuditEntry, type NewAuditEntry } from '../../policies/audit/audit-entry.ts';
import { ownsConfirmation, ownsRequest, readCommandLog } from '../../policies/command/command-log.ts';
import { ada, grace } from '../support/command-input.ts';

interface World {
  log: AuditEntry[];
  /** How often the effect of each origin happened. */
  executed: Map<string, number>;
}

function append({ log }: World, entry: NewAuditEntry): void {
  log.push(buildEntry(entry, log.at(-1) ?? null, new Date(Date.UTC(2026, 2, 2) + log.length * 1000)));
}

const evenkeel = { kind: 'evenkeel', name: 'commands' } as const;
const asked = 'comment:1';

/** One sweep over what was delivered to it; it may be cut off at every `yield`. */
function* sweep(world: World, name: string, delivered: readonly string[]): Generator<void> {
  for (const origin of delivered) {
    yield;
    if (readCommandLog(world.log).seenOrigins.has(origin)) continue;
    yield;
    const isConfirmation = origin.startsWith('comment:2');
    const { pending } = readCommandLog(world.log);
    // A confirmation that comes before what it confirms finds nothing, and is refused.
    const confirms = isConfirmation ? pending.find((one) => one.origin.id === asked) : undefined;
    const state =
      origin === asked ? 'awaiting-confirmation' : isConfirmation && !confirms ? 'refused' : 'begun';
    const claim = `${name} ${origin}`;
    yield;
    append(world, {
      actor: evenkeel,
      event: 'command.requested',
      inputs: {
        origin: { door: 'comment', id: origin, text: '/evenkeel promote' },
        by: isConfirmation ? grace : ada,
        command: isConfirmation ? 'confirm 0123456789ab' : 'promote',
        state,
        digest: 'sha256:0123456789ab',
        expiresAt: '2026-03-03T00:00:00.000Z',
        plan: { words: ['goes on'], inputs: {} },
        claim,
      },
    });
    yield;
    if (!ownsRequest(world.log, origin, claim) || state === 'awaiting-confirmation') continue;
    if (state === 'refused') {
      append(world, { actor: evenkeel, event: 'command.refused', inputs: { origin } });
      continue;
    }
    if (confirms !== undefined) {
      append(world, {
        actor: evenkeel,
        event: 'command.confirmed',
        inputs: { origin: asked, confirmation: origin, claim },
      });
      yield;
      if (!ownsConfirmation(world.log, asked, claim)) {
        append(world, { actor: evenkeel, event: 'command.refused', inputs: { origin } });
        continue;
      }
    }
    yield;
    const effectOf = confirms === undefined ? origin : asked;
    world.executed.set(effectOf, (world.executed.get(effectOf) ?? 0) + 1);
    yield;
    const ends = confirms === undefined ? { origin } : { origin: asked, confirmation: origin };
    append(world, { actor: evenkeel, event: 'command.done', inputs: ends });
  }
}

const origins = ['comment:1', 'comment:21', 'comment:22', 'comment:3', 'dispatch:4'];
const deliveries = fc.array(fc.constantFrom(...origins), { maxLength: 12 });

/** Runs two sweeps step by step in the order that `turns` says; each ends where its `cut` says. */
function run(
  world: World,
  first: readonly string[],
  second: readonly string[],
  turns: readonly boolean[],
  cuts: [number, number],
): void {
  const sweeps = [sweep(world, 'one', first), sweep(world, 'two', second)];
  const left = [...cuts];
  const step = (index: 0 | 1): void => {
    if ((left[index] ?? 0) <= 0) return;
    left[index] = (left[index] ?? 0) - 1;
    if (sweeps[index]?.next().done === true) left[index] = 0;
  };
  for (const turn of turns) step(turn ? 0 : 1);
  while ((left[0] ?? 0) > 0 || (left[1] ?? 0) > 0) {
    step(0);
    step(1);
  }
}

test('every origin is executed at most once, and what was cut off is reported', () => {
  const steps = fc.integer({ min: 0, max: 100 });
  let executions = 0;
  let reports = 0;
  fc.assert(
    fc.property(
      deliveries,
      deliveries,
      fc.array(fc.boolean(), { maxLength: 120 }),
      steps,
      steps,
      (first, second, turns, firstCut, secondCut) => {
        const world: World = { log: [], executed: new Map() };
        run(world, first, second, turns, [firstCut, secondCut]);
        // A later run that is not cut off, over everything: nothing is lost, and nothing happens again.
        const { unfinished } = readCommandLog(world.log);
        run(world, origins, [], [], [1000, 0]);
        for (const [origin, count] of world.executed) assert.equal(count, 1, origin);
        const after = readCommandLog(world.log);
        assert.deepEqual([...after.seenOrigins].sort(), [...origins].sort());
        const ended = new Set(
          world.log.flatMap(({ event, inputs }) =>
            ['command.done', 'command.refused'].includes(event)
              ? [inputs?.['origin'], inputs?.['confirmation']]
              : [],
          ),
        );
        const pending = new Set(after.pending.map(({ origin }) => origin.id));
        const reported = new Set(after.unfinished.map(({ origin }) => origin.id));
        for (const origin of origins) {
          assert.ok(ended.has(origin) || pending.has(origin) || reported.has(origin), `${origin} is lost`);
          if (world.executed.has(origin)) assert.ok(ended.has(origin) || reported.has(origin), origin);
        }
        // What nobody finished stays reported: the later run did not begin it again.
        for (const { origin } of unfinished) assert.ok(reported.has(origin.id), origin.id);
        executions += world.executed.size;
        reports += reported.size;
      },
    ),
    { numRuns: 5000 },
  );
  // A property that sees neither would prove nothing.
  assert.ok(executions > 5000 && reports > 500, `${executions} executions, ${reports} reports`);
});

test('the log is read for its cursor, its first claims and its voids', () => {
  const world: World = { log: [], executed: new Map() };
  run(world, ['comment:1'], [], [], [100, 0]);
  assert.deepEqual(
    readCommandLog(world.log).pending.map(({ by, digest }) => [by.login, digest]),
    [['ada', 'sha256:0123456789ab']],
  );
  append(world, { actor: evenkeel, event: 'command.voided', inputs: { origin: asked } });
  // A confirmation after that counts no more.
  append(world, { actor: evenkeel, event: 'command.confirmed', inputs: { origin: asked, claim: 'late' } });
  assert.equal(ownsConfirmation(world.log, asked, 'late'), false);
  assert.deepEqual(readCommandLog(world.log).pending, []);
  assert.deepEqual(readCommandLog(world.log).unfinished, []);
  append(world, { actor: evenkeel, event: 'commands.swept', inputs: { cursor: 'comment:22' } });
  assert.equal(readCommandLog(world.log).cursor, 'comment:22');
  // A rollout's own entry is no command.
  append(world, {
    actor: evenkeel,
    event: 'command.requested',
    inputs: { type: 'requested', command: 'abort' },
  });
  assert.deepEqual([...readCommandLog(world.log).seenOrigins], [asked]);
});
