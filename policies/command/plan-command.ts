/**
 * What a command would do now, in words and as values, how much it asks for, and what carries it out. Nothing in a plan
 * moves by itself (no times, no measured figures), so that a plan that is made again from the same situation is the same.
 */
import type { JsonObject } from '../audit/canonical-json.ts';
import type { OperatorCommand } from '../rollout/state.ts';
import { choosePlace, refuse, type Refusal } from './choose-place.ts';
import type { CommandEffect, CommandPlan } from './command-decision.ts';
import type { CommandUse } from './command-policy.ts';
import type { CommandSituation, PlaceSituation, RolloutSituation } from './command-situation.ts';
import type { Command } from './command.ts';
import type { CommandNeed } from './may-use.ts';
import { planBreakGlass, planClose } from './plan-break-glass.ts';
import { planFailback } from './plan-failback.ts';
import { planForTrain } from './plan-for-train.ts';
import { planReturn } from './plan-return.ts';
import { isNamedBy, short } from './short-digest.ts';

export interface PlannedCommand {
  ok: true;
  use: CommandUse;
  need: CommandNeed;
  plan: CommandPlan;
  effect: CommandEffect;
}

export type Planning = PlannedCommand | Refusal;

/** Every command but those that only answer, and the confirmation of another. */
export type PlannableCommand = Exclude<Command, { name: 'status' | 'help' | 'approve' | 'confirm' }>;

export function isPlannable(command: Command): command is PlannableCommand {
  return !['status', 'help', 'approve', 'confirm'].includes(command.name);
}

/** Plans one command for what is live. `headCommit`: the commit that it was written on. */
export function planCommand(
  command: PlannableCommand,
  situation: CommandSituation,
  headCommit: string | null,
): Planning {
  if (command.name === 'break-glass') return planBreakGlass(command, situation, headCommit);
  if (command.name === 'break-glass-close') return planClose(command.digest, situation);
  const ofTrain = planForTrain(command, situation, planHold);
  if (ofTrain !== null) return ofTrain;
  const chosen = choosePlace(situation, command, isMeantBy(command), isWayBack(command));
  if (!chosen.ok) return chosen;
  const { place } = chosen;
  switch (command.name) {
    case 'promote':
      return planPromote(place, headCommit);
    case 'pause':
    case 'resume':
      return planHold(command.name, place);
    case 'abort':
      return planStop(command.name, place);
    case 'rollback':
      return place.rollout?.isUnderWay === true
        ? planRollback(command.to, place, place.rollout)
        : planReturn(command.to, place, headCommit);
    case 'retry':
      return planRetry(place);
    case 'unlock':
      return planUnlock(place, headCommit);
    case 'failback':
      return planFailback(command, place);
  }
}

function isWayBack({ name }: Command): boolean {
  return name === 'abort' || name === 'rollback';
}

/** Which service is meant where none is named. */
function isMeantBy({ name }: Command): (place: PlaceSituation) => boolean {
  if (name === 'unlock') return ({ lock }) => lock !== null;
  if (name === 'retry') return ({ rollout }) => rollout?.isStuck === true || rollout?.phase === 'rolled-back';
  if (name === 'failback') return ({ returning }) => returning.length > 0;
  return ({ rollout }) => rollout?.isUnderWay === true;
}

function planPromote(place: PlaceSituation, headCommit: string | null): Planning {
  const { rollout } = place;
  if (rollout?.isUnderWay !== true) return nothingUnderWay(place);
  if (rollout.hold === 'gated') {
    return refuse(
      'not-possible-now',
      `${titleOf(place, rollout)} is held by a gate, which no person goes past: ${rollout.message}`,
    );
  }
  if ((rollout.phase !== 'canary' && rollout.phase !== 'baking') || rollout.isBusy) {
    return refuse(
      'not-possible-now',
      `${titleOf(place, rollout)} is between two steps (${rollout.message}); ask again when it stands at one`,
    );
  }
  const next =
    rollout.phase === 'baking' ? 10_000 : (rollout.stepBasisPoints[(rollout.step ?? 0) + 1] ?? 10_000);
  const isPassed = rollout.judgement === 'pass' && rollout.hold === null;
  const judged =
    rollout.judgement === null ? 'the judge has not looked' : `the judge says ${rollout.judgement}`;
  const held = rollout.hold === null ? '' : `, and it is held (${rollout.hold})`;
  const words =
    rollout.phase === 'baking'
      ? `${titleOf(place, rollout)} settles now: ${short(rollout.candidate.digest)} stays, and the version before is stopped`
      : `${titleOf(place, rollout)} goes on from ${share(rollout.candidateBasisPoints)} to ${share(next)} of users on ${short(rollout.candidate.digest)}`;
  return {
    ok: true,
    use: 'promote',
    need: isPassed ? 'one' : 'two',
    plan: {
      words: [
        words,
        `${judged}${held}: ${isPassed ? 'only the wait is cut short' : 'a person decides in its place'}`,
      ],
      inputs: {
        ...inputsOf('promote', place, rollout),
        head: headCommit,
        fromBasisPoints: rollout.candidateBasisPoints,
        toBasisPoints: next,
        judgement: rollout.judgement,
        hold: rollout.hold,
      },
    },
    effect: steer('promote', place, rollout),
  };
}

function planHold(name: 'pause' | 'resume', place: PlaceSituation): Planning {
  const { rollout } = place;
  if (rollout?.isUnderWay !== true) return nothingUnderWay(place);
  // A step that is watched, a backfill between two batches, and whatever stands before its gate.
  const mayBeHeld = ['canary', 'baking', 'backfilling'].includes(rollout.phase) || rollout.hold !== null;
  if (!mayBeHeld || (name === 'resume' && rollout.hold === null)) {
    const why = mayBeHeld ? 'is not held' : 'is not at a step where it could be held';
    return refuse('not-possible-now', `${titleOf(place, rollout)} ${why}: ${rollout.message}`);
  }
  const words =
    name === 'pause'
      ? `stays ${standOf(rollout)}; a regression still takes users off`
      : `goes on; the judge decides the next step`;
  return {
    ok: true,
    use: name,
    need: name === 'pause' ? 'stop' : 'one',
    plan: {
      words: [`${titleOf(place, rollout)} ${words}`],
      inputs: { ...inputsOf(name, place, rollout), hold: rollout.hold },
    },
    effect: steer(name, place, rollout),
  };
}

function standOf({ phase, candidateBasisPoints }: RolloutSituation): string {
  return phase === 'backfilling'
    ? 'between two batches of its backfill, with no user on it'
    : `at ${share(candidateBasisPoints)}`;
}

function planStop(name: 'abort' | 'rollback', place: PlaceSituation): Planning {
  const { rollout } = place;
  if (rollout?.isUnderWay !== true) return nothingUnderWay(place);
  const back =
    rollout.stable === null
      ? 'there is no version before it, so its users get no answer'
      : `everybody is on ${short(rollout.stable.digest)} (commit ${rollout.stable.commit.slice(0, 12)}) again`;
  return {
    ok: true,
    use: name,
    need: 'stop',
    plan: {
      words: [
        `${titleOf(place, rollout)} goes back: ${back}, and the candidate is removed`,
        ...(rollout.train === undefined
          ? []
          : [
              `it is one of ${rollout.train.members} places of train ${rollout.train.id} (${rollout.train.name}), and all of them go back with it`,
            ]),
      ],
      inputs: inputsOf(name, place, rollout),
    },
    effect: steer(name, place, rollout),
  };
}

/** While a rollout is under way the only release to go back to is the one that it started from. */
function planRollback(to: string | undefined, place: PlaceSituation, rollout: RolloutSituation): Planning {
  if (to === undefined || (rollout.stable !== null && isNamedBy(to, rollout.stable.digest))) {
    return planStop('rollback', place);
  }
  return refuse(
    'rollout-under-way',
    `${titleOf(place, rollout)} is under way; take it back first with rollback, then name the release to go back to`,
  );
}

function planRetry(place: PlaceSituation): Planning {
  const { rollout } = place;
  if (rollout === null) return nothingUnderWay(place);
  if (rollout.isStuck) {
    return {
      ok: true,
      use: 'retry',
      need: 'stop',
      plan: {
        words: [`${titleOf(place, rollout)} is stuck on its way back, and tries again`],
        inputs: inputsOf('retry', place, rollout),
      },
      effect: steer('rollback', place, rollout),
    };
  }
  if (rollout.phase !== 'rolled-back' || rollout.isUnderWay) {
    return refuse(
      'nothing-to-retry',
      `${titleOf(place, rollout)} neither failed nor is stuck: ${rollout.message}`,
    );
  }
  const { service, environment } = place;
  const { commit } = rollout.candidate;
  return {
    ok: true,
    use: 'retry',
    need: 'one',
    plan: {
      words: [
        `${service} in ${environment} rolls ${short(rollout.candidate.digest)} (commit ${commit.slice(0, 12)}) out once more, from its first step`,
        'its approval and every gate are asked again',
      ],
      inputs: inputsOf('retry', place, rollout),
    },
    effect: { kind: 'deploy-again', service, environment, commit },
  };
}

function planUnlock(place: PlaceSituation, headCommit: string | null): Planning {
  const { service, environment, lock } = place;
  if (lock === null) {
    return refuse('not-locked', `nobody holds the lock of ${service} in ${environment}`);
  }
  const who = `${lock.user} (process ${lock.processId} on ${lock.host}, since ${lock.since}: ${lock.doing})`;
  if (!lock.isGone) {
    return refuse(
      'lock-held',
      `the lock of ${service} in ${environment} is held by ${who}, which is not proved to be gone; stop that process, or abort its rollout`,
    );
  }
  const { processId, host, since } = lock;
  return {
    ok: true,
    use: 'unlock',
    need: 'two',
    plan: {
      words: [
        `the lock of ${service} in ${environment} is taken from ${who}, which is gone`,
        'users notice nothing; what it left half done is finished by the next run',
      ],
      inputs: { command: 'unlock', service, environment, head: headCommit, processId, host, since },
    },
    effect: { kind: 'unlock', service, environment, processId, host, since },
  };
}

function nothingUnderWay({ service, environment, rollout }: PlaceSituation): Refusal {
  const last = rollout === null ? '' : ` (the last one: ${rollout.message})`;
  return refuse('nothing-under-way', `no rollout of ${service} in ${environment} is under way${last}`);
}

function steer(command: OperatorCommand, place: PlaceSituation, rollout: RolloutSituation): CommandEffect {
  const { service, environment } = place;
  return { kind: 'steer', command, rollout: rollout.id, service, environment };
}

function inputsOf(command: string, place: PlaceSituation, rollout: RolloutSituation): JsonObject {
  return {
    command,
    service: place.service,
    environment: place.environment,
    rollout: rollout.id,
    phase: rollout.phase,
    step: rollout.step,
    stable: rollout.stable === null ? null : { ...rollout.stable },
    candidate: { ...rollout.candidate },
    candidateBasisPoints: rollout.candidateBasisPoints,
  };
}

function titleOf(place: PlaceSituation, rollout: RolloutSituation): string {
  return `rollout ${rollout.id} of ${place.service} in ${place.environment}`;
}

function share(basisPoints: number): string {
  return `${basisPoints / 100} %`;
}
