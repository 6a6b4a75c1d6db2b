/**
 * One run of a rollout, new or resumed: puts the journal, the audit log, the target, the router and the judge behind
 * the machine's shell and waits for its end. The caller holds the lock.
 */
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import type { RolloutEvent, RolloutState, Withholding } from '../../policies/rollout/state.ts';
import { shortDigest } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { assessBudget } from '../slo/assess-start.ts';
import { serveControl, type ControlAnswer } from './control-socket.ts';
import {
  driveRollout,
  type Drive,
  type DriveOptions,
  type DriveResult,
  type RolloutPorts,
  type RolloutRecord,
} from './drive-rollout.ts';
import { performEffect } from './effects.ts';
import type { ApprovalSource } from './approval-source.ts';
import { openJournal } from './journal.ts';
import { judgeOf } from './judge-of-rollout.ts';
import type { JournalledRollout } from './deployment.ts';
import { openSurroundings, type Surroundings } from './surroundings.ts';
import { confirmedWayBack, openWideningGate, type ForwardGate, type WideningGate } from './widening-gate.ts';
import { unwatched, type OpenRolloutView, type RolloutView } from './rollout-view.ts';
import type { RolloutLock } from './rollout-lock.ts';
import type { StateDirectory } from './state-directory.ts';

export interface RunOptions {
  directories: StateDirectory;
  rollout: JournalledRollout;
  /** True for a rollout whose plan is not in the journal yet. */
  isNew: boolean;
  until: DriveOptions['until'];
  /** Held by the caller, who also gives it back. */
  lock: RolloutLock;
  /** A command to carry out first: the run was started by an operator and not by `deploy`. */
  request: { command: 'promote' | 'pause' | 'resume' | 'abort' | 'rollback'; by: string } | null;
  /** Where approvals are read before each widening; left out, what the journal keeps of them counts. */
  source?: ApprovalSource | null;
  /** Asked before each step forward, beside the gates of the policy; all of them have to be open. */
  moreGates?: readonly ForwardGate[];
  /** How long a hold may last before the run ends; default: as long as a step may be undecided. */
  holdSeconds?: number;
  /** For a train, which goes on and back together: the drive before its first event, and every state at once. */
  onDrive?(drive: Drive): void;
  onState?(state: RolloutState): void;
  /** Where else the rollout is watched from. */
  openView?: OpenRolloutView | undefined;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
  signal: AbortSignal;
}

/** What a run did, with the times that people ask for. */
export interface RunResult extends DriveResult {
  /** From the judgement (or the command) to the router's confirmation that users are off the candidate. */
  trafficOffMs: number | null;
  outcomes: Record<string, unknown>;
}

export async function runDeployment(options: RunOptions): Promise<RunResult> {
  const { directories, rollout } = options;
  const journal = openJournal(directories.journal, rollout.rollout);
  const surroundings = openSurroundings(options);
  const view = options.openView === undefined ? unwatched : options.openView(rollout);
  const timing: Timing = { withdrawalAskedAt: null, trafficOffMs: null, escape: null };
  const outcomes: Record<string, unknown> = {};
  let control: { close(): Promise<void> } | null = null;
  try {
    const gate = gateOf(options, surroundings);
    const ports = portsOf(options, journal, surroundings, timing, outcomes, gate, view);
    if (options.isNew) {
      const { plan, startedAt: at, startedBy: by, deployment: context } = rollout;
      journal.append({ record: 'plan', plan, at, by, context });
    }
    const drive = driveRollout(
      {
        state: rollout.state,
        ports,
        tickSeconds: rollout.deployment.rollout.tickSeconds,
        gateRetrySeconds,
        begunEffectId: begunEffectOf(rollout),
        holdSeconds: options.holdSeconds ?? rollout.deployment.rollout.stepDeadlineSeconds,
        until: options.until,
        signal: options.signal,
      },
      startOf(options, ports.elapsedSeconds()),
    );
    options.onDrive?.(drive);
    control = await serveControl(directories.controlSocket, (command, by) =>
      answer(drive, gate, options, command, by),
    );
    const result = await drive.done;
    if (result.ended === 'finished') writeEnd(surroundings, result, timing, options);
    return { ...result, trafficOffMs: timing.trafficOffMs, outcomes };
  } finally {
    await timing.escape;
    await control?.close();
    surroundings.close();
    journal.close();
    await view.end();
  }
}

function writeEnd(
  surroundings: Surroundings,
  { state }: DriveResult,
  timing: Timing,
  options: RunOptions,
): void {
  const { stable, candidate } = state.plan;
  if (state.phase !== 'rolled-back') {
    surroundings.end('rollout.settled', { stable, candidate });
    return;
  }
  try {
    const { trafficOffMs } = timing;
    surroundings.end('rollout.rolled-back', { stable, candidate, cause: state.cause, trafficOffMs });
  } catch (error) {
    // It is back, whether or not that could be written down.
    options.progress(
      `the audit log could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

interface Timing {
  withdrawalAskedAt: number | null;
  trafficOffMs: number | null;
  /** Users being taken off although nothing could be written down. */
  escape: Promise<void> | null;
}

function startOf({ rollout, request }: RunOptions, atSeconds: number): RolloutEvent | null {
  if (request !== null) return { type: 'requested', atSeconds, ...request };
  return rollout.state.phase === 'planned' ? { type: 'started', atSeconds, by: rollout.startedBy } : null;
}

function answer(
  drive: Drive,
  gate: WideningGate,
  { progress }: RunOptions,
  command: Parameters<Parameters<typeof serveControl>[1]>[0],
  by: string,
): ControlAnswer {
  const refusal = command === 'promote' ? gate.refusePromotion(by) : null;
  if (refusal !== null) {
    progress(`${by} may not promote: ${refusal}`);
    return { state: drive.state(), judgement: drive.judgement(), refusal };
  }
  const state = command === 'status' ? drive.state() : drive.request(command, by);
  return { state, judgement: drive.judgement() };
}

/** A closed gate is asked again this often: reviews may cost requests to a server that counts them. */
const gateRetrySeconds = 15;

function gateOf(options: RunOptions, surroundings: Surroundings): WideningGate {
  const { deployment } = options.rollout;
  if (deployment.confirmedReturn !== undefined) return confirmedWayBack;
  const gate = openWideningGate({
    repository: deployment.repository,
    commit: deployment.candidate.commit,
    guard: deployment.guard,
    source: options.source ?? null,
    assess: (budget) => assessBudget(budget, deployment.repository, options),
    now: () => options.now(),
    progress: (line) => options.progress(line),
    note: (inputs, evidence) => surroundings.auditGate(inputs, evidence),
  });
  const { request } = options;
  const refusal = request?.command === 'promote' ? gate.refusePromotion(request.by) : null;
  if (refusal !== null) throw inputFailure('duties-not-separate', `the rollout is not promoted: ${refusal}`);
  return gate;
}

/** The effect that was about to be done when a process ended; perhaps it was done in part. */
function begunEffectOf({ state, records }: JournalledRollout): string | null {
  const { pending } = state;
  const hasBegun = records.some((record) => record.record === 'intent' && record.effect.id === pending?.id);
  return hasBegun ? (pending?.id ?? null) : null;
}

function portsOf(
  options: RunOptions,
  journal: { append(record: JournalRecord): void },
  surroundings: Surroundings,
  timing: Timing,
  outcomes: Record<string, unknown>,
  gate: WideningGate,
  view: RolloutView,
): RolloutPorts {
  const { rollout } = options;
  const startedAtMs = Date.parse(rollout.startedAt);
  let lastLine = '';
  return {
    elapsedSeconds: () => (options.now().getTime() - startedAtMs) / 1000,
    record(record) {
      const at = options.now().toISOString();
      const isWayBack = isOfWayBack(record);
      // The withdrawal's clock starts before the journal is written: the disk is part of what users wait for.
      if (record.record === 'event' && isWayBack) timing.withdrawalAskedAt ??= performance.now();
      try {
        journal.append({ ...record, at });
      } catch (error) {
        // A disk that is full must not keep users on a bad version: they leave it, and then the run fails.
        if (isWayBack) timing.escape = takeUsersOff(surroundings);
        throw error;
      }
      try {
        surroundings.audit(record);
      } catch (error) {
        // Going forward without the log would leave a deed unproved; going back without it leaves only a gap.
        if (!isWayBack) throw error;
        options.progress(
          `the audit log could not be written: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
    mayWiden: () => gate.mayWiden(),
    async perform(effect, signal) {
      const outcome = await performEffect(effect, surroundings.effects, signal);
      if (effect.name === 'withdraw' && timing.trafficOffMs === null && timing.withdrawalAskedAt !== null) {
        timing.trafficOffMs = performance.now() - timing.withdrawalAskedAt;
        outcomes['trafficOffMs'] = timing.trafficOffMs;
      }
      outcomes[effect.name] = outcome;
      return outcome;
    },
    judge: judgeOf(options, surroundings),
    observe: (state, event) => {
      for (const line of progressLines(state, event)) {
        if (line !== lastLine) options.progress(line);
        lastLine = line;
      }
      view.phaseChanged(state);
      options.onState?.(state);
    },
  };
}

/** Whether the record belongs to taking users off the candidate, which waits for nothing. */
function isOfWayBack(record: RolloutRecord): boolean {
  if (record.record === 'intent')
    return ['withdraw', 'reconcile', 'open-incident'].includes(record.effect.name);
  const { event } = record;
  return (
    (event.type === 'judged' && event.judgement === 'fail') ||
    (event.type === 'requested' && (event.command === 'rollback' || event.command === 'abort'))
  );
}

async function takeUsersOff(surroundings: Surroundings): Promise<void> {
  try {
    await (await surroundings.effects.connectRouter())?.setShare(0);
  } catch {
    // The run is failing already, and says why.
  }
}

/** What the person watching is told. */
function progressLines(state: RolloutState, event: RolloutEvent): string[] {
  const lines: string[] = [];
  if (event.type === 'judged') lines.push(`judge: ${event.judgement} (${event.message})`);
  if (event.type === 'requested') lines.push(`${event.by}: ${event.command}`);
  if (event.type === 'effect-failed') lines.push(`failed: ${event.message}`);
  lines.push(describeState(state));
  return lines;
}

export function describeState(state: RolloutState): string {
  if (state.withheld !== null) return describeWithheld(state, state.withheld);
  const candidate = shortDigest(state.plan.candidate);
  const share = (basisPoints: number): string => `${basisPoints / 100} %`;
  switch (state.phase) {
    case 'planned':
      return `planned: ${candidate}`;
    case 'migrating':
      return `expand: adding to the database what ${candidate} needs`;
    case 'backfilling':
      return `backfill: filling in, batch by batch, what ${candidate} needs`;
    case 'preparing':
      return `prepare: starting ${candidate}, and waiting until it is healthy and says who it is`;
    case 'rehearsing':
      return `rehearse: probing ${candidate}, and trying the way back`;
    case 'canary': {
      const wanted = state.plan.stepBasisPoints[state.step] ?? 0;
      const place = `canary ${state.step + 1}/${state.plan.stepBasisPoints.length}`;
      if (state.hold !== null) return `${place}: held at ${share(wanted)} (${state.hold.message})`;
      return state.pending === null
        ? `${place}: ${share(wanted)} of users on ${candidate}`
        : `${place}: going to ${share(wanted)}`;
    }
    case 'scaling':
      return `blue-green: bringing ${candidate} to full capacity`;
    case 'flipping':
      return `blue-green: all users to ${candidate}`;
    case 'baking':
      return state.hold === null
        ? `bake: watching ${candidate} with ${share(10_000)}`
        : `bake: held (${state.hold.message})`;
    case 'settling':
      return `settle: draining and stopping the version before`;
    case 'settled':
      return `settled: ${candidate} is stable`;
    case 'rolling-back':
      return state.stuck === null
        ? `rolling back: ${state.cause.message}`
        : `rolling back is stuck: ${state.stuck}`;
    case 'rolled-back':
      return `rolled back: ${state.cause.message}`;
  }
}

function describeWithheld(state: RolloutState, { message }: Withholding): string {
  const share = `${state.candidateBasisPoints / 100} % of users on ${shortDigest(state.plan.candidate)}`;
  return `held before ${state.pending?.name ?? state.phase}, with ${share}: ${message}`;
}
