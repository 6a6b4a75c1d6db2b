/**
 * Break-glass: one commit may be rolled out without what is missing, because two people said so. What it leaves is a
 * debt: the review that did not happen before has to happen afterwards, by somebody who had no part in it.
 *
 * Both are read from the audit log alone: `break-glass.opened` and `break-glass.closed`.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import { isJsonObject, type JsonValue } from '../audit/canonical-json.ts';

/** A break-glass that nobody has reviewed yet. */
export interface Debt {
  /** Of its `break-glass.opened`. */
  sequence: number;
  at: string;
  /** The one commit that it is for. */
  commit: string;
  service: string;
  environment: string;
  reason: string;
  /** Logins. */
  by: string;
  confirmedBy: string;
  /** Numbers of both accounts, as far as they have one. */
  personIds: number[];
  /** Names it: `break-glass close <digest>`. */
  digest: string;
  /** Until when its rollout can be started (RFC 3339). */
  usableUntil: string;
  /** A rollout of its commit was started under it: it is used up, and still owes its review. */
  isUsed: boolean;
}

const clockToleranceMs = 60_000;

/** Every break-glass whose review is still owed, oldest first. Entries are in their order in the log. */
export function openDebts(entries: readonly AuditEntry[]): Debt[] {
  const debts = new Map<number, Debt>();
  for (const entry of entries) {
    const { inputs = {} } = entry;
    if (entry.event === 'break-glass.opened') {
      debts.set(entry.sequence, debtOf(entry));
    } else if (entry.event === 'break-glass.closed') {
      if (typeof inputs['opened'] === 'number') debts.delete(inputs['opened']);
    } else if (entry.event === 'rollout.started') {
      for (const debt of debts.values()) if (isRolloutOf(entry, debt)) debt.isUsed = true;
    }
  }
  return [...debts.values()];
}

/**
 * The break-glass under which this commit may start now; undefined when there is none. It counts once, for its own
 * service and environment, and only until its time is over.
 */
export function breakGlassFor(
  entries: readonly AuditEntry[],
  wanted: { commit: string; service: string; environment: string },
  at: string,
): Debt | undefined {
  return openDebts(entries).find(
    (debt) =>
      !debt.isUsed &&
      debt.commit === wanted.commit &&
      debt.service === wanted.service &&
      debt.environment === wanted.environment &&
      // A clock that went back does not make it last longer.
      Date.parse(at) >= Date.parse(debt.at) - clockToleranceMs &&
      Date.parse(at) < Date.parse(debt.usableUntil),
  );
}

function isRolloutOf({ service, inputs = {} }: AuditEntry, debt: Debt): boolean {
  return (
    service === debt.service && inputs['environment'] === debt.environment && inputs['commit'] === debt.commit
  );
}

/** What cannot be read counts as a debt all the same: it blocks. */
function debtOf({ sequence, at, service, inputs = {} }: AuditEntry): Debt {
  return {
    sequence,
    at,
    commit: text(inputs['commit']),
    service: service ?? text(inputs['service']),
    environment: text(inputs['environment']),
    reason: text(inputs['reason']),
    by: loginOf(inputs['by']),
    confirmedBy: loginOf(inputs['confirmedBy']),
    personIds: [inputs['by'], inputs['confirmedBy']].flatMap(idOf),
    digest: text(inputs['digest']),
    usableUntil: text(inputs['usableUntil']),
    isUsed: false,
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function loginOf(value: JsonValue | undefined): string {
  return isJsonObject(value) ? text(value['login']) : text(value);
}

function idOf(value: JsonValue | undefined): number[] {
  const id = isJsonObject(value) ? value['id'] : undefined;
  return typeof id === 'number' ? [id] : [];
}
