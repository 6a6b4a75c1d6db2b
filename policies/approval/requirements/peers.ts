import type { ApprovalPolicy } from '../approval-policy.ts';
import { countPeers, list, waitUnless, type Check, type Situation } from './situation.ts';

/** The highest of what is asked for in general, for the risk and for the kinds of this change, with the reason. */
export function peersNeeded({ policy, risk, kinds }: Pick<Situation, 'policy' | 'risk' | 'kinds'>): {
  count: number;
  reason: string | null;
} {
  let needed: { count: number; reason: string | null } = { count: policy.required, reason: null };
  const raise = (count: number | undefined, reason: () => string) => {
    if (count !== undefined && count > needed.count) needed = { count, reason: reason() };
  };
  if (asksByRisk(policy)) {
    const { level, reasons } = risk();
    const why = reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
    raise(policy.risk?.[level], () => `the risk is ${level}${why}`);
  }
  if (Object.keys(policy.kinds ?? {}).length > 0)
    for (const kind of kinds()) raise(policy.kinds?.[kind], () => `it changes ${kind}`);
  return needed;
}

function asksByRisk({ risk = {} }: ApprovalPolicy): boolean {
  return Object.keys(risk).length > 0;
}

export function requirePeers(situation: Situation): Check[] {
  const { count, reason } = peersNeeded(situation);
  if (count === 0) return [];
  const by = situation.approvers.map(({ login }) => login);
  const head = situation.evidence.pull_request.head_sha.slice(0, 12);
  const isMet = by.length >= count;
  const why = reason === null ? '' : ` (${reason})`;
  return [
    {
      ...waitUnless(
        'approvals-missing',
        `${countPeers(count)} approved the head${why}`,
        isMet,
        `${head} needs the approval of ${countPeers(count)} and has ${by.length === 0 ? 'none' : `that of ${list(by)}`}${why}`,
      ),
      by,
      ...(isMet ? {} : { waitsFor: { count: count - by.length, from: null } }),
    },
  ];
}
