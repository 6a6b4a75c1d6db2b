import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { hasSchemaSteps, type SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';

/** What a rollout did to the schema, as its journal has it; null when it had nothing to do there. */
export interface SchemaOfRollout {
  expand: string[];
  backfill: string[];
  contract: string[];
  /** `begun`: perhaps some of the files; the ledger in the database knows which. */
  applied: 'no' | 'begun' | 'yes';
}

export function schemaOfRollout(
  steps: SchemaSteps | undefined,
  records: readonly JournalRecord[],
): SchemaOfRollout | null {
  if (steps === undefined || !hasSchemaSteps(steps)) return null;
  const begun = new Set(
    records.flatMap((one) =>
      one.record === 'intent' && one.effect.name === 'migrate' ? [one.effect.id] : [],
    ),
  );
  const isDone = records.some(
    (one) => one.record === 'event' && one.event.type === 'effect-done' && begun.has(one.event.effectId),
  );
  const paths = (list: readonly { path: string }[]): string[] => list.map(({ path }) => path);
  return {
    expand: paths(steps.expand),
    backfill: paths(steps.backfill),
    contract: paths(steps.contract),
    applied: isDone ? 'yes' : begun.size > 0 ? 'begun' : 'no',
  };
}

/** Lines for a person: a rollback brings the users back, and leaves the schema as it is. */
export function describeSchema(schema: SchemaOfRollout | null, phase: string): string[] {
  if (schema === null || schema.applied === 'no' || phase !== 'rolled-back') return [];
  const files = [...schema.expand, ...schema.backfill, ...schema.contract].join(', ');
  const extent = schema.applied === 'yes' ? 'keeps' : 'may keep some of';
  const why =
    schema.contract.length > 0
      ? 'no version that was deployed needs what it took away'
      : 'the version before works with it, and the next rollout finds it done';
  return [`the database ${extent} ${files}: ${why}`];
}
