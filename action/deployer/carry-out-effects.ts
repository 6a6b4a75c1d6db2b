/**
 * Carries effects out, one after the other, each after its gates and its intent; a withdrawal alone waits for nothing.
 * What is replaced is cut short, and what follows begins when it has ended: two effects never work on the target at once,
 * but for a withdrawal, which is done at once and then again.
 */
import {
  isWidening,
  type Effect,
  type RolloutEvent,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import { Failure } from '../../stacks/failure.ts';
import type { GateAnswer, RolloutPorts } from './drive-rollout.ts';

export interface EffectRunnerOptions {
  ports: RolloutPorts;
  /** How long to wait before a closed gate is asked again, and for its answer. */
  gateRetrySeconds: number;
  gateAnswerSeconds: number;
  /** The effect that a process before this one has begun, and perhaps not ended. */
  begunEffectId: string | null;
  state(): RolloutState;
  /** A person has interrupted the run: what is under way may end, and nothing forward begins. */
  isInterrupted(): boolean;
  isOver(): boolean;
  dispatch(event: RolloutEvent): void;
  /** Something has ended, or has had its first answer from its gates. */
  settle(): void;
  stop(error: unknown): void;
}

export interface EffectRunner {
  /** Begins an effect in place of whatever is under way. */
  start(effect: Effect): void;
  current(): RunningEffect | null;
  /** Asks closed gates again: when it is time, or now. */
  wake(isNow: boolean): void;
}

export type RunningEffect = Readonly<Pick<Running, 'effect' | 'isWaiting' | 'askedAtSeconds' | 'isAsking'>>;

interface Running {
  effect: Effect;
  abort: AbortController;
  /** It stands before its gates and has done nothing yet … */
  isWaiting: boolean;
  /** … since this process has had their first answer. */
  askedAtSeconds: number | null;
  /** … and their next one is on its way. */
  isAsking: boolean;
  ended: Promise<void>;
}

export function openEffectRunner(options: EffectRunnerOptions): EffectRunner {
  const { ports, dispatch } = options;
  let current: Running | null = null;
  /** Whatever is being done outside at the moment, replaced or not. */
  const doing = new Set<Running>();
  const begun = new Set(options.begunEffectId === null ? [] : [options.begunEffectId]);
  let wakeGate: ((isNow: boolean) => void) | null = null;
  const isEnding = (): boolean => options.isInterrupted() || options.isOver();

  function start(effect: Effect): void {
    if (current?.isWaiting === true) current.abort.abort();
    const running: Running = {
      effect,
      abort: new AbortController(),
      isWaiting: isWidening(effect),
      askedAtSeconds: null,
      isAsking: false,
      ended: Promise.resolve(),
    };
    current = running;
    if (!running.isWaiting) intend(effect);
    running.ended = carryOut(running).catch((error: unknown) => options.stop(error));
  }

  function intend(effect: Effect): void {
    ports.record({ record: 'intent', effect }, options.state());
    begun.add(effect.id);
  }

  async function carryOut(running: Running): Promise<void> {
    const { effect } = running;
    const cut = running.abort.signal;
    const before = [...doing];
    if (running.isWaiting) {
      await endOf(before);
      if (cut.aborted || !(await passGates(running))) return;
    }
    doing.add(running);
    let outcome: unknown;
    try {
      outcome =
        effect.name === 'withdraw' ? await leaveAtOnce(running, before) : await afterAll(running, before);
    } catch (error) {
      // Replaced: it is no longer wanted.
      if (cut.aborted) return;
      // Interrupted, perhaps together with what it works by: it stays pending.
      if (options.isInterrupted()) leave(running);
      else end(running, failedEvent(effect, error, ports.elapsedSeconds()));
      return;
    } finally {
      doing.delete(running);
    }
    if (cut.aborted) return;
    const atSeconds = ports.elapsedSeconds();
    end(running, { type: 'effect-done', atSeconds, effectId: effect.id, outcome });
  }

  function end(running: Running, event: RolloutEvent): void {
    if (current === running) current = null;
    dispatch(event);
    options.settle();
  }

  function leave(running: Running): void {
    if (current === running) current = null;
    options.settle();
  }

  /** R9: users are off before anything else is asked, and again after what might have moved a share meanwhile. */
  async function leaveAtOnce({ effect, abort }: Running, before: readonly Running[]): Promise<unknown> {
    const first = ports.perform(effect, abort.signal);
    if (before.length === 0) return await first;
    // It may have failed because of what was in its way.
    const tried = first.catch(() => undefined);
    const ended = endOf(before);
    await tried;
    await ended;
    return await ports.perform(effect, abort.signal);
  }

  async function afterAll({ effect, abort }: Running, before: readonly Running[]): Promise<unknown> {
    await endOf(before);
    return abort.signal.aborted ? null : await ports.perform(effect, abort.signal);
  }

  async function endOf(others: readonly Running[]): Promise<void> {
    for (const { abort } of others) abort.abort();
    await Promise.all(others.map(({ ended }) => ended));
  }

  /** Waits until the effect may begin, and writes its intent; false: it is replaced, or nothing begins any more. */
  async function passGates(running: Running): Promise<boolean> {
    const { effect } = running;
    const cut = running.abort.signal;
    for (;;) {
      running.isAsking = true;
      const answer = await askGates(effect);
      running.isAsking = false;
      if (cut.aborted) return false;
      const atSeconds = ports.elapsedSeconds();
      running.askedAtSeconds ??= atSeconds;
      const about = { atSeconds, effectId: effect.id };
      if (answer.isOpen) dispatch({ type: 'admitted', ...about });
      else {
        const { reasonCode, message } = answer;
        const hasBegun = effect.attempt > 1 || begun.has(effect.id);
        dispatch({ type: 'withheld', ...about, reasonCode, message, hasBegun });
      }
      // A pause of the effect outlasts the gate.
      if (answer.isOpen && options.state().withheld === null) break;
      options.settle();
      if (!(await nextGateTime(cut))) return false;
    }
    if (isEnding()) return false;
    running.isWaiting = false;
    intend(effect);
    return true;
  }

  async function askGates(effect: Effect): Promise<GateAnswer> {
    const { promise: late, resolve } = Promise.withResolvers<GateAnswer>();
    const seconds = options.gateAnswerSeconds;
    const timer = setTimeout(
      () => resolve(unreadable(`the gates gave no answer within ${seconds} s`)),
      seconds * 1000,
    );
    try {
      return await Promise.race([ports.mayWiden(effect, options.state()), late]);
    } catch (error) {
      // Not being able to ask is no reason to go on, and none to go back.
      return unreadable(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves at the first tick after the wait, or when somebody asks now; false when the effect is cut short. */
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
        if (isEnding()) answer(false);
        else if (isNow || ports.elapsedSeconds() >= dueSeconds) answer(true);
      };
      if (cut.aborted || isEnding()) giveUp();
    });
  }

  return {
    start,
    current: () => current,
    wake: (isNow) => wakeGate?.(isNow),
  };
}

function unreadable(message: string): GateAnswer {
  return { isOpen: false, reasonCode: 'gate-unreadable', message };
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
