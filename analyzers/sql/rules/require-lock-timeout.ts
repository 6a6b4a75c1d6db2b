import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SqlSubject } from '../document.ts';
import { LockTimeout } from '../lock-timeout.ts';
import { locksOf } from '../locks.ts';
import { withFreshTables } from '../objects.ts';

export const requireLockTimeout = defineRule<SqlSubject>({
  id: 'sql/require-lock-timeout',
  level: 'error',
  covers: ['add', 'narrow', 'widen', 'rename'],
  problem: 'While the statement waits for its lock, every later query on the table waits behind it.',
  remedy:
    "Write SET lock_timeout = '5s' (or another short time) before the statement, and run it again when it gives up.",
  *check({ change, after, runner }): Iterable<Report> {
    // This tool sets one before every statement that it applies.
    if (after?.outcome !== 'parsed' || runner === 'evenkeel') return;
    const timeout = new LockTimeout();
    for (const { statement, fresh } of withFreshTables(after.statements)) {
      if (statement.moment === 'deferred') continue;
      timeout.observe(statement);
      if (timeout.isSet) continue;
      // What this file has created is not in use yet, so nobody waits for it.
      const lock = locksOf(statement).find(({ of }) => !fresh.has(of));
      if (lock === undefined) continue;
      yield {
        path: change.path,
        key: `${lock.what} ${lock.of}`,
        span: statement.span,
        message: `${lock.what} takes a lock (${lock.mode}) on ${lock.of} with no lock_timeout set before it in this file`,
      };
    }
  },
});
