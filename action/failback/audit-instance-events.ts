/**
 * Takes what happened to instances over into the audit log. The process beside the router goes on for weeks, whatever
 * version of the tool is current, so it does not write the log itself: it leaves a file for each step, and the next run
 * takes them over in their order. A run that is killed between the log and the file writes one of them twice, with the
 * same time.
 */
import { join } from 'node:path';
import { failbackDirectoryOf, takeEvents } from '../../stacks/local/failback/failback-record.ts';
import { withAppendLock } from '../audit-log/append-lock.ts';
import { openAuditLog } from '../audit-log/directory-store.ts';
import type { StateDirectory } from '../deployer/state-directory.ts';
import { existsSync } from 'node:fs';
import { routerDirectoryOf } from './returning-instances.ts';

/** How many entries were written. Fails with a `Failure` when the log cannot be; the rest is kept for later. */
export function auditInstanceEvents(
  directories: StateDirectory,
  place: { service: string; environment: string },
  now: () => Date,
): number {
  const directory = failbackDirectoryOf(routerDirectoryOf(directories));
  if (!existsSync(join(directory, 'events'))) return 0;
  const log = openAuditLog(directories.audit, { now });
  try {
    return withAppendLock(join(directory, 'take-over.lock'), () =>
      takeEvents(directory, ({ ...event }) => {
        log.append({
          actor: { kind: 'evenkeel', name: 'failback' },
          event: 'instance.changed',
          service: place.service,
          inputs: { environment: place.environment, ...event },
        });
      }),
    );
  } finally {
    log.close();
  }
}
