import type { JournalRecord } from '../../../policies/rollout/replay.ts';
import type { RehearsalOutcome, TakeBack } from './rehearse.ts';

/**
 * What the rollout's last finished rehearsal measured, from its journal, so that it is known after a resume too; null
 * when none was finished. Journals of earlier versions know less of it.
 */
export function readRehearsal(records: readonly JournalRecord[]): RehearsalOutcome | null {
  const effects = new Set(
    records.flatMap((record) =>
      record.record === 'intent' && record.effect.name === 'rehearse' ? [record.effect.id] : [],
    ),
  );
  let outcome: unknown = null;
  for (const record of records) {
    if (record.record !== 'event' || record.event.type !== 'effect-done') continue;
    if (effects.has(record.event.effectId)) outcome = record.event.outcome;
  }
  // Written by `rehearse` only, in a directory that is private to this user; what earlier versions wrote has no `isProven`.
  return typeof outcome === 'object' && outcome !== null && 'isProven' in outcome
    ? (outcome as RehearsalOutcome)
    : null;
}

/** The take-backs that were tried, the one that a rollback takes first in front. */
export function rehearsedTakeBacks(records: readonly JournalRecord[]): TakeBack[] {
  const outcome = readRehearsal(records);
  if (outcome === null || outcome.takeBack === null) return [];
  return [outcome.takeBack, ...(outcome.byUpdate === undefined ? [] : [outcome.byUpdate])];
}
