import type { VersionCounters } from '../../../policies/judge/counter-increase.ts';

/** A running release behind the router: its digest and where its instances listen on 127.0.0.1. */
export interface RoutedVersion {
  release: string;
  ports: number[];
}

/**
 * The whole wish at once: which release is stable, which is the candidate, and the candidate's share.
 * A router applies it without dropping a request, reads back what is live, and keeps it for its own restart.
 */
export interface RouterShares {
  stable: RoutedVersion | null;
  candidate: RoutedVersion | null;
  candidateBasisPoints: number;
  /** Secret tokens; a request with one in the header `x-evenkeel-pin` goes to that version or fails. */
  pins: { stable: string; candidate: string };
}

/** What tells users apart: a header that the service's own front sets, or a cookie. Whoever has none gets our cookie. */
export type UserKey = { header: string } | { cookie: string };

export const defaultUserKey: UserKey = { header: 'x-user' };

export interface RouterSettings {
  kind: 'haproxy' | 'embedded';
  publicPort: number;
  /** Private to one service; holds configuration, sockets, process id. Mode 0700. */
  directory: string;
  healthPath: string;
  userKey: UserKey;
  /** How long a request may wait for the head of its answer before its instance counts as hanging. */
  answerSeconds: number;
  /** How long streams and WebSockets of an instance that is drained may go on before they are cut. */
  streamSeconds: number;
}

/** How much one instance is given: part of a full instance's share, and of its concurrency. */
export interface InstanceLimit {
  port: number;
  /** Percent of a full instance, 0 to 100; 0 is drained. */
  weight: number;
  /** Requests under way at once; null is no limit. */
  maxConcurrent: number | null;
}

/** One instance as the router sees it; its counts begin when it was first routed. */
export interface RoutedInstance {
  release: string;
  port: number;
  /** By the router's own health checks. */
  isUp: boolean;
  limit: InstanceLimit;
  counters: ReleaseCounters;
}

/** What became of the requests under way: none is left; or so many had to be cut at the deadline. */
export interface DrainOutcome {
  isIdle: boolean;
  cut: number;
}

export type ReleaseCounters = VersionCounters & { inFlight: number };

/** What the router knows of each release since it was first routed, keyed by digest, so that a promotion moves no count. */
export interface RouterCounters {
  versions: Record<string, ReleaseCounters>;
}

/** A running router, reached through its private socket; every method fails with a `Failure`. */
export interface Router {
  readonly settings: RouterSettings;
  /** Prometheus text with requests, errors and latency per release. */
  readonly metricsUrl: string;
  /** Applies everything, forwards and backwards alike; resolves when the router itself reports it live. */
  apply(shares: RouterShares): Promise<void>;
  /** The emergency path: only the share moves, everything else stays. */
  setShare(candidateBasisPoints: number): Promise<void>;
  shares(): Promise<RouterShares>;
  counters(): Promise<RouterCounters>;
  /** Resolves with true when the release has no request in flight, false at the deadline. */
  waitUntilIdle(release: string, deadlineSeconds: number): Promise<boolean>;
  instances(): Promise<RoutedInstance[]>;
  /** Holds until the instance is no longer routed, also through a restart of the router. */
  limitInstance(limit: InstanceLimit): Promise<void>;
  /**
   * No new request to that release (by its digest) or instance (by its port); requests under way, streams and WebSockets
   * may go on until the deadline (`streamSeconds` when there is none) and are then cut.
   */
  drain(who: string | number, deadlineSeconds?: number): Promise<DrainOutcome>;
}

export const noShares: RouterShares = {
  stable: null,
  candidate: null,
  candidateBasisPoints: 0,
  pins: { stable: '', candidate: '' },
};

/** Upper bounds of the latency histogram, in milliseconds to the head of the answer; the same in every router. */
export const latencyBoundsMs: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
