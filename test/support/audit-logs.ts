import { openAuditLog, type AuditLog } from '../../action/audit-log/directory-store.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import type { TestContext } from 'node:test';

/** A directory with a log of that many entries after its first. */
export function auditLogOf(context: TestContext, entries: number): string {
  const directory = temporaryDirectory(context);
  appendTo(directory, entries);
  return directory;
}

export function openAt2026(directory: string): AuditLog {
  return openAuditLog(directory, { now: () => new Date('2026-01-01T00:00:00Z') });
}

/** Entry n is by `grace n`. */
export function appendTo(directory: string, entries: number): void {
  const log = openAt2026(directory);
  for (let count = 0; count < entries; count++) {
    const name = `grace ${log.nextSequence()}`;
    log.append({ actor: { kind: 'person', name }, event: 'approval' });
  }
  log.close();
}
