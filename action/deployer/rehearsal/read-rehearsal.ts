import { outcomesOf } from '../../../policies/rollout/outcomes-of.ts';
import type { JournalRecord } from '../../../policies/rollout/replay.ts';
import { describeTakeBack, type RehearsalOutcome, type TakeBack } from './rehearse.ts';

/** What the rollout's last rehearsal measured, whichever run did it; null when none was finished. */
export function readRehearsal(records: readonly JournalRecord[]): RehearsalOutcome | null {
  return rehearsalIn(outcomesOf(records).rehearse);
}

/** The outcome of an effect, when it is that of a rehearsal; what earlier versions wrote has no `isProven`. */
export function rehearsalIn(outcome: unknown): RehearsalOutcome | null {
  // Written by `rehearse` only, in a directory that is private to this user.
  return typeof outcome === 'object' && outcome !== null && 'isProven' in outcome && 'takeBack' in outcome
    ? (outcome as RehearsalOutcome)
    : null;
}

/** The take-backs that were tried, the one that a rollback takes first in front. */
export function takeBacksOf(rehearsal: RehearsalOutcome | null): TakeBack[] {
  if (rehearsal === null || rehearsal.takeBack === null) return [];
  return [rehearsal.takeBack, ...(rehearsal.byUpdate === undefined ? [] : [rehearsal.byUpdate])];
}

/** One line for people; null where nothing was rehearsed. */
export function describeRehearsal(rehearsal: RehearsalOutcome | null): string | null {
  const tried = takeBacksOf(rehearsal).map(describeTakeBack);
  return tried.length === 0 ? null : `the way back, tried before: ${tried.join('; then ')}`;
}
