import type { VersionCounters } from '../../../policies/judge/judgement.ts';

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
  pins: { stable: string; candidate: string };
}

export interface RouterSettings {
  kind: 'haproxy' | 'embedded';
  publicPort: number;
  /** Private to one service; holds configuration, sockets, process id. Mode 0700. */
  directory: string;
  healthPath: string;
}

/** What the router knows of one release since it was first routed. Keyed by release digest, so a promotion moves no count. */
export interface RouterCounters {
  versions: Record<string, VersionCounters & { inFlight: number }>;
}

/** A running router, reached through its private socket; every method fails with a `Failure`. */
export interface Router {
  readonly settings: RouterSettings;
  /** Applies everything, forwards and backwards alike; resolves when the router itself reports it live. */
  apply(shares: RouterShares): Promise<void>;
  /** The emergency path: only the share moves, everything else stays. */
  setShare(candidateBasisPoints: number): Promise<void>;
  shares(): Promise<RouterShares>;
  counters(): Promise<RouterCounters>;
  /** Resolves with true when the release has no request in flight, false at the deadline. */
  waitUntilIdle(release: string, deadlineSeconds: number): Promise<boolean>;
}
