import { appliedRunners, type MigrationPolicy } from '../schema-steps/migration-policy.ts';
import { readSeconds } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';

/** `migrations` of a service, after the JSON Schema. */
export interface RawMigrations {
  files: string | string[];
  runner?: string;
  database?: string;
  scratch?: string;
  lockTimeout?: string;
  statementTimeout?: string;
}

const ofExecution = ['scratch', 'lockTimeout', 'statementTimeout'] as const;

export function fillMigrations(
  raw: RawMigrations,
  at: (key: string) => string,
  faults: PolicyFault[],
): MigrationPolicy {
  const database = raw.database ?? null;
  const runner = raw.runner ?? (database === null ? 'plain' : 'evenkeel');
  if (database === null) {
    for (const key of ofExecution) {
      if (raw[key] === undefined) continue;
      const message = 'this says how migrations are applied, which they are only where `database` is named';
      faults.push({ pointer: at(key), onKey: true, message });
    }
  } else if (!appliedRunners.includes(runner)) {
    const message = `migrations are applied for the runners ${appliedRunners.join(' and ')}; leave \`database\` out and let ${runner} apply them, or change the runner`;
    faults.push({ pointer: at('runner'), onKey: false, message });
  }
  return {
    files: typeof raw.files === 'string' ? [raw.files] : raw.files,
    runner,
    database,
    scratch: raw.scratch ?? null,
    lockTimeoutSeconds: readSeconds(raw.lockTimeout ?? '2s'),
    statementTimeoutSeconds: readSeconds(raw.statementTimeout ?? '5m'),
  };
}
