/**
 * How a release starts in several places or services: everything is decided for all of them, all locks are taken, all
 * plans are written, and only then the first box begins. One no means that nothing starts anywhere.
 */
import { planTrain } from '../../../policies/train/plan-train.ts';
import { memberName, type Train, type TrainMember } from '../../../policies/train/train.ts';
import type { Policy, ServicePolicy } from '../../../policies/policy-file/policy.ts';
import { inputFailure } from '../../../stacks/failure.ts';
import { appendEntry } from '../../audit-log/directory-store.ts';
import type { CommandResult } from '../../commands/command.ts';
import {
  decideStart,
  refuseOtherStable,
  refuseSecondRollout,
  type StartOptions,
  type StartPlace,
} from '../decide-start.ts';
import type { JournalledRollout } from '../deployment.ts';
import { openJournal } from '../journal.ts';
import { planNewRollout, type NewRollout } from '../plan-new-rollout.ts';
import { findPulumi } from '../pulumi/find-pulumi.ts';
import type { FoundMember } from './find-train.ts';
import { finishTrain } from './finish-train.ts';
import { takeTrainLocks } from './run-train.ts';

/** What goes out together, as the policy has it. */
export interface WantedTrain {
  policy: Policy;
  /** The group, or the one service. */
  name: string;
  services: readonly ServicePolicy[];
  /** Null: wave by wave. */
  environment: string | null;
}

interface Starting {
  member: TrainMember;
  rollout: NewRollout;
}

export async function startTrain(options: StartOptions, wanted: WantedTrain): Promise<CommandResult> {
  const { source, context } = options;
  const planned = planTrain(wanted.policy, wanted.services, wanted.name, wanted.environment);
  if (!planned.ok) throw inputFailure(planned.reasonCode, planned.message);
  const decided = await decideMembers(options, planned.train.members, wanted.environment === null);
  const { starting, leftOut, refused } = decided;
  if (refused !== null) return refused;
  for (const line of leftOut) context.progress(line);
  const [first] = starting;
  if (first === undefined) return nothingToDo(wanted, leftOut);
  await findPulumi({ env: context.env, progress: (line) => context.progress(line), signal: context.signal });
  const places = starting.map(({ member, rollout }) => ({
    name: memberName(member),
    directories: rollout.directories,
  }));
  const locks = takeTrainLocks(places, 'evenkeel deploy', context.now());
  try {
    for (const { rollout } of starting) {
      refuseSecondRollout(rollout.directories);
      refuseOtherStable(rollout.directories, rollout.stable, rollout.service.name);
    }
    const train = announce(
      options,
      { ...planned.train, members: starting.map(({ member }) => member) },
      first.rollout,
    );
    // Every plan is on disk before anything is done: a crash leaves a train that can be taken up, or one that never began.
    const members = starting.map(({ member, rollout }) => writePlan(train, member, rollout));
    const until = options.isDetached === true ? 'due' : 'finished';
    return await finishTrain(
      { found: { train, members }, locks, until, request: null, source, context },
      leftOut,
    );
  } finally {
    locks.release();
  }
}

async function decideMembers(
  options: StartOptions,
  members: readonly TrainMember[],
  isWholeTrain: boolean,
): Promise<{ starting: Starting[]; leftOut: string[]; refused: CommandResult | null }> {
  const checks: StartPlace['checks'] = new Map();
  const starting: Starting[] = [];
  const leftOut: string[] = [];
  for (const member of members) {
    const { service, environment } = member;
    const decided = await decideStart(options, {
      service,
      environment,
      // What opens by itself is asked again when the turn of a later place comes.
      isLater: starting.some((one) => one.member.environment !== environment),
      isInTrain: isWholeTrain,
      checks,
    });
    if (decided.kind === 'refused') {
      const { text } = decided.result;
      return { starting, leftOut, refused: { ...decided.result, text: `${memberName(member)}: ${text}` } };
    }
    if (decided.kind === 'already-deployed') leftOut.push(decided.result.text);
    if (decided.kind === 'may-start') starting.push({ member, rollout: decided.rollout });
  }
  return { starting, leftOut, refused: null };
}

function nothingToDo({ name }: WantedTrain, leftOut: readonly string[]): CommandResult {
  return {
    exitCode: 0,
    decision: 'settled',
    reasonCode: 'already-deployed',
    result: { name, leftOut, members: [] },
    text: leftOut.join('\n'),
  };
}

/** The train's id is the sequence of its first audit entry. */
function announce(
  { context }: StartOptions,
  planned: Omit<Train, 'id'>,
  { directories, guard, candidate }: NewRollout,
): Train {
  const { sequence } = appendEntry(directories.audit, context, {
    actor: { kind: 'person', name: guard.actor.login },
    event: 'train.started',
    inputs: { ...planned, commit: candidate.commit },
  });
  return { ...planned, id: String(sequence) };
}

function writePlan(train: Train, member: TrainMember, input: NewRollout): FoundMember {
  const { directories } = input;
  const planned = planNewRollout(input);
  const deployment = { ...planned.deployment, train: { ...train, wave: member.wave } };
  const rollout: JournalledRollout = { ...planned, deployment };
  const journal = openJournal(directories.journal, rollout.rollout);
  try {
    const { plan, startedAt: at, startedBy: by } = rollout;
    journal.append({ record: 'plan', plan, at, by, context: deployment });
  } finally {
    journal.close();
  }
  return { member, name: memberName(member), directories, rollout };
}
