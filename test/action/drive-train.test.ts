/**
 * The shell of a train with members made of memory: each runs the real machine behind the real shell of one rollout, with
 * effects that do nothing. Proved is the order of things between members; nothing here meets a disk, a router or Pulumi,
 * which test/acceptance/train.test.ts does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement, JudgementName } from '../../policies/judge/judgement.ts';
import { planRollout, type Effect, type RolloutState } from '../../policies/rollout/state.ts';
import { memberName, type Train, type TrainMember } from '../../policies/train/train.ts';
import { driveRollout, type DriveResult, type GateAnswer } from '../../action/deployer/drive-rollout.ts';
import { driveTrain, type MemberHooks } from '../../action/deployer/train/drive-train.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { until } from '../support/until.ts';

const places: [environment: string, wave: number][] = [
  ['box', 0],
  ['north', 1],
  ['south', 1],
];

const train: Train = {
  id: '7',
  name: 'shop',
  waves: ['first', 'rest'],
  members: places.map(([environment, wave]) => ({ service: 'shop', environment, wave, capacity: 1 })),
  totalCapacity: 3,
  blastRadiusBasisPoints: 10_000,
};

interface Scene {
  judge?: (place: string, state: RolloutState) => JudgementName | Promise<JudgementName>;
  perform?: (place: string, effect: Effect, signal: AbortSignal) => Promise<unknown>;
  /** Is asked when the train's own gate is open. */
  otherGate?: (place: string, state: RolloutState, effect: Effect) => Promise<GateAnswer | undefined>;
  /** What wakes a held member is its train, and not that time has passed, unless this is set. */
  gateRetrySeconds?: number;
  lost?: string;
  until?: 'finished' | 'due' | 'quiescent';
  signal?: AbortSignal;
  request?: { command: 'rollback' | 'pause' | 'resume'; by: string; only: string | null };
  /** Where each place stands at first; left out: nothing has begun. */
  states?: Map<string, RolloutState>;
}

const fresh = ({ service, environment }: TrainMember): RolloutState =>
  planRollout({
    rollout: environment,
    service,
    environment,
    stable: 'sha256:stable',
    candidate: 'sha256:candidate',
    fullCapacity: 1,
    canaryCapacity: 1,
    stepBasisPoints: [1000],
    minSoakSeconds: 0,
    stepDeadlineSeconds: 60,
    bakeSeconds: 0,
  });

function run(scene: Scene) {
  const log: string[] = [];
  let seconds = 0;
  const states = scene.states ?? new Map<string, RolloutState>();
  const runMember = (member: TrainMember, hooks: MemberHooks): Promise<DriveResult> => {
    const place = member.environment;
    const state = states.get(place) ?? fresh(member);
    const judgement = (name: JudgementName): Judgement => ({
      judgement: name,
      reasonCode: name === 'fail' ? 'worse' : 'not-worse',
      message: name,
      metrics: [],
    });
    const drive = driveRollout(
      {
        state,
        tickSeconds: 0.001,
        gateRetrySeconds: scene.gateRetrySeconds ?? 1e9,
        gateAnswerSeconds: 60,
        lookSeconds: 60,
        begunEffectId: null,
        holdSeconds: Infinity,
        until: scene.until ?? 'finished',
        signal: hooks.signal,
        ports: {
          elapsedSeconds: () => (seconds += 0.001),
          record: () => undefined,
          async mayWiden(effect, now) {
            const answer = await hooks.gate.mayWiden(effect, now);
            if (!answer.isOpen) return answer;
            return (await scene.otherGate?.(place, now, effect)) ?? answer;
          },
          async perform(effect, signal) {
            log.push(`${place} ${effect.name}`);
            await scene.perform?.(place, effect, signal);
            return effect.name === 'rehearse' ? { isProven: true, probes: 0, takeBack: null } : null;
          },
          judge: {
            begin: () => undefined,
            look: async (now) => judgement((await scene.judge?.(place, now)) ?? 'pass'),
          },
          observe(now) {
            states.set(place, now);
            hooks.onState(now);
          },
        },
      },
      hooks.request === null
        ? state.phase === 'planned'
          ? { type: 'started', atSeconds: 0, by: 'ada' }
          : null
        : { type: 'requested', atSeconds: 0, ...hooks.request },
    );
    hooks.onSteer(drive);
    return drive.done;
  };
  const done = driveTrain({
    train,
    members: train.members.map((member) => ({
      member,
      state: member.environment === scene.lost ? null : (states.get(member.environment) ?? fresh(member)),
    })),
    request: scene.request ?? null,
    holdSeconds: 3600,
    signal: scene.signal ?? new AbortController().signal,
    ports: {
      run: runMember,
      elapsedSeconds: () => seconds,
      tell: (member, { decision, reasonCode }) =>
        log.push(`${memberName(member)}: ${decision} ${reasonCode}`),
    },
  });
  return { log, states, done };
}

const at = (log: readonly string[], line: string): number => {
  assert.ok(log.includes(line), `${line} is not in ${log.join(', ')}`);
  return log.indexOf(line);
};

test('the box goes first, the next wave begins when it has baked, and all settle together', async () => {
  const { log, done } = run({});
  const end = await done;
  assert.equal(end.ended, 'finished');
  assert.deepEqual(
    end.members.map(({ state }) => state?.phase),
    ['settled', 'settled', 'settled'],
  );
  assert.ok(at(log, 'box flip') < at(log, 'north prepare'));
  assert.ok(at(log, 'box flip') < at(log, 'south prepare'));
  for (const place of ['box', 'north', 'south'])
    assert.ok(at(log, `${place} settle`) > Math.max(at(log, 'north flip'), at(log, 'south flip')));
});

test('members of one wave go side by side', async () => {
  let atOnce = 0;
  const { done } = run({
    perform: async (place, { name }) => {
      if (place === 'box' || name !== 'prepare') return;
      atOnce++;
      // Neither goes on before the other is there too.
      await until('both places of the wave prepare', () => atOnce === 2);
    },
  });
  assert.equal((await done).ended, 'finished');
});

test('one that fails takes all back that have begun, each at once, and the rest never begin', async () => {
  const withdrawing = new Set<string>();
  const { log, done } = run({
    judge: (place, { phase }) => (place === 'north' && phase === 'canary' ? 'fail' : 'pass'),
    perform: async (place, { name }) => {
      if (name !== 'withdraw') return;
      withdrawing.add(place);
      // No withdrawal ends before all are under way: none waits for another.
      await until('every place is being left', () => withdrawing.size >= 2);
    },
  });
  const end = await done;
  assert.deepEqual(
    end.members.map(({ state }) => state?.phase),
    ['rolled-back', 'rolled-back', 'rolled-back'],
  );
  assert.ok(withdrawing.has('box') && withdrawing.has('north'));
  assert.ok(!log.some((line) => line.endsWith(' settle')));
  const [box, north] = end.members.map(({ state }) => (state?.phase === 'rolled-back' ? state.cause : null));
  assert.equal(north?.reasonCode, 'worse');
  assert.equal(box?.by, 'train 7');
});

test('a journal that is gone holds the train; what has users is still watched and still goes back', async () => {
  const start = run({ lost: 'south' });
  const interruption = new AbortController();
  await until('the train says why it waits', () =>
    start.log.includes('shop in box: hold train-member-unknown'),
  ).catch(() => undefined);
  const end = await start.done;
  assert.equal(end.ended, 'waiting');
  assert.ok(!start.log.some((line) => line.includes('prepare')), 'nothing begins');

  // The box has users on the candidate, and then the journal of another place goes.
  const states = new Map<string, RolloutState>();
  const before = run({
    states,
    signal: interruption.signal,
    judge: (_, { phase }) => {
      if (phase === 'baking') interruption.abort();
      return phase === 'baking' ? 'inconclusive' : 'pass';
    },
  });
  assert.equal((await before.done).ended, 'interrupted');
  assert.equal(states.get('box')?.phase, 'baking');
  const after = run({ states, lost: 'south', judge: () => 'fail' });
  await after.done;
  assert.equal(states.get('box')?.phase, 'rolled-back');
});

test('what is due: a member that waits for its wave goes on when that has baked, in the same short run', async () => {
  const states = new Map<string, RolloutState>();
  const first = await run({ states, until: 'due', judge: () => 'inconclusive' }).done;
  assert.equal(first.ended, 'waiting');
  assert.equal(states.get('box')?.phase, 'canary');
  assert.equal(states.get('north'), undefined, 'its turn has not come');
  const second = await run({ states, until: 'due' }).done;
  assert.equal(second.ended, 'finished', JSON.stringify(second.members.map(({ decision }) => decision)));
});

test('what is due: a member whose gates are being asked again is not left to the next run', async () => {
  const looks = new Map<string, number>();
  const askedAgain = new Set<string>();
  const { done } = run({
    until: 'due',
    judge: async (place, { phase }): Promise<JudgementName> => {
      // Nobody has seen enough to leave before the gates are asked again …
      if (phase === 'settling') await until('another question', () => askedAgain.has(place));
      looks.set(place, (looks.get(place) ?? 0) + 1);
      return 'pass';
    },
    otherGate: async (place, { phase, withheld }) => {
      if (phase !== 'settling' || withheld === null) return undefined;
      askedAgain.add(place);
      // … and the other gates take so long that everybody has.
      const seen = looks.get(place) ?? 0;
      await until('some more looks', () => (looks.get(place) ?? 0) > seen + 3);
      return undefined;
    },
  });
  assert.equal((await done).ended, 'finished');
});

test('a pause without a driving process holds all that has begun, begins nothing, and is lifted by one resume', async () => {
  const states = new Map<string, RolloutState>();
  await run({ states, until: 'due', judge: () => 'inconclusive' }).done;
  const holds = (): (string | undefined)[] =>
    ['box', 'north', 'south'].map((place) => {
      const state = states.get(place);
      return state?.phase === 'canary' ? state.hold?.kind : state?.phase;
    });
  const ask = async (command: 'pause' | 'resume'): Promise<string[]> => {
    const { log, done } = run({
      states,
      until: 'quiescent',
      judge: () => 'inconclusive',
      request: { command, by: 'grace', only: null },
    });
    assert.equal((await done).ended, 'waiting');
    return log.filter((line) => line.includes('prepare'));
  };
  assert.deepEqual(await ask('pause'), []);
  assert.deepEqual(holds(), ['paused', undefined, undefined]);
  assert.deepEqual(await ask('resume'), []);
  assert.deepEqual(holds(), [undefined, undefined, undefined]);

  // A wave of which every member could begin at once.
  const both = new Map<string, RolloutState>();
  await run({ states: both, until: 'due', judge: (place) => (place === 'box' ? 'pass' : 'inconclusive') })
    .done;
  both.delete('south');
  const { log, done } = run({
    states: both,
    until: 'quiescent',
    request: { command: 'pause', by: 'grace', only: null },
    judge: () => 'inconclusive',
  });
  await done;
  assert.ok(!log.includes('south prepare'), 'a command begins nothing');
});

test('a rollback without a driving process is asked of all, also of what has not begun', async () => {
  const states = new Map<string, RolloutState>();
  await run({ states, until: 'due', judge: () => 'inconclusive' }).done;
  const request = { command: 'rollback', by: 'grace', only: null } as const;
  const { log, done } = run({ states, request });
  const end = await done;
  assert.equal(end.ended, 'finished');
  assert.ok(end.members.every(({ state }) => state?.phase === 'rolled-back'));
  assert.deepEqual(
    log.filter((line) => line.includes('withdraw')),
    ['box withdraw'],
  );
});

test('a member whose run fails ends the others where they stand, and its failure is the answer', async () => {
  const { done, states } = run({
    perform: (place, { name }) => {
      if (place === 'north' && name === 'prepare') throw effectFailure('journal-unwritable', 'no disk', true);
      return Promise.resolve();
    },
  });
  // A failed effect is the machine's own business: it goes back, and takes the box with it.
  assert.equal((await done).ended, 'finished');
  assert.equal(states.get('box')?.phase, 'rolled-back');
});

const frozen = {
  isOpen: false,
  by: 'gates',
  reasonCode: 'frozen',
  message: 'a freeze until Monday',
} as const;

test('a freeze of one place holds that place, the others go on, and all settle when it is over', async () => {
  let isFrozen = true;
  const { log, states, done } = run({
    gateRetrySeconds: 0.01,
    otherGate: (place, _, { name }) => {
      const isHeld = isFrozen && place === 'north' && name === 'expose';
      return Promise.resolve(isHeld ? frozen : undefined);
    },
    judge: (place) => {
      if (place === 'south' && states.get('south')?.phase === 'settling') isFrozen = false;
      return 'pass';
    },
  });
  assert.equal((await done).ended, 'finished');
  assert.ok(at(log, 'north expose') > at(log, 'south flip'), 'south did not wait for north');
  assert.ok(at(log, 'south settle') > at(log, 'north flip'), 'nothing settles before all have baked');
});

test('a place that is frozen goes back with the others: a freeze holds nobody on a bad version', async () => {
  const { states, done } = run({
    gateRetrySeconds: 0.01,
    otherGate: (place, { phase }, { name }) =>
      Promise.resolve(place === 'north' && phase === 'canary' && name === 'flip' ? frozen : undefined),
    judge: (place) =>
      place === 'south' && states.get('north')?.withheld?.kind === 'gated' ? 'fail' : 'pass',
  });
  const end = await done;
  assert.deepEqual(
    end.members.map(({ state }) => state?.phase),
    ['rolled-back', 'rolled-back', 'rolled-back'],
  );
});

test('one place that can never settle goes back alone at its deadline, and the answer says which have settled', async () => {
  const [, , south] = train.members;
  assert.ok(south !== undefined);
  const { plan } = fresh(south);
  const { done } = run({
    states: new Map([['south', planRollout({ ...plan, rolloutDeadlineSeconds: 2 })]]),
    perform: (place, { name }) => {
      if (place === 'south' && name === 'settle')
        throw effectFailure('stack-locked', 'somebody else holds the stack', true);
      return Promise.resolve();
    },
  });
  const { members } = await done;
  assert.deepEqual(
    members.map(({ state, decision }) => [state?.phase, decision.reasonCode]),
    [
      ['settled', 'train-member-settled'],
      ['settled', 'train-member-settled'],
      ['rolled-back', 'train-goes-back'],
    ],
  );
});
