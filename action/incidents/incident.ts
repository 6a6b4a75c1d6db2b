import type { TakeBack } from '../deployer/rehearsal/rehearse.ts';

/** A rollback as people look at it afterwards, for the file that is kept here and for the ticket on GitHub. */
export interface Incident {
  rollout: string;
  service: string;
  environment: string;
  stable: string | null;
  candidate: string;
  commit: string;
  /** Why a way back that has begun could not be finished; null: the version before serves everybody. */
  stuck: string | null;
  /** Whether users may have met the candidate. */
  mayHaveMetUsers: boolean;
  cause: string;
  reasonCode: string;
  startedAt: string;
  startedBy: string;
  approvers: string[];
  /** What two people let it start by in place of an approval or past a gate: a break-glass, a confirmed way back. */
  passedBy?: string;
  /** What the rehearsal had measured: the way that a rollback takes first, and the update behind it. */
  rehearsed: TakeBack[];
  /** What the rollback itself took, from the verdict to the confirmation, by the journal; null: it took nobody off. */
  tookMs: number | null;
  /** The judge's picture as Markdown (a table and charts); empty where nothing was judged. */
  evidence: string;
  runbook: Runbook | null;
  timeline: { at: string; what: string }[];
}

/** What the policy names for this kind of failure, as it stood when the rollout was decided. */
export interface Runbook {
  kind: string;
  reference: string;
  /** Quoted from the file; empty for a page, and for a file that could not be read. */
  steps: string[];
}
