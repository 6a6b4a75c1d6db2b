/**
 * The shell around `transition`: it journals, does the effects, feeds their outcomes back, and lets the judge look.
 *
 * R5 is kept here: an event is on disk before its effects start, an intent before its effect is done. R7 is the lock,
 * which the caller holds. A withdrawal (the emergency path) starts at once, beside whatever is still running; what was
 * running is cut short, and the withdrawal is done again after it has ended, since a share may have been set meanwhile.
 */
import type { Judgement } from '../../policies/judge/judgement.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import {
  isFinished,
  type Effect,
  type OperatorCommand,
  type RolloutEvent,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';
import { Failure } from '../../stacks/failure.ts';

/** What the shell needs from outside; tests hand in their own. */
export interface RolloutPorts {
  /** Seconds since the rollout began. */
  elapsedSeconds(): number;
  /** Durable before it returns; throws a `Failure` when it cannot be. */
  record(record: RolloutRecord): void;
  /** Does one effect; may be called again for the same effect after a crash. */
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

export interface RolloutJudge {
  begin(state: RolloutState, atSeconds: number): void;
  look(state: RolloutState, atSeconds: number): Promise<Judgement>;
}

export interface DriveOptions {
  state: RolloutState;
  ports: RolloutPorts;
  tickSeconds: number;
  /** How long a hold may last before the drive gives the decision to a later run. */
  holdSeconds: number;
  /** `finished`: wait for the judge. `quiescent`: only until nothing is pending (a command without a running deploy). */
  until: 'finished' | 'quiescent';
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
  state(): RolloutState;
  judgement(): Judgement | null;
  done: Promise<DriveResult>;
}

interface Running {
  effect: Effect;
  abort: AbortController;
  ended: Promise<void>;
}

/**
 * Starts driving. `start` is the event that gives the machine its first push: the start, or the command of an operator
 * without a deploying process; null when a journal is merely resumed.
 */
export function driveRollout(options: DriveOptions, start: RolloutEvent | null): Drive {
  const { ports, signal } = options;
  let state = options.state;
  let judgement: Judgement | null = null;
  let running: Running | null = null;
  let isLooking = false;
  let isOver = false;
  // Until the first event and whatever was pending have been begun, nothing is idle.
  let hasBegun = false;
  let finish: (result: DriveResult) => void;
  let fail: (error: unknown) => void;
  const done = new Promise<DriveResult>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });

  const ticker = setInterval(() => void tick(), options.tickSeconds * 1000);
  signal.addEventListener('abort', settle);

  function dispatch(event: RolloutEvent): void {
    if (isOver) return;
    const next = transition(state, event);
    // The machine keeps the identity of what an event did not change; such an event leaves no trace.
    if (next.state === state && next.effects.length === 0) return;
    ports.record({ record: 'event', event });
    const before = state;
    state = next.state;
    ports.observe(state, event);
    if (begins(before, state)) ports.judge.begin(state, ports.elapsedSeconds());
    for (const effect of next.effects) startEffect(effect);
    settle();
  }

  function startEffect(effect: Effect): void {
    ports.record({ record: 'intent', effect });
    const previous = running;
    const abort = new AbortController();
    const ended = doEffect(effect, abort.signal, previous).catch(stop);
    running = { effect, abort, ended };
  }

  async function doEffect(effect: Effect, cut: AbortSignal, previous: Running | null): Promise<void> {
    let outcome: unknown;
    try {
      if (effect.name === 'withdraw') {
        outcome = await ports.perform(effect, cut);
        if (previous !== null) {
          previous.abort.abort();
          await previous.ended;
          await ports.perform(effect, cut);
        }
      } else {
        await previous?.ended;
        if (cut.aborted) return;
        outcome = await ports.perform(effect, cut);
      }
    } catch (error) {
      // Interrupted by Ctrl-C or replaced by a withdrawal: it stays pending, or is no longer wanted.
      if (signal.aborted || cut.aborted) return;
      afterEffect(effect, failedEvent(effect, error, ports.elapsedSeconds()));
      return;
    }
    if (cut.aborted) return;
    afterEffect(effect, {
      type: 'effect-done',
      atSeconds: ports.elapsedSeconds(),
      effectId: effect.id,
      outcome,
    });
  }

  function afterEffect(effect: Effect, event: RolloutEvent): void {
    if (running?.effect.id === effect.id) running = null;
    dispatch(event);
    settle();
  }

  async function tick(): Promise<void> {
    if (isLooking || isOver || signal.aborted || !isWatched(state)) return;
    isLooking = true;
    try {
      const atSeconds = ports.elapsedSeconds();
      judgement = await ports.judge.look(state, atSeconds);
      // A withdrawal may have begun while the counters were being read.
      if (isWatched(state)) {
        const { judgement: name, reasonCode, message } = judgement;
        dispatch({ type: 'judged', atSeconds: ports.elapsedSeconds(), judgement: name, reasonCode, message });
      }
      settle();
    } catch (error) {
      stop(error);
    } finally {
      isLooking = false;
    }
  }

  /** Ends the drive when there is nothing to wait for. */
  function settle(): void {
    if (isOver || !hasBegun) return;
    const isIdle = running === null;
    if (isFinished(state)) end('finished');
    else if (signal.aborted && isIdle) end('interrupted');
    else if (signal.aborted) void running?.ended.then(settleLater);
    else if (state.phase === 'rolling-back' && state.stuck !== null && isIdle) end('stuck');
    else if (isIdle && (options.until === 'quiescent' || isHeldTooLong())) end('waiting');
  }

  function settleLater(): void {
    running = null;
    settle();
  }

  function isHeldTooLong(): boolean {
    if (state.phase !== 'canary' && state.phase !== 'baking') return false;
    const { hold } = state;
    if (hold === null || hold.kind === 'paused') return false;
    return ports.elapsedSeconds() - hold.sinceSeconds >= options.holdSeconds;
  }

  function end(ended: DriveResult['ended']): void {
    close();
    finish({ state, ended, judgement });
  }

  function stop(error: unknown): void {
    if (isOver) return;
    close();
    fail(error);
  }

  function close(): void {
    isOver = true;
    clearInterval(ticker);
    signal.removeEventListener('abort', settle);
  }

  function request(command: OperatorCommand, by: string): RolloutState {
    dispatch({ type: 'requested', atSeconds: ports.elapsedSeconds(), command, by });
    return state;
  }

  // After the caller has the handle, so that nothing is reported before anybody listens.
  queueMicrotask(() => {
    try {
      if (isWatched(state)) ports.judge.begin(state, ports.elapsedSeconds());
      if (start !== null) dispatch(start);
      // What a process that is gone had begun is done again, unless the first event has replaced it.
      if (state.pending !== null && running === null) startEffect(state.pending);
      hasBegun = true;
      settle();
    } catch (error) {
      stop(error);
    }
  });
  return { request, state: () => state, judgement: () => judgement, done };
}

/** Users may be on the candidate: the judge looks every tick, also while an effect is under way. */
function isWatched(state: RolloutState): boolean {
  return (
    state.phase === 'canary' ||
    state.phase === 'scaling' ||
    state.phase === 'flipping' ||
    state.phase === 'baking'
  );
}

/** A share is about to become live, so that the judge starts a step; or all of it is, so that the bake starts. */
function begins(before: RolloutState, after: RolloutState): boolean {
  if (after.phase === 'baking') return before.phase !== 'baking';
  return after.phase === 'canary' && (before.phase !== 'canary' || before.step !== after.step);
}

function failedEvent(effect: Effect, error: unknown, atSeconds: number): RolloutEvent {
  const failure = error instanceof Failure ? error : null;
  return {
    type: 'effect-failed',
    atSeconds,
    effectId: effect.id,
    reasonCode: failure?.reasonCode ?? 'effect-failed',
    message: error instanceof Error ? error.message : String(error),
    mayRetry: failure?.mayRetry ?? false,
  };
}
