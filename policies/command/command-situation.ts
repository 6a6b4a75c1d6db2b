import type { Debt } from './break-glass.ts';

/** What is live and under way, read anew for each decision. */
export interface CommandSituation {
  places: PlaceSituation[];
  /** What break-glass left open. */
  debts: Debt[];
}

/** One service in one environment. */
export interface PlaceSituation {
  service: string;
  environment: string;
  /** What serves everybody when nothing is under way; null before the first rollout. */
  stable: KnownRelease | null;
  /** The newest rollout, whatever became of it. */
  rollout: RolloutSituation | null;
  /** Every release that has served everybody here, oldest first. */
  releases: KnownRelease[];
  lock: LockSituation | null;
  /** Instances that do not carry their whole share. */
  returning: ReturningInstance[];
}

/** One that was lost, drained or given up, and may be on its way back. */
export interface ReturningInstance {
  name: string;
  zone: string | null;
  /** A person drained it, or it failed so often that it waits for one. */
  needsPerson: boolean;
  /** One sentence; it moves. */
  message: string;
}

export interface KnownRelease {
  digest: string;
  commit: string;
}

export interface RolloutSituation {
  id: string;
  phase: string;
  isUnderWay: boolean;
  stable: KnownRelease | null;
  candidate: KnownRelease;
  candidateBasisPoints: number;
  /** Ascending; `step` is the place in it, null outside the canary. */
  stepBasisPoints: number[];
  step: number | null;
  /** `paused`, `no-data`, `undecided` or `gated`; null when nothing holds it. */
  hold: string | null;
  /** An effect is under way, so that no step can be taken at this moment. */
  isBusy: boolean;
  /** What the judge said last in this step; null when it has not looked. */
  judgement: 'pass' | 'fail' | 'inconclusive' | 'no-data' | null;
  /** The way back could not be finished. */
  isStuck: boolean;
  /** What it is a member of, where it is one: it goes back with all the others. */
  train?: { id: string; name: string; members: number };
  /** One sentence. */
  message: string;
  /** The commands that reached it, the last one last. */
  requests: { command: string; by: string; at: string }[];
  startedAt: string;
}

export interface LockSituation {
  user: string;
  host: string;
  processId: number;
  since: string;
  doing: string;
  /** No such process any more, on this machine. */
  isGone: boolean;
}
