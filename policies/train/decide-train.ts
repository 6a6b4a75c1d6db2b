/**
 * Which members of a train may go on, from nothing but what each of them has come to.
 *
 * T1  Waves go in order: a member begins only when every member of every wave before has baked.
 * T2  One box first: until the first place of the first wave has baked, no other place begins.
 * T3  Blast radius: the instances of members that have begun and not baked never exceed the limit.
 * T4  Nothing settles before all have baked, so that until then every place is one flip away from the version before.
 * T5  One member that goes back, or went back, sends every other back that is not settled, whoever asked for it.
 * T6  A member whose journal is gone holds all of them: what nobody knows is no pass.
 * T7  Never more than `sideBySide` members are between their begin and their bake.
 */
import type { RolloutState } from '../rollout/state.ts';
import { memberName, type Train, type TrainMember } from './train.ts';

/** What one member has come to; `state` null: its journal is gone or cannot be read. */
export interface MemberState {
  member: TrainMember;
  state: RolloutState | null;
  /** Whether it was let on already, although its journal may not say so yet. */
  isStarted: boolean;
}

export interface MemberDecision {
  decision: 'admit' | 'hold' | 'roll-back';
  reasonCode: TrainReasonCode;
  message: string;
}

export type TrainReasonCode =
  | 'train-in-order'
  | 'train-wave-waiting'
  | 'train-one-box-first'
  | 'train-blast-radius'
  | 'train-side-by-side'
  | 'train-bake-waiting'
  | 'train-member-unknown'
  | 'train-goes-back'
  | 'train-member-settled';

/** How far a member is, as far as its train is concerned. */
export type MemberStage = 'unknown' | 'waiting' | 'under-way' | 'baked' | 'settled' | 'going-back';

/** As many at once as one machine can drive well: each has a Pulumi CLI and a provider of its own. */
export const sideBySide = 4;

/** How far a member is. A settle that is asked for and held means that it has baked (T4). */
export function stageOf({ state, isStarted }: MemberState): MemberStage {
  switch (state?.phase) {
    case undefined:
      return 'unknown';
    case 'planned':
      return isStarted ? 'under-way' : 'waiting';
    case 'settling':
      return 'baked';
    case 'settled':
      return 'settled';
    case 'rolling-back':
    case 'rolled-back':
      return 'going-back';
    default:
      return 'under-way';
  }
}

interface Staged extends MemberState {
  stage: MemberStage;
}

/**
 * One decision a member, by its name. `admit` lets any widening of it pass; `hold` none; `roll-back` asks for it. Members
 * that wait are looked at in the order of the train, and one that is let on counts for those after it.
 */
export function decideTrain(train: Train, members: readonly MemberState[]): Map<string, MemberDecision> {
  const staged = members.map((member): Staged => ({ ...member, stage: stageOf(member) }));
  const back = staged.find(({ stage }) => stage === 'going-back');
  const unknown = staged.find(({ stage }) => stage === 'unknown');
  const begun = staged.filter(({ stage }) => stage === 'under-way');
  return new Map(
    staged.map((one): [string, MemberDecision] => {
      const name = memberName(one.member);
      if (one.stage === 'settled')
        return [name, hold('train-member-settled', `${name} is settled, and nothing of this train moves it`)];
      if (back !== undefined) return [name, goBack(one, back)];
      if (unknown !== undefined) return [name, holdForUnknown(unknown)];
      if (one.stage === 'baked') return [name, decideSettle(staged)];
      if (one.stage === 'under-way') return [name, admit(`${name} is under way`)];
      const decision = decideBegin(train, one, staged, begun);
      if (decision.decision === 'admit') begun.push(one);
      return [name, decision];
    }),
  );
}

function decideSettle(staged: readonly Staged[]): MemberDecision {
  const late = staged.find(({ stage }) => stage !== 'baked' && stage !== 'settled');
  if (late === undefined) return admit('every place has baked');
  return hold(
    'train-bake-waiting',
    `it has baked, and stays one flip away from the version before until ${memberName(late.member)} has baked too`,
  );
}

function decideBegin(
  train: Train,
  { member }: Staged,
  staged: readonly Staged[],
  begun: readonly Staged[],
): MemberDecision {
  const name = memberName(member);
  const isLate = ({ stage }: Staged): boolean => stage !== 'baked' && stage !== 'settled';
  const before = staged.find((other) => other.member.wave < member.wave && isLate(other));
  if (before !== undefined) {
    const wave = train.waves[before.member.wave] ?? '';
    return hold(
      'train-wave-waiting',
      `${name} begins when the wave ${wave} has baked, and ${memberName(before.member)} has not`,
    );
  }
  const box = train.members[0]?.environment;
  const first = staged.find((other) => other.member.environment === box && isLate(other));
  if (first !== undefined && member.environment !== box)
    return hold('train-one-box-first', `${name} begins when ${memberName(first.member)} has baked`);
  const capacity = begun.reduce((sum, other) => sum + other.member.capacity, member.capacity);
  if (capacity * 10_000 > train.blastRadiusBasisPoints * train.totalCapacity) {
    return hold(
      'train-blast-radius',
      `${name} begins when fewer places are between their begin and their bake: candidates that have not baked may serve at most ${train.blastRadiusBasisPoints / 100} % of all instances`,
    );
  }
  if (begun.length >= sideBySide) {
    return hold(
      'train-side-by-side',
      `${name} begins when one of ${begun.length} that are under way has baked; no more are driven at once`,
    );
  }
  return admit(`${name} is next`);
}

function goBack(one: Staged, back: Staged): MemberDecision {
  const cause = back.state !== null && 'cause' in back.state ? back.state.cause.message : 'it goes back';
  if (one.stage === 'going-back')
    return {
      decision: 'admit',
      reasonCode: 'train-goes-back',
      message: `${memberName(one.member)} goes back`,
    };
  if (one.stage === 'unknown') return holdForUnknown(one);
  return {
    decision: 'roll-back',
    reasonCode: 'train-goes-back',
    message: `${memberName(back.member)} went back, and the whole train with it: ${cause}`,
  };
}

function holdForUnknown({ member }: Staged): MemberDecision {
  return hold(
    'train-member-unknown',
    `the journal of ${memberName(member)} is gone or is of another rollout, so nobody knows what it serves; restore it, or go back with \`evenkeel rollback\``,
  );
}

function admit(message: string): MemberDecision {
  return { decision: 'admit', reasonCode: 'train-in-order', message };
}

function hold(reasonCode: TrainReasonCode, message: string): MemberDecision {
  return { decision: 'hold', reasonCode, message };
}
