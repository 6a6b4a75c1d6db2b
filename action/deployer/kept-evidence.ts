import { createHash } from 'node:crypto';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import type { ApprovalSource } from './approval-source.ts';

/** What a source said: of one commit, or (null) of everything. Kept in the journal with the rollout. */
export interface KeptEvidence {
  commit: string | null;
  evidence: ApprovalEvidence[];
}

/** A source that remembers what it was last asked, so that it can be kept. */
export function rememberEvidence(source: ApprovalSource): { source: ApprovalSource; kept(): KeptEvidence[] } {
  const kept = new Map<string | null, ApprovalEvidence[]>();
  const keep = (commit: string | null, evidence: readonly ApprovalEvidence[]): void => {
    kept.set(commit, [...evidence]);
  };
  const remembered: ApprovalSource = {
    name: source.name,
    async gather() {
      const evidence = await source.gather();
      keep(null, evidence === null ? [] : [evidence]);
      return evidence;
    },
  };
  const { gatherFor } = source;
  if (gatherFor !== undefined) {
    remembered.gatherFor = async (commit) => {
      const evidence = await gatherFor.call(source, commit);
      keep(commit, evidence);
      return evidence;
    };
  }
  return {
    source: remembered,
    kept: () => [...kept].map(([commit, evidence]) => ({ commit, evidence })),
  };
}

/** A source that says again what was kept: for a run that has no source of its own. */
export function keptEvidence(kept: readonly KeptEvidence[]): ApprovalSource {
  const whole = kept.find(({ commit }) => commit === null);
  const source: ApprovalSource = {
    name: 'the evidence that the rollout started on',
    gather: () => Promise.resolve(whole?.evidence[0] ?? null),
  };
  if (whole !== undefined) return source;
  return {
    ...source,
    gatherFor: (sought) => Promise.resolve(kept.find(({ commit }) => commit === sought)?.evidence ?? []),
  };
}

/** Names what was read, for the audit log: the digest of its JSON, as the journal has it. */
export function digestOfEvidence(kept: readonly KeptEvidence[]): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(kept)).digest('hex')}`;
}
