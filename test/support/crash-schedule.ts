/**
 * One random schedule: a rollout in a `CrashWorld`, carried by one process after another, each killed at a random point,
 * until one gets to the end. Journal, audit log and lock are the real ones, on a disk; so are the machine, the shell and
 * its ports. Every choice comes from the number of the schedule, so that a bad one can be had again.
 */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openAuditLog } from '../../action/audit-log/directory-store.ts';
import {
  driveRollout,
  type Drive,
  type DriveOptions,
  type RolloutJudge,
} from '../../action/deployer/drive-rollout.ts';
import { openJournal, readJournal } from '../../action/deployer/journal.ts';
import { portsOfRun } from '../../action/deployer/ports-of-run.ts';
import { openRolloutAudit } from '../../action/deployer/rollout-audit.ts';
import type { JudgementName } from '../../policies/judge/judgement.ts';
import { begunEffectOf, replay, type JournalRecord } from '../../policies/rollout/replay.ts';
import {
  isFinished,
  isWidening,
  type Effect,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { Crash, effectsIn, newWorld, rowsToFill, type CrashWorld, type Life } from './crash-world.ts';

export interface ScheduleEnd {
  phase: RolloutState['phase'];
  processes: number;
  crashes: number;
}

/** Takes the rollout's lock as a process would, and forgets it as a killed one does. */
export interface ScheduleLock {
  assertHeld(): void;
  /** Given back in order, or left behind by a process that is gone. */
  end(isCrash: boolean): void;
}

export interface ScheduleOptions {
  number: number;
  directory: string;
  takeLock(path: string): ScheduleLock;
}

const mostCrashes = 6;
const mostProcesses = 60;

/** Runs the schedule and checks it all along; fails where something that must hold does not. */
export async function runSchedule(options: ScheduleOptions): Promise<ScheduleEnd> {
  const chance = chanceOf(options.number);
  const plan = planOf(chance);
  const stage: Stage = {
    ...options,
    chance,
    plan,
    world: newWorld(plan.stable, plan.fullCapacity),
    journal: join(options.directory, 'journal'),
    audit: join(options.directory, 'audit'),
    startedAt: new Date().toISOString(),
    crashes: 0,
  };
  mkdirSync(stage.journal, { recursive: true });
  for (let processes = 1; processes <= mostProcesses; processes++) {
    const state = await runProcess(stage, processes === 1);
    if (state === null || !isFinished(state)) continue;
    checkEnd(stage, state);
    return { phase: state.phase, processes, crashes: stage.crashes };
  }
  throw new Error(`schedule ${options.number} does not end within ${mostProcesses} processes`);
}

interface Stage extends ScheduleOptions {
  chance: Chance;
  plan: RolloutPlan;
  world: CrashWorld;
  journal: string;
  audit: string;
  startedAt: string;
  crashes: number;
}

/** One process from its start to its end; null when it was killed. */
async function runProcess(stage: Stage, isNew: boolean): Promise<RolloutState | null> {
  const { chance, world, plan } = stage;
  const mayCrash = stage.crashes < mostCrashes;
  const life = newLife(mayCrash ? Math.floor(chance() * 130) + 1 : Infinity, chance, mayCrash);
  const lock = stage.takeLock(join(stage.directory, 'lock.json'));
  const journal = openJournal(stage.journal, '1');
  const audit = openRolloutAudit(stage.audit, { rollout: '1', plan }, () => new Date());
  if (isNew) journal.append({ record: 'plan', plan, at: stage.startedAt, by: 'ada', context: null });
  const records = readJournal(stage.journal, '1');
  const state = replay(records);
  assert.ok(state !== null);
  const done = new Map<string, number>();
  const { ports } = portsOfRun({
    rollout: { state, records: [], startedAt: stage.startedAt },
    // The dead take nobody anywhere.
    lock: { assertHeld: () => lock.assertHeld(), isOurs: () => !life.isOver },
    journal: { append: (record) => appendOrDie(stage, life, journal, record) },
    audit(record) {
      life.point();
      audit.add(record);
      life.point();
    },
    effects: effectsIn(world, life, plan),
    gates: [
      {
        mayWiden: async () => {
          await turn(life);
          return life.isUnlucky()
            ? { isOpen: false, reasonCode: 'frozen', message: 'frozen' }
            : { isOpen: true };
        },
      },
    ],
    judge: judgeBy(chance, life),
    view: { phaseChanged: () => undefined },
    now: () => new Date(),
    progress: () => undefined,
  });
  const elapsedSeconds = ports.elapsedSeconds.bind(ports);
  const options: DriveOptions = {
    state,
    ports: {
      ...ports,
      // The clock is what a dead process is told last: its ticker ends with it.
      elapsedSeconds() {
        if (life.isOver) throw new Crash();
        return elapsedSeconds();
      },
      async perform(effect, signal) {
        checkMayPerform(stage, effect, done);
        life.point();
        const outcome = await aliveOrNever(life, ports.perform(effect, signal));
        await turn(life);
        return outcome;
      },
    },
    tickSeconds: 0.001,
    gateRetrySeconds: 0,
    gateAnswerSeconds: 60,
    lookSeconds: 60,
    begunEffectId: begunEffectOf(records),
    holdSeconds: 0.02,
    until: chance() < 0.5 ? 'finished' : chance() < 0.5 ? 'due' : 'quiescent',
    signal: new AbortController().signal,
  };
  try {
    const drive = driveRollout(options, startOf(stage, state));
    operate(drive, life, chance);
    const { state: last } = await drive.done;
    // A kill at the very end, in what a way back does not wait for, has nothing left to interrupt.
    if (life.isOver) throw new Crash();
    lock.end(false);
    return last;
  } catch (error) {
    if (!(error instanceof Crash) && !life.isOver) throw error;
    stage.crashes++;
    lock.end(true);
    return null;
  } finally {
    journal.close();
    audit.close();
  }
}

function startOf({ chance }: Stage, state: RolloutState): RolloutEvent | null {
  if (state.phase === 'planned') return { type: 'started', atSeconds: 0, by: 'ada' };
  if (isPaused(state))
    return { type: 'requested', atSeconds: state.atSeconds, command: 'resume', by: 'grace' };
  const isSteered = chance() < 0.15;
  return isSteered
    ? { type: 'requested', atSeconds: state.atSeconds, command: commandBy(chance), by: 'grace' }
    : null;
}

/** A record is on disk whole, or torn, or not at all. */
function appendOrDie(
  stage: Stage,
  life: Life,
  journal: { append(record: JournalRecord): void },
  record: JournalRecord,
): void {
  life.point();
  if (life.isUnlucky() && stage.chance() < 0.2 && stage.crashes < mostCrashes) {
    const line = JSON.stringify(record);
    appendFileSync(join(stage.journal, '0000000001.jsonl'), line.slice(0, Math.floor(line.length / 2)));
    end(life);
  }
  journal.append(record);
  life.point();
}

/** R5, R20, and nothing twice without need: what is done was announced, is wanted, and has no outcome yet. */
function checkMayPerform({ journal }: Stage, effect: Effect, done: Map<string, number>): void {
  const records = readJournal(journal, '1');
  const state = replay(records);
  const isAnnounced = records.some((record) => record.record === 'intent' && record.effect.id === effect.id);
  assert.ok(isAnnounced, `${effect.name} begins and is not in the journal`);
  assert.ok(state !== null);
  if (isWidening(effect)) assert.equal(state.pending?.id, effect.id, `${effect.name} is not wanted`);
  const isDone = records.some(
    (record) =>
      record.record === 'event' && record.event.type === 'effect-done' && record.event.effectId === effect.id,
  );
  assert.ok(!isDone, `${effect.name} is done already`);
  const times = (done.get(effect.id) ?? 0) + 1;
  done.set(effect.id, times);
  assert.ok(
    times <= (effect.name === 'withdraw' ? 2 : 1),
    `${effect.name} is done ${times} times by one process`,
  );
}

function checkEnd(stage: Stage, state: RolloutState): void {
  const { world, plan, audit } = stage;
  const records = readJournal(stage.journal, '1');
  assert.deepEqual(replay(records), state, 'the journal tells another story');
  assert.ok(state.phase === 'settled' || state.phase === 'rolled-back');
  assert.equal(world.update, null, 'an update was left half done');
  assert.equal(world.shareBasisPoints, 0, 'a share is left');
  const lives = state.phase === 'settled' ? plan.candidate : plan.stable;
  const wanted = lives === null ? [] : [[lives, plan.fullCapacity]];
  assert.deepEqual([...world.instances], wanted, 'other instances run than should');
  assert.equal(world.stableRelease, lives);
  if (state.phase === 'settled') {
    assert.ok(plan.hasMigrations !== true || world.filledRows === rowsToFill);
  } else assert.ok(world.incidents >= 1 && world.incidents <= 1 + stage.crashes);
  checkShares(records, world);
  checkAudit(audit, records, stage.crashes);
}

/** No share was ever wider than the widest that the journal had announced; the rehearsal's own is small. */
function checkShares(records: readonly JournalRecord[], world: CrashWorld): void {
  const announced = records.flatMap((record) =>
    record.record === 'intent' && isWidening(record.effect) ? [record.effect.candidateBasisPoints] : [],
  );
  const isRehearsed = records.some(
    (record) => record.record === 'intent' && record.effect.name === 'rehearse',
  );
  const widest = Math.max(0, isRehearsed ? 50 : 0, ...announced);
  assert.ok(world.widestBasisPoints <= widest, `${world.widestBasisPoints} of ${widest} announced`);
}

/** The log verifies, and lacks at most what a crash came between. */
function checkAudit(directory: string, records: readonly JournalRecord[], crashes: number): void {
  const log = openAuditLog(directory, { now: () => new Date() });
  try {
    const result = log.verify();
    assert.equal(result.outcome, 'valid', JSON.stringify(result));
    const entries = [...log.entries()].filter(({ event }) => event !== 'log.created').length;
    const announced = records.filter(
      (record) =>
        record.record === 'intent' || (record.record === 'event' && record.event.type !== 'started'),
    );
    assert.ok(entries <= announced.length, 'the log tells of what the journal does not');
    assert.ok(
      entries >= announced.length - crashes,
      `${announced.length - entries} records are not in the log`,
    );
  } finally {
    log.close();
  }
}

type Chance = () => number;

/** Numbers from 0 to 1 that are the same in every run of one schedule. */
function chanceOf(seed: number): Chance {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function planOf(chance: Chance): RolloutPlan {
  return {
    rollout: '1',
    service: 'shop',
    environment: 'production',
    stable: chance() < 0.1 ? null : 'sha256:stable',
    candidate: 'sha256:candidate',
    fullCapacity: 3,
    canaryCapacity: 1,
    stepBasisPoints: [100, 2500].slice(0, Math.floor(chance() * 3)),
    minSoakSeconds: 0,
    stepDeadlineSeconds: 60,
    bakeSeconds: 0,
    hasMigrations: chance() < 0.3,
    needsRehearsal: true,
  };
}

interface MortalLife extends Life {
  isOver: boolean;
}

const ends = new WeakMap<Life, () => never>();

function newLife(points: number, chance: Chance, mayBeUnlucky: boolean): Life {
  let left = points;
  const life: MortalLife = {
    isOver: false,
    point() {
      if (life.isOver || --left <= 0) end(life);
    },
    isUnlucky: () => mayBeUnlucky && chance() < 0.02,
  };
  ends.set(life, () => {
    life.isOver = true;
    throw new Crash();
  });
  return life;
}

function end(life: Life): never {
  const die = ends.get(life);
  if (die === undefined) throw new Error('nobody knows this process');
  return die();
}

async function turn(life: Life): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  life.point();
}

/** What a dead process waits for never comes. */
async function aliveOrNever<Value>(life: Life, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (life.isOver) await new Promise(() => undefined);
    throw error;
  }
}

/** Somebody who may ask for anything once, and does not forget what they have paused. */
function operate(drive: Drive, life: Life, chance: Chance): void {
  let isAsked = chance() > 0.15;
  const timer = setInterval(() => {
    try {
      if (!isAsked) drive.request(commandBy(chance), 'grace');
      else if (isPaused(drive.state())) drive.request('resume', 'grace');
      isAsked = true;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    if (life.isOver) clearInterval(timer);
  }, 3);
  const stop = (): void => clearInterval(timer);
  drive.done.then(stop, stop);
}

function isPaused(state: RolloutState): boolean {
  return state.withheld?.kind === 'paused' || ('hold' in state && state.hold?.kind === 'paused');
}

function commandBy(chance: Chance): OperatorCommand {
  const commands = ['rollback', 'abort', 'promote', 'promote', 'pause', 'resume'] as const;
  return commands[Math.floor(chance() * commands.length)] ?? 'resume';
}

function judgeBy(chance: Chance, life: Life): RolloutJudge {
  const names = ['pass', 'pass', 'pass', 'pass', 'inconclusive', 'no-data'] as const;
  return {
    begin: () => undefined,
    async look() {
      await turn(life);
      const drawn = names[Math.floor(chance() * names.length)] ?? 'pass';
      const name: JudgementName = chance() < 0.03 ? 'fail' : drawn;
      return {
        judgement: name,
        reasonCode: name === 'fail' ? 'worse' : 'not-worse',
        message: name,
        metrics: [],
      };
    },
  };
}
