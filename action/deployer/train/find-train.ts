import { memberName, type Train, type TrainMember } from '../../../policies/train/train.ts';
import { Failure } from '../../../stacks/failure.ts';
import { latestRollout, type JournalledRollout } from '../deployment.ts';
import { stateDirectoryOf, type StateDirectory } from '../state-directory.ts';

export interface FoundMember {
  member: TrainMember;
  name: string;
  directories: StateDirectory;
  /** Null: its journal is gone, cannot be read, or is of another rollout. */
  rollout: JournalledRollout | null;
}

export interface FoundTrain {
  train: Train;
  members: FoundMember[];
}

/** The whole train that a rollout is a member of, from the journals of all its members; null: it is on its own. */
export function findTrain(
  { deployment }: Pick<JournalledRollout, 'deployment'>,
  env: Readonly<Record<string, string | undefined>>,
): FoundTrain | null {
  const { train, repository } = deployment;
  if (train === undefined) return null;
  return {
    train,
    members: train.members.map((member): FoundMember => {
      const directories = stateDirectoryOf(repository, env, member.service, member.environment);
      const name = memberName(member);
      return { member, name, directories, rollout: memberRollout(directories, train.id) };
    }),
  };
}

/** What cannot be read is as good as gone: the train holds, and says so. */
function memberRollout(directories: StateDirectory, train: string): JournalledRollout | null {
  try {
    const latest = latestRollout(directories);
    return latest?.deployment.train?.id === train ? latest : null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
