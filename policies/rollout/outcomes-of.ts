import type { JournalRecord } from './replay.ts';
import type { EffectName } from './state.ts';

/** What each effect last brought, whichever run did it. */
export function outcomesOf(records: Iterable<JournalRecord>): Partial<Record<EffectName, unknown>> {
  const names = new Map<string, EffectName>();
  const outcomes: Partial<Record<EffectName, unknown>> = {};
  for (const record of records) {
    if (record.record === 'intent') names.set(record.effect.id, record.effect.name);
    if (record.record !== 'event' || record.event.type !== 'effect-done') continue;
    const name = names.get(record.event.effectId);
    if (name !== undefined) outcomes[name] = record.event.outcome;
  }
  return outcomes;
}
