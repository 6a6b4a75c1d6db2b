/**
 * The machine among others: a process that works and crashes, messages that come late, twice or never, two operators, a
 * judge, gates and a clock, in random order. What is kept is the journal and the world; memory is lost with every crash.
 * Effects of this world are one step each; test/action/drive-crash.test.ts has effects that a crash cuts in half.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replay, type JournalRecord } from '../../policies/rollout/replay.ts';
import {
  isFinal,
  isFinished,
  isWidening,
  planRollout,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { plans } from '../support/rollout-histories.ts';

/** What a simple observer knows: nothing of phases, only of what was asked and of what users see. */
interface Model {
  isBackWanted: boolean;
}

class Real {
  readonly records: JournalRecord[];
  readonly inFlight: RolloutEvent[] = [];
  state: RolloutState;
  shareBasisPoints = 0;
  seconds = 0;

  constructor(plan: RolloutPlan) {
    this.state = planRollout(plan);
    this.records = [{ record: 'plan', plan, at: '', by: 'ada', context: null }];
    this.hear({ type: 'started', atSeconds: 0, by: 'ada' });
  }

  /** What the shell does with an event: on record when it matters, and only then. */
  hear(event: RolloutEvent): void {
    const { state } = transition(this.state, event);
    if (state === this.state) return;
    this.records.push({ record: 'event', event, at: '' });
    this.state = state;
  }

  crash(): void {
    this.inFlight.length = 0;
    const kept = replay(JSON.parse(JSON.stringify(this.records)) as JournalRecord[]);
    assert.ok(kept !== null);
    this.state = kept;
    this.hear({ type: 'resumed', atSeconds: this.seconds });
  }
}

/** One thing that happens; afterwards everything that must hold is looked at. */
class Happening implements fc.Command<Model, Real> {
  readonly name: string;
  private readonly act: (model: Model, real: Real) => void;

  constructor(name: string, act: (model: Model, real: Real) => void) {
    this.name = name;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    const before = real.state;
    this.act(model, real);
    hold(model, real, before);
  }

  toString(): string {
    return this.name;
  }
}

function hold(model: Model, real: Real, before: RolloutState): void {
  const { state, records, shareBasisPoints } = real;
  assert.deepEqual(replay(JSON.parse(JSON.stringify(records)) as JournalRecord[]), state, 'R6');
  const isBack = 'cause' in before;
  if (isBack) assert.ok(state.pending === null || !isWidening(state.pending), 'R20');
  if (model.isBackWanted) assert.ok('cause' in state, 'R3: somebody wanted it back, and it goes on');
  if (!isFinished(state)) return;
  const wanted = state.phase === 'settled' ? 10_000 : 0;
  assert.equal(shareBasisPoints, wanted, 'what users see is not what the journal says');
}

const happening = (name: string, act: (model: Model, real: Real) => void) => new Happening(name, act);

function happenings(): fc.Arbitrary<Happening>[] {
  const which = fc.nat({ max: 9 });
  return [
    // The process does what is pending, unless its gates hold it; the word of it is on its way.
    ...[1, 2, 3, 4].map(() =>
      fc.boolean().map((isProven) =>
        happening('work', (_model, real) => {
          const { pending, withheld } = real.state;
          if (pending === null || withheld !== null) return;
          real.records.push({ record: 'intent', effect: pending, at: '' });
          real.shareBasisPoints = pending.candidateBasisPoints;
          const outcome = { isProven: isProven || real.seconds % 3 > 0 };
          real.inFlight.push({ type: 'effect-done', atSeconds: real.seconds, effectId: pending.id, outcome });
        }),
      ),
    ),
    ...[1, 2, 3, 4].map(() =>
      which.map((index) =>
        happening(`message ${index} arrives`, (_model, real) => {
          const [event] = real.inFlight.splice(index % Math.max(1, real.inFlight.length), 1);
          if (event !== undefined) real.hear(event);
        }),
      ),
    ),
    which.map((index) =>
      happening(`message ${index} arrives, and will again`, (_model, real) => {
        const event = real.inFlight[index % Math.max(1, real.inFlight.length)];
        if (event !== undefined) real.hear(event);
      }),
    ),
    which.map((index) =>
      happening(`message ${index} is lost`, (_model, real) => {
        real.inFlight.splice(index % Math.max(1, real.inFlight.length), 1);
      }),
    ),
    fc.constant(happening('crash', (_model, real) => real.crash())),
    fc
      .tuple(
        fc.constantFrom<OperatorCommand>(
          ...(['promote', 'promote', 'pause', 'resume', 'abort', 'rollback'] as const),
        ),
        fc.constantFrom('ada', 'grace'),
      )
      .map(([command, by]) =>
        happening(`${by} asks for ${command}`, (model, real) => {
          const isBack = command === 'abort' || command === 'rollback';
          if (isBack && !isFinal(real.state)) model.isBackWanted = true;
          real.hear({ type: 'requested', atSeconds: real.seconds, command, by });
        }),
      ),
    ...[1, 2, 3].map(() =>
      fc
        .constantFrom(...(['pass', 'pass', 'pass', 'fail', 'no-data', 'inconclusive'] as const))
        .map((judgement) =>
          happening(`the judge says ${judgement}`, (_model, real) =>
            real.hear({
              type: 'judged',
              atSeconds: real.seconds,
              judgement,
              reasonCode: 'worse',
              message: judgement,
            }),
          ),
        ),
    ),
    fc.boolean().map((isOpen) =>
      happening(isOpen ? 'the gates open' : 'the gates close', (_model, real) => {
        const about = { atSeconds: real.seconds, effectId: real.state.pending?.id ?? 'none' };
        const why = { reasonCode: 'frozen', message: 'frozen', hasBegun: false };
        real.hear(isOpen ? { type: 'admitted', ...about } : { type: 'withheld', ...about, ...why });
      }),
    ),
    ...[1, 2].map(() =>
      fc.integer({ min: -5, max: 12 }).map((seconds) =>
        happening(`${seconds} s pass`, (_model, real) => {
          real.seconds += seconds;
          real.hear({ type: 'clock', atSeconds: real.seconds });
        }),
      ),
    ),
  ];
}

test('R3 R6 R20 whatever happens in whatever order, the journal tells what is, and users are where it says', () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(plans, fc.commands(happenings(), { maxCommands: 120, size: 'max' }), (plan, commands) => {
      const model: Model = { isBackWanted: false };
      const real = new Real(plan);
      fc.modelRun(() => ({ model, real }), commands);
      ends.set(real.state.phase, (ends.get(real.state.phase) ?? 0) + 1);
    }),
    { numRuns: 300 },
  );
  for (const phase of ['settled', 'rolled-back', 'baking', 'canary'])
    assert.ok((ends.get(phase) ?? 0) > 3, `few histories end ${phase}: ${JSON.stringify([...ends])}`);
});
