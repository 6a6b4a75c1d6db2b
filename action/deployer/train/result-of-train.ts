/** What a run of a train came to: one table by wave and member for people, every member for machines. */
import { isFinished, type RolloutState } from '../../../policies/rollout/state.ts';
import type { Train } from '../../../policies/train/train.ts';
import type { CommandResult, ExitCode } from '../../commands/command.ts';
import type { RunResult } from '../run-deployment.ts';
import { describeState } from '../describe-state.ts';
import type { ShownEvidence } from '../show-evidence.ts';
import type { TrainEnd } from './drive-train.ts';
import { describeTrain, type DescribedMember } from './describe-train.ts';
import type { FoundTrain } from './find-train.ts';

interface Ending {
  exitCode: ExitCode;
  decision: string;
  reasonCode: string;
  next: string;
}

type MemberEnd = TrainEnd<RunResult>['members'][number];

/** `shown` is what each member was judged on, by its name; `leftOut` those that had the release already. */
export function resultOfTrain(
  { train, members: found }: FoundTrain,
  end: TrainEnd<RunResult>,
  shown: ReadonlyMap<string, ShownEvidence> = new Map(),
  leftOut: readonly string[] = [],
): CommandResult {
  const ending = endingOf(end, train);
  const rows = end.members.map((one, index) => ({ ...one, found: found[index] }));
  const described = rows.map(({ member, state, decision, found: place }): DescribedMember => ({
    member,
    state,
    message: state === null || isWaitingFor(state) ? decision.message : describeState(state),
    rollout: place?.rollout?.rollout ?? null,
  }));
  const lines = rows.flatMap(({ found: place }) => shown.get(place?.name ?? '')?.lines ?? []);
  const markdown = [...shown.values()].map((one) => one.markdown).filter((text) => text !== '');
  return {
    exitCode: ending.exitCode,
    decision: ending.decision,
    reasonCode: ending.reasonCode,
    result: {
      train: train.id,
      name: train.name,
      waves: train.waves,
      leftOut,
      members: rows.map(({ member, state, run, decision, found: place }) => ({
        service: member.service,
        environment: member.environment,
        wave: train.waves[member.wave] ?? null,
        rollout: place?.rollout?.rollout ?? null,
        commit: place?.rollout?.deployment.candidate.commit ?? null,
        candidate: place?.rollout?.plan.candidate ?? null,
        phase: state?.phase ?? null,
        candidateBasisPoints: state?.candidateBasisPoints ?? null,
        cause: state !== null && 'cause' in state ? state.cause : null,
        decision: decision.decision,
        reasonCode: decision.reasonCode,
        message: decision.message,
        trafficOffMs: run?.trafficOffMs ?? null,
        rehearsal: run?.outcomes.rehearse ?? null,
      })),
      next: ending.next,
    },
    text: [describeTrain(train, described), ...leftOut, ...lines, ending.next]
      .filter((line) => line !== '')
      .join('\n'),
    ...(markdown.length === 0 ? {} : { summary: markdown.join('\n\n') }),
  };
}

/** It stands before its begin, or before settling: what it waits for says more than its phase. */
function isWaitingFor({ phase }: RolloutState): boolean {
  return phase === 'planned';
}

function endingOf({ ended, members }: TrainEnd<RunResult>, train: Train): Ending {
  const settled = members.filter(({ state }) => state?.phase === 'settled');
  if (ended === 'stuck') {
    return {
      exitCode: 4,
      decision: 'stuck',
      reasonCode: 'rollback-stuck',
      next: 'mend what is named above, then run `evenkeel rollback` again',
    };
  }
  if (ended === 'finished' && settled.length === members.length)
    return { exitCode: 0, decision: 'settled', reasonCode: 'settled', next: '' };
  if (ended === 'finished') return wentBack(members, settled.length);
  if (ended === 'interrupted') {
    return {
      exitCode: 130,
      decision: 'interrupted',
      reasonCode: 'interrupted',
      next: `the state is saved and nobody is watching ${train.name}: \`evenkeel deploy --resume\` goes on, \`evenkeel rollback\` goes back`,
    };
  }
  return {
    exitCode: 3,
    decision: 'waiting',
    reasonCode: reasonOfWaiting(members),
    next: '`evenkeel advance` takes what is due, `evenkeel deploy --resume` goes on watching, `evenkeel rollback` takes the whole train back',
  };
}

function wentBack(members: readonly MemberEnd[], settled: number): Ending {
  const causes = members.flatMap(({ state }) => (state?.phase === 'rolled-back' ? [state] : []));
  // The first to go back is the one whose reason is not the train's own.
  const first = causes.reduce<(typeof causes)[number] | undefined>(
    (sum, state) =>
      sum === undefined || (sum.cause.by.startsWith('train ') && !state.cause.by.startsWith('train '))
        ? state
        : sum,
    undefined,
  );
  const reasonCode = first?.cause.reasonCode ?? 'requested';
  const hasMetUsers = causes.some(({ mayHaveMetUsers }) => mayHaveMetUsers);
  if (!hasMetUsers && settled === 0 && reasonCode !== 'requested')
    return { exitCode: 2, decision: 'refused', reasonCode, next: 'mend that, and deploy again' };
  const next =
    settled === 0
      ? 'the version before serves everybody everywhere'
      : `${settled} of ${members.length} had settled and cannot go back with the train; \`evenkeel rollback to RELEASE\` takes each back`;
  return { exitCode: 1, decision: 'rolled-back', reasonCode, next };
}

/** What holds a member that has begun, before what holds one that has not. */
function reasonOfWaiting(members: readonly MemberEnd[]): string {
  const reasons = members.flatMap(({ state, decision }) => {
    if (state === null) return [decision.reasonCode];
    if (isFinished(state) || state.phase === 'planned') return [];
    const hold = state.phase === 'canary' || state.phase === 'baking' ? state.hold : null;
    const reason = hold?.kind ?? state.withheld?.reasonCode;
    return reason === undefined || reason === 'train-bake-waiting' ? [] : [reason];
  });
  return reasons[0] ?? 'in-progress';
}
