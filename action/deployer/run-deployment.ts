/**
 * One run of a rollout, new or resumed: puts the journal, the audit log, the target, the router and the judge behind
 * the machine's shell and waits for its end. The caller holds the lock.
 */
import { outcomesOf } from '../../policies/rollout/outcomes-of.ts';
import { begunEffectOf } from '../../policies/rollout/replay.ts';
import { goesBack, type RolloutEvent, type RolloutState } from '../../policies/rollout/state.ts';
import { Failure, inputFailure, withMore } from '../../stacks/failure.ts';
import { auditInstanceEvents } from '../failback/audit-instance-events.ts';
import { capacityGate } from '../failback/capacity-gate.ts';
import { assessBudget } from '../slo/assess-start.ts';
import { serveControl, type ControlAnswer } from './control-socket.ts';
import { settleDriftBeforeResume } from './drift/reconcile-drift.ts';
import { driveRollout, type Drive, type DriveOptions, type DriveResult } from './drive-rollout.ts';
import type { ApprovalSource } from './approval-source.ts';
import { openJournal, readJournal } from './journal.ts';
import { judgeOf } from './judge-of-rollout.ts';
import { portsOfRun, type RunPorts } from './ports-of-run.ts';
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
  /** After every change of state, at once. */
  onState?(state: RolloutState): void;
  /** Once, as soon as the run can be steered. */
  onSteer?(drive: Pick<Drive, 'request' | 'askGates' | 'state'>): void;
  /** Where else the rollout is watched from. */
  openView?: OpenRolloutView | undefined;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
  signal: AbortSignal;
}

/** What became of a rollout in a run. */
export interface RunResult extends DriveResult {
  /** What each effect brought, in this run or in one before it. */
  outcomes: ReturnType<typeof outcomesOf>;
  /** From the judgement (or the command) to the confirmation that users are off the candidate. */
  trafficOffMs: number | null;
}

export async function runDeployment(options: RunOptions): Promise<RunResult> {
  const { directories, rollout } = options;
  const journal = openJournal(directories.journal, rollout.rollout);
  const surroundings = openSurroundings({ ...options, isGoingBack: isGoingBack(options) });
  const view = options.openView === undefined ? unwatched : options.openView(rollout);
  let run: RunPorts | null = null;
  let control: { close(): Promise<void> } | null = null;
  try {
    const gate = gateOf(options, surroundings);
    run = portsOfRun({
      ...options,
      journal,
      audit: (record) => surroundings.audit(record),
      effects: surroundings.effects,
      gates: [...(options.moreGates ?? []), gate, capacityOf(options, surroundings)],
      judge: judgeOf(options, surroundings),
      view: options.onState === undefined ? view : viewAndTell(view, options.onState),
    });
    if (options.isNew) {
      const { plan, startedAt: at, startedBy: by, deployment: context } = rollout;
      journal.append({ record: 'plan', plan, at, by, context });
    }
    if (!options.isNew && !isGoingBack(options)) {
      await settleDriftBeforeResume({
        ...options,
        refresh: () => surroundings.refresh(),
        applyExposure(exposure, cut) {
          options.lock.assertHeld();
          return surroundings.effects.applyExposure(exposure, cut);
        },
      });
    }
    const drive = driveRollout(
      {
        state: rollout.state,
        ports: run.ports,
        tickSeconds: rollout.deployment.rollout.tickSeconds,
        gateRetrySeconds,
        gateAnswerSeconds,
        lookSeconds,
        begunEffectId: begunEffectOf(rollout.records),
        holdSeconds: options.holdSeconds ?? rollout.deployment.rollout.stepDeadlineSeconds,
        until: options.until,
        signal: options.signal,
      },
      startOf(options, run.ports.elapsedSeconds()),
    );
    options.onSteer?.(drive);
    control = await serveControl(directories.controlSocket, (command, by) =>
      answer(drive, gate, options, command, by),
    );
    const result = await drive.done;
    const trafficOffMs = run.trafficOffMs();
    takeOverEvents(options);
    if (result.ended === 'finished') writeEnd(surroundings, result, trafficOffMs, options);
    const outcomes = outcomesOf(readJournal(directories.journal, rollout.rollout));
    return { ...result, trafficOffMs, outcomes };
  } catch (error) {
    const escaped = (await run?.escaped()) ?? null;
    if (escaped === null || !(error instanceof Failure)) throw error;
    throw withMore(error, escaped);
  } finally {
    await control?.close();
    surroundings.close();
    journal.close();
    await view.end();
  }
}

function capacityOf({ rollout, signal }: RunOptions, { effects }: Surroundings): ForwardGate {
  const { plan, deployment } = rollout;
  return capacityGate({ plan, service: deployment.service }, () => effects.connectRouter(), signal);
}

/** What the watcher beside the router did meanwhile; last, since a rollback waits for no log. */
function takeOverEvents({ directories, rollout, now, progress }: RunOptions): void {
  try {
    auditInstanceEvents(directories, rollout.plan, now);
  } catch (error) {
    progress(
      `what happened to instances could not be written into the audit log: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function viewAndTell(
  view: RolloutView,
  tell: (state: RolloutState) => void,
): Pick<RolloutView, 'phaseChanged'> {
  return {
    phaseChanged(state, rehearsal) {
      view.phaseChanged(state, rehearsal);
      tell(state);
    },
  };
}

function writeEnd(
  surroundings: Surroundings,
  { state }: DriveResult,
  trafficOffMs: number | null,
  { progress }: RunOptions,
): void {
  const { stable, candidate } = state.plan;
  if (state.phase !== 'rolled-back') {
    surroundings.end('rollout.settled', { stable, candidate });
    return;
  }
  try {
    surroundings.end('rollout.rolled-back', { stable, candidate, cause: state.cause, trafficOffMs });
  } catch (error) {
    // It is back, whether or not that could be written down.
    progress(`the audit log could not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isGoingBack({ request, rollout }: RunOptions): boolean {
  const isAsked = request !== null && goesBack(request.command);
  return isAsked || rollout.state.phase === 'rolling-back' || rollout.state.phase === 'rolled-back';
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
const gateAnswerSeconds = 60;
const lookSeconds = 30;

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
