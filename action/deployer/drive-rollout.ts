/**
 * The shell around `transition`: it journals, has the effects carried out, feeds their outcomes back, tells the time, and
 * lets the judge look.
 *
 * R5 is kept here: an event is on disk before its effects start, an intent before its effect is done. R7 is the lock,
 * which the caller holds and `record` and `perform` ask for. What hangs (a gate, a look, an effect) never keeps the clock
 * from ticking, and so never a deadline from passing; what cannot be written down ends the run.
 */
import type { Judgement } from '../../policies/judge/judgement.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { isGivenUp } from '../../policies/rollout/deadlines.ts';
import {
  isFinished,
  isWidening,
  type Effect,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { openEffectRunner } from './carry-out-effects.ts';
import { isWatched, openWatch } from './watch-rollout.ts';

/** What the shell needs from outside; tests hand in their own. */
export interface RolloutPorts {
  /** Seconds since the rollout began; never less than before. */
  elapsedSeconds(): number;
  /** Durable before it returns; throws a `Failure` when it cannot be. `state` is what the record leads to. */
  record(record: RolloutRecord, state: RolloutState): void;
  /** Whether a widening effect may begin now. What cannot be found out is a closed gate; it is asked again later. */
  mayWiden(effect: Effect, state: RolloutState): Promise<GateAnswer>;
  /** Does one effect; may be called again for the same effect, after a crash and after it was cut short. */
  perform(effect: Effect, signal: AbortSignal): Promise<unknown>;
  /** Called when a phase begins in which users may meet the candidate, and then once a tick. */
  judge: RolloutJudge;
  /** After every change of state, for progress lines, status and audit. */
  observe(state: RolloutState, cause: RolloutEvent): void;
}

export type RolloutRecord =
  Extract<JournalRecord, { record: 'event' | 'intent' }> extends infer R
    ? R extends { at: string }
      ? Omit<R, 'at'>
      : never
    : never;

export type GateAnswer = { isOpen: true } | { isOpen: false; reasonCode: string; message: string };

export interface RolloutJudge {
  begin(state: RolloutState, atSeconds: number): void;
  look(state: RolloutState, atSeconds: number): Promise<Judgement>;
  /** Whether something that was asked for the last look is still on its way, such as a round of probes. */
  isGathering?(): boolean;
}

export interface DriveOptions {
  state: RolloutState;
  ports: RolloutPorts;
  tickSeconds: number;
  /** How long to wait before a closed gate is asked again. */
  gateRetrySeconds: number;
  /** How long the gates, and the judge, may take to answer before that is an answer of its own. */
  gateAnswerSeconds: number;
  lookSeconds: number;
  /** The effect that a process before this one has begun, and perhaps not ended. */
  begunEffectId: string | null;
  /** How long a hold may last before the drive gives the decision to a later run. */
  holdSeconds: number;
  /**
   * `finished`: wait for the judge. `quiescent`: only until nothing is pending (a command without a running deploy).
   * `due`: all that may be done now; where the road stands then, the judge has looked.
   */
  until: 'finished' | 'quiescent' | 'due';
  signal: AbortSignal;
}

export interface DriveResult {
  state: RolloutState;
  ended: 'finished' | 'interrupted' | 'waiting' | 'stuck';
  judgement: Judgement | null;
}

export interface Drive {
  /** An operator's command, from the control socket or the caller; the new state is on disk when it returns. */
  request(command: OperatorCommand, by: string): RolloutState;
  /** Asks closed gates now: whoever calls knows that their answer has changed. */
  askGates(): void;
  state(): RolloutState;
  judgement(): Judgement | null;
  done: Promise<DriveResult>;
}

/**
 * Starts driving. `start` is the event that gives the machine its first push: the start, or the command of an operator
 * without a deploying process; null when a journal is merely resumed.
 */
export function driveRollout(options: DriveOptions, start: RolloutEvent | null): Drive {
  const { ports, signal } = options;
  const beganAtSeconds = ports.elapsedSeconds();
  let state = options.state;
  let isOver = false;
  // Until the first event and whatever was pending have been begun, nothing is idle.
  let hasBegun = false;
  const { promise: done, resolve: finish, reject: fail } = Promise.withResolvers<DriveResult>();
  const watch = openWatch({ ports, lookSeconds: options.lookSeconds, state: () => state, dispatch });
  const runner = openEffectRunner({
    ports,
    gateRetrySeconds: options.gateRetrySeconds,
    gateAnswerSeconds: options.gateAnswerSeconds,
    begunEffectId: options.begunEffectId,
    state: () => state,
    isInterrupted: () => signal.aborted,
    isOver: () => isOver,
    dispatch,
    settle,
    stop,
  });
  const ticker = setInterval(() => void tick(), options.tickSeconds * 1000);
  signal.addEventListener('abort', settle);

  function dispatch(event: RolloutEvent): void {
    if (isOver) return;
    const next = transition(state, event);
    // The machine keeps the identity of what an event did not change; such an event leaves no trace.
    if (next.state === state && next.effects.length === 0) return;
    ports.record({ record: 'event', event }, next.state);
    const before = state;
    state = next.state;
    ports.observe(state, event);
    // A step begins when its share is live: before that the candidate has nothing to show for it.
    if (before.pending !== null && state.pending === null && isWatched(state))
      ports.judge.begin(state, ports.elapsedSeconds());
    for (const effect of next.effects) runner.start(effect);
    const running = runner.current();
    // Paused in its midst: it goes back to where it waits for its gates, and for whoever paused it.
    if (state.withheld !== null && running?.isWaiting === false && running.effect.id === state.pending?.id)
      runner.start(running.effect);
    settle();
  }

  async function tick(): Promise<void> {
    try {
      dispatch({ type: 'clock', atSeconds: ports.elapsedSeconds() });
      runner.wake(false);
      if (isOver || signal.aborted) return;
      await watch.tick();
      settle();
    } catch (error) {
      stop(error);
    }
  }

  /** Ends the drive when there is nothing to wait for. */
  function settle(): void {
    if (isOver || !hasBegun) return;
    const running = runner.current();
    // What has just been admitted is about to begin, and so may be what its gates are asked about again just now.
    const isHeldBack = running?.isWaiting === true && running.askedAtSeconds !== null && !running.isAsking;
    const isIdle = running === null || (isHeldBack && state.withheld !== null);
    if (isFinished(state)) end('finished');
    // Whatever hung until it was given up may hang for ever: it is not waited for.
    else if (isGivenUp(state)) end('stuck');
    else if (signal.aborted) {
      if (running === null || running.isWaiting) end('interrupted');
      // A way back that is stuck is tried again by the clock.
    } else if (isIdle && state.phase !== 'rolling-back' && mayLeave()) end('waiting');
  }

  /** Whether the next step is another run's to take. */
  function mayLeave(): boolean {
    switch (options.until) {
      case 'quiescent':
        return true;
      case 'due':
        return watch.hasSpoken();
      case 'finished':
        return isHeldTooLong();
    }
  }

  function isHeldTooLong(): boolean {
    const heldSince = heldSinceSeconds();
    return heldSince !== null && ports.elapsedSeconds() - heldSince >= options.holdSeconds;
  }

  /** Since when this run has been held by anything but a person who will say when to go on; null when it is not. */
  function heldSinceSeconds(): number | null {
    const hold = state.withheld ?? ('hold' in state ? state.hold : null);
    if (hold === null || hold.kind === 'paused') return null;
    if (state.withheld !== null) return runner.current()?.askedAtSeconds ?? null;
    return Math.max(hold.sinceSeconds, beganAtSeconds);
  }

  function end(ended: DriveResult['ended']): void {
    close();
    finish({ state, ended, judgement: watch.judgement() });
  }

  function stop(error: unknown): void {
    if (isOver) return;
    close();
    fail(error);
  }

  function close(): void {
    isOver = true;
    runner.wake(true);
    clearInterval(ticker);
    signal.removeEventListener('abort', settle);
  }

  function request(command: OperatorCommand, by: string): RolloutState {
    try {
      dispatch({ type: 'requested', atSeconds: ports.elapsedSeconds(), command, by });
    } catch (error) {
      // What a person decided and nobody could write down must not be driven past.
      stop(error);
      throw error;
    }
    // Somebody who resumes or promotes wants the gates asked now.
    if (state.withheld === null || command === 'promote') runner.wake(true);
    return state;
  }

  // After the caller has the handle, so that nothing is reported before anybody listens.
  queueMicrotask(() => {
    try {
      const isWaiting = state.pending !== null && isWidening(state.pending);
      if (isWatched(state) && !isWaiting) ports.judge.begin(state, ports.elapsedSeconds());
      if (state.phase !== 'planned') dispatch({ type: 'resumed', atSeconds: ports.elapsedSeconds() });
      if (start !== null) dispatch(start);
      // What a process that is gone had begun is done again, unless the first event has replaced it.
      if (state.pending !== null && runner.current() === null) runner.start(state.pending);
      hasBegun = true;
      settle();
    } catch (error) {
      stop(error);
    }
  });
  return {
    request,
    askGates: () => runner.wake(true),
    state: () => state,
    judgement: () => watch.judgement(),
    done,
  };
}
