import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { fingerprintOf, type Finding, type Level } from '../../analyzers/finding.ts';
import type { ReadWaivers, Waiver } from './read-waivers.ts';
import { unwaivableRules, waiverRules } from './rules.ts';

export interface WaiverQuestion {
  findings: readonly Finding[];
  /** Null: the revision has no such file. */
  base: ReadWaivers | null;
  head: ReadWaivers | null;
  /** The instant that decides what has ended (RFC 3339, UTC). */
  at: string;
  maxDays: number;
  /** Paths that the change touches: what covers nothing there is said. */
  changedPaths: readonly string[];
  /** The findings are all there are, not only those that the change introduces. */
  isComplete: boolean;
}

/**
 * The findings with those that are waived marked, and after them what is wrong with the waivers. Pure. A waiver holds
 * when base and head have it alike, is proposed when only the head does, and never covers a finding that it does not
 * name by fingerprint (and, where it says them, by rule and path).
 */
export function applyWaivers(question: WaiverQuestion): Finding[] {
  const { findings, base, head, at, maxDays, isComplete } = question;
  if (head === null) return [...findings];
  const changed = new Set(question.changedPaths);
  const accepted = new Set((base?.waivers ?? []).map(identityOf));
  const byFingerprint = new Map(head.waivers.map((waiver) => [waiver.fingerprint, waiver]));
  const used = new Map<Waiver, string>();
  const marked = findings.map((finding): Finding => {
    const waiver = byFingerprint.get(finding.fingerprint);
    if (waiver === undefined || !covers(waiver, finding)) return finding;
    // One waiver is for one finding: the same said of a second place is not what somebody answered for.
    const place = JSON.stringify([finding.path, finding.span, finding.beforeSpan]);
    if ((used.get(waiver) ?? place) !== place) return finding;
    used.set(waiver, place);
    if (endFault(waiver, at, maxDays) !== null) return finding;
    const { owner, reason, expires } = waiver;
    return {
      ...finding,
      waivedBy: { owner, reason, expires, isProposed: !accepted.has(identityOf(waiver)) },
    };
  });

  const own: Finding[] = changed.has(head.file) || isComplete ? [...head.faults] : [];
  for (const waiver of head.waivers) {
    const isUsed = used.has(waiver);
    const isNew = !accepted.has(identityOf(waiver));
    const fault = endFault(waiver, at, maxDays);
    if (fault !== null) {
      own.push(report(head, waiver, waiverRules.renewWaiver, fault, isUsed || isNew ? 'error' : 'warning'));
    } else if (!isUsed && (isNew || isComplete || (waiver.path !== undefined && changed.has(waiver.path)))) {
      const message = `nothing that ${isComplete ? 'is there' : 'this change introduces'} has the fingerprint ${waiver.fingerprint}`;
      own.push(report(head, waiver, waiverRules.removeWaiver, message, 'warning'));
    }
  }
  return [...marked, ...own];
}

function covers({ rule, path }: Waiver, finding: Finding): boolean {
  if (unwaivableRules.includes(finding.ruleId)) return false;
  return (rule ?? finding.ruleId) === finding.ruleId && (path ?? finding.path) === finding.path;
}

/** Why the waiver covers nothing at this instant, or null. Days are of UTC, and the last one is included. */
function endFault({ expires }: Waiver, at: string, maxDays: number): string | null {
  const today = at.slice(0, 10);
  if (expires < today) return `the waiver ended on ${expires}, so it covers nothing`;
  const days = (Date.parse(expires) - Date.parse(today)) / 86_400_000;
  if (days <= maxDays) return null;
  return `the waiver ends on ${expires}, in ${days} days, and the policy allows ${maxDays}; it covers nothing until it ends earlier`;
}

function identityOf({ fingerprint, owner, reason, expires, rule, path }: Waiver): string {
  return JSON.stringify([fingerprint, owner, reason, expires, rule ?? null, path ?? null]);
}

function report(
  { file }: ReadWaivers,
  waiver: Waiver,
  rule: RuleDescription,
  message: string,
  level: Level,
): Finding {
  return {
    ruleId: rule.id,
    level,
    message,
    remedy: rule.remedy,
    path: file,
    fingerprint: fingerprintOf(rule.id, file, waiver.fingerprint),
    ...(waiver.span && { span: waiver.span }),
  };
}
