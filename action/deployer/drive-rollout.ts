/**
 * The shell around `transition`: it journals, does the effects, feeds their outcomes back, and lets the judge look.
 *
 * R5 is kept here: an event is on disk before its effects start, an intent before its effect is done. R7 is the lock,
 * which the caller holds. A withdrawal (the emergency path) starts at once, beside whatever is still running; what was
 * running is cut short, and the withdrawal is done again after it has ended, since a share may have been set meanwhile.
 * A widening effect passes the gates before its intent is written; while they are closed it waits, and nothing else does.
 */
import type { Judgement } from '../../policies/judge/judgement.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import {
  isFinished,
  isWidening,
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
  /** Whether a widening effect may begin now. What cannot be found out is a closed gate; it is asked again later. */
  mayWiden(effect: Effect, state: RolloutState): Promise<GateAnswer>;
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
  /** Has closed gates asked again now, because what they wait for may have come. */
  askGates(): void;
  state(): RolloutState;
  judgement(): Judgement | null;
  done: Promise<DriveResult>;
}

interface Running {
  effect: Effect;
  abort: AbortController;
  ended: Promise<void>;
  /** It stands before its gates and has done nothing yet … */
  isWaiting: boolean;
  /** … since this process has had their first answer. */
  askedAtSeconds: number | null;
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
  let wakeGate: ((isNow: boolean) => void) | null = null;
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
    // A step begins when its share is live: before that the candidate has nothing to show for it.
    if (before.pending !== null && state.pending === null && isWatched(state))
      ports.judge.begin(state, ports.elapsedSeconds());
    for (const effect of next.effects) startEffect(effect);
    settle();
  }

  function startEffect(effect: Effect): void {
    // What waits at a gate has nothing to finish, and would keep what replaces it waiting as well.
    if (running?.isWaiting === true) running.abort.abort();
    const previous = running?.isWaiting === true ? null : running;
    const abort = new AbortController();
    const current: Running = {
      effect,
      abort,
      ended: Promise.resolve(),
      isWaiting: isWidening(effect),
      askedAtSeconds: null,
    };
    if (!current.isWaiting) ports.record({ record: 'intent', effect });
    running = current;
    current.ended = doEffect(current, previous).catch(stop);
  }

  async function doEffect(current: Running, previous: Running | null): Promise<void> {
    const { effect } = current;
    const cut = current.abort.signal;
    let outcome: unknown;
    if (current.isWaiting) {
      await previous?.ended;
      if (!(await passGates(current))) return;
    }
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

  /** Waits until the effect may begin, and writes its intent; false: it is replaced, or the drive is over. */
  async function passGates(current: Running): Promise<boolean> {
    const { effect } = current;
    const cut = current.abort.signal;
    const hasBegun = effect.attempt > 1 || effect.id === options.begunEffectId;
    for (;;) {
      const answer = await askGates(effect);
      if (cut.aborted || isOver) return false;
      current.askedAtSeconds ??= ports.elapsedSeconds();
      const about = { atSeconds: ports.elapsedSeconds(), effectId: effect.id };
      if (answer.isOpen) dispatch({ type: 'admitted', ...about });
      else {
        const { reasonCode, message } = answer;
        dispatch({ type: 'withheld', ...about, reasonCode, message, hasBegun });
      }
      // A pause of the effect outlasts the gate.
      if (answer.isOpen && state.withheld === null) break;
      settle();
      if (!(await nextGateTime(cut))) return false;
    }
    if (signal.aborted) return false;
    current.isWaiting = false;
    ports.record({ record: 'intent', effect });
    return true;
  }

  async function askGates(effect: Effect): Promise<GateAnswer> {
    try {
      return await ports.mayWiden(effect, state);
    } catch (error) {
      // Not being able to ask is no reason to go on, and none to go back.
      const message = error instanceof Error ? error.message : String(error);
      return { isOpen: false, reasonCode: 'gate-unreadable', message };
    }
  }

  /** Resolves at the first tick after the wait, or when a person resumes; false when the effect is cut short. */
  function nextGateTime(cut: AbortSignal): Promise<boolean> {
    const dueSeconds = ports.elapsedSeconds() + options.gateRetrySeconds;
    return new Promise((resolve) => {
      const answer = (isDue: boolean): void => {
        wakeGate = null;
        cut.removeEventListener('abort', giveUp);
        resolve(isDue);
      };
      const giveUp = (): void => answer(false);
      cut.addEventListener('abort', giveUp);
      wakeGate = (isNow) => {
        if (isOver) answer(false);
        else if (isNow || ports.elapsedSeconds() >= dueSeconds) answer(true);
      };
      if (cut.aborted || isOver) giveUp();
    });
  }

  function afterEffect(effect: Effect, event: RolloutEvent): void {
    if (running?.effect.id === effect.id) running = null;
    dispatch(event);
    settle();
  }

  async function tick(): Promise<void> {
    wakeGate?.(false);
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
    const isIdle = running === null || (running.isWaiting && running.askedAtSeconds !== null);
    if (isFinished(state)) end('finished');
    else if (signal.aborted && (isIdle || running?.isWaiting === true)) end('interrupted');
    else if (signal.aborted) void running?.ended.then(settleLater);
    else if (state.phase === 'rolling-back' && state.stuck !== null && isIdle) end('stuck');
    else if (isIdle && (options.until === 'quiescent' || isHeldTooLong())) end('waiting');
  }

  function settleLater(): void {
    running = null;
    settle();
  }

  function isHeldTooLong(): boolean {
    if (state.withheld !== null) {
      const sinceSeconds = running?.askedAtSeconds ?? ports.elapsedSeconds();
      const isGated = state.withheld.kind === 'gated';
      return isGated && ports.elapsedSeconds() - sinceSeconds >= options.holdSeconds;
    }
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
    wakeGate?.(true);
    clearInterval(ticker);
    signal.removeEventListener('abort', settle);
  }

  function request(command: OperatorCommand, by: string): RolloutState {
    dispatch({ type: 'requested', atSeconds: ports.elapsedSeconds(), command, by });
    // Somebody who resumes or promotes wants the gates asked now.
    if (state.withheld === null || command === 'promote') wakeGate?.(true);
    return state;
  }

  // After the caller has the handle, so that nothing is reported before anybody listens.
  queueMicrotask(() => {
    try {
      const isWaiting = state.pending !== null && isWidening(state.pending);
      if (isWatched(state) && !isWaiting) ports.judge.begin(state, ports.elapsedSeconds());
      if (start !== null) dispatch(start);
      // What a process that is gone had begun is done again, unless the first event has replaced it.
      if (state.pending !== null && running === null) startEffect(state.pending);
      hasBegun = true;
      settle();
    } catch (error) {
      stop(error);
    }
  });
  return { request, askGates: () => wakeGate?.(true), state: () => state, judgement: () => judgement, done };
}

/** Users may be on the candidate: the judge looks every tick, also while an effect is under way. */
function isWatched(state: RolloutState): boolean {
  return (
    state.phase === 'canary' ||
    state.phase === 'scaling' ||
    state.phase === 'flipping' ||
    state.phase === 'baking' ||
    (state.phase === 'settling' && state.withheld !== null)
  );
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
