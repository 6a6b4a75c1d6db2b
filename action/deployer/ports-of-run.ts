/**
 * What the shell needs from outside, on real ground: journal and audit log, target and router, judge and gates, and time.
 * Nothing is recorded or done without the lock. A record that cannot be written takes users off first, and ends the run.
 */
import { canLeaveAtOnce } from '../../policies/rollout/go-back.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import type { JournalledRollout } from './deployment.ts';
import { progressLines } from './describe-state.ts';
import type { GateAnswer, RolloutJudge, RolloutPorts, RolloutRecord } from './drive-rollout.ts';
import { performEffect, type EffectsContext } from './effects.ts';
import type { RolloutLock } from './rollout-lock.ts';
import { leaveCandidate } from './rehearsal/fast-way.ts';
import { readRehearsal, rehearsalIn } from './rehearsal/read-rehearsal.ts';
import type { RolloutView } from './rollout-view.ts';
import type { ForwardGate } from './widening-gate.ts';

export interface RunGround {
  rollout: Pick<JournalledRollout, 'state' | 'startedAt' | 'records'>;
  lock: Pick<RolloutLock, 'assertHeld' | 'isOurs'>;
  journal: { append(record: JournalRecord): void };
  audit(record: RolloutRecord): void;
  effects: EffectsContext;
  gates: readonly ForwardGate[];
  judge: RolloutJudge;
  view: Pick<RolloutView, 'phaseChanged'>;
  now(): Date;
  progress(line: string): void;
}

export interface RunPorts {
  ports: RolloutPorts;
  /** From the judgement (or the command) to the confirmation that users are off the candidate; null: none went off. */
  trafficOffMs(): number | null;
  /** Of users who had to be taken off although nothing could be written down: what became of them. Null: there were none. */
  escaped(): Promise<string | null>;
}

export function portsOfRun(ground: RunGround): RunPorts {
  const { lock, journal, effects } = ground;
  let backAskedAt: number | null = null;
  let wasGoingBack = 'cause' in ground.rollout.state;
  let trafficOffMs: number | null = null;
  let escape = Promise.resolve<string | null>(null);
  const ports: RolloutPorts = {
    elapsedSeconds: openClock(ground),
    record(record, state) {
      const at = ground.now().toISOString();
      const isWayBack = 'cause' in state;
      // The withdrawal's clock starts before the journal is written: the disk is part of what users wait for.
      if (isWayBack && (!wasGoingBack || isAsked(record))) backAskedAt ??= performance.now();
      wasGoingBack ||= isWayBack;
      try {
        // Whoever has lost the lock decides nothing any more: another process goes on from the same journal.
        lock.assertHeld();
        journal.append({ ...record, at });
        writeAudit(ground, record, isWayBack);
      } catch (error) {
        // This ends the run, and nobody would watch the candidate any more: users leave it. Only where stable was being
        // taken away they stay, since half of it may be gone, and where another process has taken over.
        if (canLeaveAtOnce(state) && lock.isOurs())
          escape = leaveCandidate(() => effects.connectFastWay()).then(({ what }) => what);
        throw error;
      }
    },
    mayWiden: (effect, state) => askAll(ground.gates, (gate) => gate.mayWiden(effect, state)),
    async perform(effect, signal) {
      lock.assertHeld();
      const outcome = await performEffect(effect, effects, signal);
      if (effect.name !== 'withdraw' || backAskedAt === null) return outcome;
      trafficOffMs ??= performance.now() - backAskedAt;
      return { ...asObject(outcome), trafficOffMs };
    },
    judge: ground.judge,
    observe: openObserver(ground),
  };
  return { ports, trafficOffMs: () => trafficOffMs, escaped: () => escape };
}

/**
 * Seconds since the rollout began. Within a run they come from a clock that nobody sets; between runs from the wall
 * clock, but never less than the journal has seen.
 */
function openClock({ rollout, now }: Pick<RunGround, 'rollout' | 'now'>): () => number {
  const sinceStart = (now().getTime() - Date.parse(rollout.startedAt)) / 1000;
  const atOpening = Math.max(rollout.state.atSeconds, sinceStart);
  const openedAt = performance.now();
  return () => atOpening + (performance.now() - openedAt) / 1000;
}

function isAsked(record: RolloutRecord): boolean {
  return record.record === 'event' && record.event.type === 'requested';
}

function writeAudit(ground: RunGround, record: RolloutRecord, isWayBack: boolean): void {
  try {
    ground.audit(record);
  } catch (error) {
    // Going forward without the log would leave a deed unproved; going back without it leaves only a gap.
    if (!isWayBack) throw error;
    ground.progress(
      `the audit log could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** All of them have to be open; the first that is not is the one people hear of. */
async function askAll(
  gates: readonly ForwardGate[],
  ask: (gate: ForwardGate) => Promise<GateAnswer>,
): Promise<GateAnswer> {
  for (const gate of gates) {
    const answer = await ask(gate);
    if (!answer.isOpen) return answer;
  }
  return { isOpen: true };
}

/** Tells people every line once, and the view every state. */
function openObserver({ progress, view, rollout }: RunGround): RolloutPorts['observe'] {
  let lastLine = '';
  let rehearsal = readRehearsal(rollout.records);
  return (state, event) => {
    for (const line of progressLines(state, event)) {
      if (line !== lastLine) progress(line);
      lastLine = line;
    }
    if (event.type === 'effect-done') rehearsal = rehearsalIn(event.outcome) ?? rehearsal;
    view.phaseChanged(state, rehearsal);
  };
}

function asObject(outcome: unknown): object {
  return typeof outcome === 'object' && outcome !== null ? outcome : {};
}
