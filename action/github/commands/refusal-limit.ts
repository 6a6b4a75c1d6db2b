import type { AuditEntry } from '../../../policies/audit/audit-entry.ts';
import { isJsonObject } from '../../../policies/audit/canonical-json.ts';

const windowSeconds = 3600;
const perPerson = 3;
/** Of everybody together: many accounts are no way around. */
const inAll = 20;

/**
 * How often people are told that something was refused, so that strangers cannot make us write without end. Counted from
 * the audit log, where every refusal that was answered stands.
 */
export interface RefusalLimit {
  /** Whether this person may be answered; counts it when so. */
  take(account: number | null): boolean;
}

export function refusalLimit(entries: Iterable<AuditEntry>, now: Date): RefusalLimit {
  const from = new Date(now.getTime() - windowSeconds * 1000).toISOString();
  const counts = new Map<number | null, number>();
  let all = 0;
  const count = (account: number | null): void => {
    counts.set(account, (counts.get(account) ?? 0) + 1);
    all += 1;
  };
  for (const entry of entries) {
    if (entry.at < from || entry.event !== 'command.requested') continue;
    if (entry.inputs?.['state'] === 'refused') count(accountOf(entry));
  }
  return {
    take(account) {
      if (all >= inAll || (counts.get(account) ?? 0) >= perPerson) return false;
      count(account);
      return true;
    },
  };
}

function accountOf({ inputs }: AuditEntry): number | null {
  const by = inputs?.['by'];
  const id = isJsonObject(by) ? by['id'] : undefined;
  return typeof id === 'number' ? id : null;
}
