import { join } from 'node:path';
import type { AuditEntry } from '../../policies/audit/audit-entry.ts';
import { readCommandLog, type CommandLog } from '../../policies/command/command-log.ts';
import { readEntriesSoFar } from '../audit-log/directory-store.ts';
import { homeOf } from '../deployer/state-directory.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function auditDirectoryOf(repository: string, env: Environment): string {
  return join(homeOf(repository, env), 'audit');
}

/** Everything in the audit log, and what it says of commands. A log that is not there yet is empty. */
export function readLog(
  repository: string,
  env: Environment,
): { entries: AuditEntry[]; commands: CommandLog } {
  const entries = readEntriesSoFar(auditDirectoryOf(repository, env));
  return { entries, commands: readCommandLog(entries) };
}
