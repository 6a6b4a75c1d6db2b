import type { JudgeState } from '../judge/judge.ts';
import type { VersionCounters } from '../judge/counter-increase.ts';

/** What one instance may be given: a share of a full instance's requests, and how many at once. */
export interface ReturnLimit {
  /** 0 to 100: percent of what a full instance gets; 0 is nothing. */
  weight: number;
  /** Requests at the same time; null: as many as come. */
  maxConcurrent: number | null;
}

/** How what came back returns. The defaults are in `default-return-policy.ts`. */
export interface ReturnPolicy {
  /** Ascending, the last one is 100. */
  stepWeights: readonly number[];
  /** Healthy without a break for so long before the first step; longer after every failure. */
  firstWaitSeconds: number;
  longestWaitSeconds: number;
  /** A step is held at least this long. */
  minSoakSeconds: number;
  /** Waits and soaks are drawn from 1 to 1 + jitter times their length, so that nodes do not move in lockstep. */
  jitter: number;
  /** No request for this long is said; nothing moves. */
  noDataSeconds: number;
  /** A step that lasts longer than this is said to be overdue; it is held all the same. */
  stepDeadlineSeconds: number;
  /** After so many failures in a row a person has to ask. */
  mostFailures: number;
  /** Requests at once, in multiples of what the share would have under way at its peers' speed. */
  concurrencyHeadroom: number;
  /** All instances that are being tried at one time together, as a part of what their peers carry. */
  mostUnprovenShare: number;
  /** Chance that a harmless instance is sent back at a step, and that a harmful one passes it. */
  alpha: number;
  beta: number;
  /** What is harmless whatever the peers have: a fraction of requests, and seconds. */
  errorSlack: number;
  latencySlackSeconds: number;
}

/** One instance at one moment. Counts are what happened since the observation before. */
export interface ReturnObservation {
  /** Never runs backwards within one run of the controller. */
  atSeconds: number;
  /** Uniform from 0 to 1: the jitter's draw, an argument so that a decision can be replayed. */
  random: number;
  /** Its identity is proven, its health path answers, and the router reaches it. */
  isHealthy: boolean;
  /** Null: could not be read. */
  instance: VersionCounters | null;
  /** Of all its peers at full weight together; null: there are none, or they could not be read. */
  peers: VersionCounters | null;
  /** Sum of the weights of healthy peers that are at full weight. */
  peersWeight: number;
  /** The same of others that are returning, and the part of that which they have not shown to carry yet. */
  othersWeight: number;
  othersUnprovenWeight: number;
  /** Requests under way at a peer of full weight, on average; null where not known. */
  peerInFlight: number | null;
}

export type ReturnReasonCode =
  | 'unhealthy'
  | 'waiting'
  | 'soaking'
  | 'undecided'
  | 'no-data'
  | 'others-first'
  | 'cold'
  | 'worse'
  | 'not-worse'
  | 'no-peers'
  | 'back'
  | 'gave-up';

export interface ReturnReason {
  code: ReturnReasonCode;
  /** One sentence. */
  message: string;
}

/** Plain JSON; an instance on its way back. */
export interface ReturnState {
  /** `out`: it failed too often and waits for a person; `back`: it carries its whole share again. */
  phase: 'returning' | 'back' | 'out';
  /** Place in `stepWeights`; -1 while it is given nothing. */
  step: number;
  sinceSeconds: number;
  /** Not up before this. */
  upAtSeconds: number;
  healthySinceSeconds: number | null;
  /** In a row; forgotten when it has stayed back for a while. */
  failures: number;
  /** Of a peer, smoothed. */
  peerInFlight: number | null;
  maxConcurrent: number | null;
  judge: JudgeState | null;
  lastSeconds: number;
}

export interface ReturnDecision {
  state: ReturnState;
  limit: ReturnLimit;
  moved: 'up' | 'down' | 'back' | 'out' | null;
  reason: ReturnReason;
  /** Held for longer than the policy's deadline. */
  isOverdue: boolean;
}
