import { isFinished, type RolloutState } from '../../../policies/rollout/state.ts';
import { memberName, type Train, type TrainMember } from '../../../policies/train/train.ts';

export interface DescribedMember {
  member: TrainMember;
  state: RolloutState | null;
  message: string;
  rollout: string | null;
}

/** A train as a table for a terminal: a line for each wave, and under it one for each of its members. */
export function describeTrain(train: Train, members: readonly DescribedMember[]): string {
  const finished = members.filter(({ state }) => state !== null && isFinished(state)).length;
  const width = Math.max(...members.map(({ member }) => memberName(member).length));
  return [
    `train ${train.id} of ${train.name}: ${finished} of ${members.length} finished`,
    ...train.waves.flatMap((wave, index) => {
      const own = members.filter(({ member }) => member.wave === index);
      if (own.length === 0) return [];
      return [
        `  wave ${wave}`,
        ...own.map(({ member, rollout, message }) => {
          const id = rollout === null ? 'no rollout' : `rollout ${rollout}`;
          return `    ${memberName(member).padEnd(width)}  ${id}: ${message}`;
        }),
      ];
    }),
  ].join('\n');
}
