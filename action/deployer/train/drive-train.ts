/**
 * The shell around `decideTrain`: drives the members of one train side by side, and lets each know what the others have
 * come to. Each member is a whole rollout behind `TrainPorts.run`; nothing here knows a journal, a router or Pulumi.
 *
 * A member that goes back takes the others with it at once: all of them are asked in the turn of the event loop in which
 * the first one is known to go back, beside one another, and none waits for another's withdrawal.
 */
import {
  decideTrain,
  stageOf,
  type MemberDecision,
  type MemberState,
} from '../../../policies/train/decide-train.ts';
import { memberName, type Train, type TrainMember } from '../../../policies/train/train.ts';
import {
  goesBack,
  isFinished,
  type OperatorCommand,
  type RolloutState,
} from '../../../policies/rollout/state.ts';
import type { DriveResult, GateAnswer } from '../drive-rollout.ts';
import type { ForwardGate } from '../widening-gate.ts';

/** What one run of one member needs from its train. */
export interface MemberHooks {
  gate: ForwardGate;
  signal: AbortSignal;
  /** A command to carry out first. */
  request: { command: OperatorCommand; by: string } | null;
  onSteer(steering: MemberSteering): void;
  onState(state: RolloutState): void;
}

export interface MemberSteering {
  request(command: OperatorCommand, by: string): unknown;
  askGates(): void;
}

export interface TrainPorts<Run extends Pick<DriveResult, 'ended' | 'state'>> {
  /** Drives one member until it ends, waits or is interrupted; may be called again after it has waited. */
  run(member: TrainMember, hooks: MemberHooks): Promise<Run>;
  elapsedSeconds(): number;
  /** A decision that a person wants to know of. */
  tell(member: TrainMember, decision: MemberDecision): void;
}

export interface TrainMemberAtStart {
  member: TrainMember;
  /** Null: its journal is gone, or is of another rollout. */
  state: RolloutState | null;
}

export interface DriveTrainOptions<Run extends Pick<DriveResult, 'ended' | 'state'>> {
  train: Train;
  members: readonly TrainMemberAtStart[];
  ports: TrainPorts<Run>;
  /** A command of a person without a driving process, for every member that has begun or for one. */
  request: { command: OperatorCommand; by: string; only: string | null } | null;
  /** How long a whole train may stand still before the decision is given to a later run. */
  holdSeconds: number;
  signal: AbortSignal;
}

export interface TrainEnd<Run> {
  ended: DriveResult['ended'];
  members: { member: TrainMember; state: RolloutState | null; run: Run | null; decision: MemberDecision }[];
}

interface Tracked<Run> extends MemberState {
  name: string;
  steering: MemberSteering | null;
  isRunning: boolean;
  run: Run | null;
  hasFailed: boolean;
  /** The last answer of the train's gate to its run was no: it runs again when that changes. */
  isGateClosed: boolean;
  told: string;
}

/** How often a train looks whether all of it stands still. */
const stallCheckMs = 1000;

/** Drives a train to its end, or as far as `until` says. Fails with the first failure of a member, after all have ended. */
export function driveTrain<Run extends Pick<DriveResult, 'ended' | 'state'>>(
  options: DriveTrainOptions<Run>,
): Promise<TrainEnd<Run>> {
  const { train, ports, request } = options;
  const tracked = options.members.map(({ member, state }): Tracked<Run> => ({
    member,
    state,
    isStarted: false,
    name: memberName(member),
    steering: null,
    isRunning: false,
    run: null,
    hasFailed: false,
    isGateClosed: false,
    told: '',
  }));
  // Ends the runs that go forward; one that goes back is only ever cut short by the caller.
  const stop = new AbortController();
  const forward = AbortSignal.any([options.signal, stop.signal]);
  let heldSinceSeconds: number | null = null;
  let isStepWanted = false;
  let failure: { error: unknown } | null = null;
  let finish: (end: TrainEnd<Run>) => void;
  let fail: (error: unknown) => void;
  const done = new Promise<TrainEnd<Run>>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const stallCheck = setInterval(stopWhenStalled, stallCheckMs);

  function decisionFor(name: string, decisions = decideTrain(train, tracked)): MemberDecision {
    const decision = decisions.get(name);
    if (decision === undefined) throw new Error(`${name} is no member of the train ${train.id}`);
    return decision;
  }

  /** In this turn of the event loop, after the caller: what made it necessary goes on first. */
  function wantStep(): void {
    if (isStepWanted) return;
    isStepWanted = true;
    queueMicrotask(() => {
      isStepWanted = false;
      try {
        step();
      } catch (error) {
        failWith(error);
      }
    });
  }

  function step(): void {
    const decisions = decideTrain(train, tracked);
    for (const one of tracked) {
      const decision = decisionFor(one.name, decisions);
      tell(one, decision);
      if (decision.decision === 'roll-back') sendBack(one);
      else if (one.isRunning && decision.decision === 'admit') one.steering?.askGates();
      else if (!one.isRunning && mayStart(one, decision))
        void start(one, requestFor(one), stageOf(one) === 'going-back' ? options.signal : forward);
    }
    if (tracked.every(({ isRunning }) => !isRunning)) end(decisions);
  }

  /** Asked of its drive where there is one; a drive that has just ended is followed by one that goes back. */
  function sendBack(one: Tracked<Run>): void {
    const by = `train ${train.id}`;
    if (one.steering !== null) one.steering.request('rollback', by);
    else if (!one.isRunning && !one.hasFailed && !options.signal.aborted)
      void start(one, { command: 'rollback', by }, options.signal);
  }

  /** What has begun is driven whatever was decided, since its users have to be watched: the gate holds what widens. */
  function mayStart(one: Tracked<Run>, { decision }: MemberDecision): boolean {
    const { state, run } = one;
    if (state === null || isFinished(state) || one.hasFailed) return false;
    const stage = stageOf(one);
    if (stage === 'going-back') return run === null && !options.signal.aborted;
    if (forward.aborted || (request !== null && request.only !== null && request.only !== one.name))
      return false;
    // A command is about what has begun; whoever goes on with the train begins the rest.
    if (run === null) return stage !== 'waiting' || (request === null && decision === 'admit');
    return run.ended === 'waiting' && one.isGateClosed && decision === 'admit';
  }

  function requestFor(one: Tracked<Run>): MemberHooks['request'] {
    if (request === null || one.run !== null) return null;
    const isMeant = goesBack(request.command) || stageOf(one) !== 'waiting';
    return isMeant ? { command: request.command, by: request.by } : null;
  }

  async function start(one: Tracked<Run>, asked: MemberHooks['request'], signal: AbortSignal): Promise<void> {
    one.isStarted = true;
    one.isRunning = true;
    one.isGateClosed = false;
    try {
      one.run = await ports.run(one.member, {
        signal,
        gate: { mayWiden: () => Promise.resolve(askTrain(one)) },
        request: asked,
        onSteer: (steering) => {
          one.steering = steering;
          wantStep();
        },
        onState: (state) => {
          one.state = state;
          wantStep();
        },
      });
      one.state = one.run.state;
    } catch (error) {
      one.hasFailed = true;
      failWith(error);
    }
    one.steering = null;
    one.isRunning = false;
    wantStep();
  }

  function askTrain(one: Tracked<Run>): GateAnswer {
    const { decision, reasonCode, message } = decisionFor(one.name);
    one.isGateClosed = decision !== 'admit';
    return decision === 'admit' ? { isOpen: true } : { isOpen: false, reasonCode, message };
  }

  /** A member that nobody drives any more holds the others; those that go back are left to it. */
  function failWith(error: unknown): void {
    failure ??= { error };
    if (!tracked.some((one) => stageOf(one) === 'going-back')) stop.abort();
  }

  function stopWhenStalled(): void {
    const running = tracked.filter(({ isRunning }) => isRunning);
    const isHeld = running.length > 0 && running.every(({ state }) => state !== null && standsStill(state));
    if (!isHeld) heldSinceSeconds = null;
    else heldSinceSeconds ??= ports.elapsedSeconds();
    if (heldSinceSeconds !== null && ports.elapsedSeconds() - heldSinceSeconds >= options.holdSeconds)
      stop.abort();
  }

  function tell(one: Tracked<Run>, decision: MemberDecision): void {
    const isOver = one.state !== null && isFinished(one.state);
    // What is driven says itself what holds it.
    const isSaid = decision.decision === 'admit' || (decision.decision === 'hold' && one.isRunning);
    if (isSaid || isOver || decision.message === one.told) return;
    one.told = decision.message;
    ports.tell(one.member, decision);
  }

  function end(decisions: Map<string, MemberDecision>): void {
    clearInterval(stallCheck);
    if (failure !== null) {
      fail(failure.error);
      return;
    }
    const members = tracked.map(({ member, state, run, name }) => ({
      member,
      state,
      run,
      decision: decisionFor(name, decisions),
    }));
    finish({ ended: endingOf(tracked, options.signal), members });
  }

  // A rollback of one is a rollback of all, and it is asked of each at once.
  if (request !== null && goesBack(request.command))
    for (const one of tracked)
      if (one.state !== null && !isFinished(one.state)) void start(one, requestFor(one), options.signal);
  wantStep();
  return done;
}

/** Only a person, a gate or the end of another member moves it; a pause is a person's, who will be back. */
function standsStill(state: RolloutState): boolean {
  if (state.withheld !== null) return state.withheld.kind === 'gated';
  const hold = state.phase === 'canary' || state.phase === 'baking' ? state.hold : null;
  return hold !== null && hold.kind !== 'paused';
}

function endingOf<Run extends Pick<DriveResult, 'ended'>>(
  tracked: readonly Tracked<Run>[],
  signal: AbortSignal,
): DriveResult['ended'] {
  if (tracked.some(({ run }) => run?.ended === 'stuck')) return 'stuck';
  if (tracked.every(({ state }) => state !== null && isFinished(state))) return 'finished';
  return signal.aborted ? 'interrupted' : 'waiting';
}
