/**
 * How fast a backfill goes: additive increase, multiplicative decrease. Each batch that hurt nobody makes the next one a
 * tenth of the declared size larger; what hurts halves it and doubles the pause. While the version that runs is worse off
 * than by its own record, nothing is written at all. Pure: times and observations come in, so every pace can be replayed.
 */
export interface Pace {
  batchRows: number;
  pauseMs: number;
}

export interface BatchObservation {
  /** How long the last batch took; null when none has run since the last decision. */
  batchMs: number | null;
  /** It gave up waiting for a lock, or was the victim of a deadlock. */
  hadToWait: boolean;
  /** The furthest replica; null when there is none, or it is not shown to this role. */
  replicationLagSeconds: number | null;
  /** Why the running version is worse off than by its own record; null when it is not, or nothing is known. */
  strain: string | null;
}

export interface PaceDecision {
  pace: Pace;
  /** `hold`: write nothing and look again. */
  decision: 'go' | 'hold';
  /** Why it goes slower or not at all; null when nothing hurts. */
  reason: string | null;
}

/** A batch that takes longer keeps its row locks too long for whoever wants the same rows. */
const wantedBatchMs = 250;
const maxLagSeconds = 10;
const pause = { leastMs: 10, mostMs: 10_000 } as const;

/** A tenth of what the file declares at first: the first batches find out what the database bears. */
export function firstPace(declaredRows: number): Pace {
  return { batchRows: Math.max(1, Math.ceil(declaredRows / 10)), pauseMs: pause.leastMs };
}

export function decidePace(pace: Pace, seen: BatchObservation, declaredRows: number): PaceDecision {
  if (seen.strain !== null) return { pace: slower(pace), decision: 'hold', reason: seen.strain };
  const lag = seen.replicationLagSeconds;
  if (lag !== null && lag > maxLagSeconds) {
    const reason = `a replica is ${lag.toFixed(0)} s behind`;
    return { pace: slower(pace), decision: 'hold', reason };
  }
  if (seen.hadToWait) return { pace: slower(pace), decision: 'go', reason: 'a batch had to wait for a lock' };
  if (seen.batchMs !== null && seen.batchMs > wantedBatchMs)
    return { pace: slower(pace), decision: 'go', reason: `a batch took ${seen.batchMs.toFixed(0)} ms` };
  if (seen.batchMs === null) return { pace, decision: 'go', reason: null };
  const step = Math.max(1, Math.floor(declaredRows / 10));
  return {
    pace: {
      batchRows: Math.min(declaredRows, pace.batchRows + step),
      pauseMs: Math.max(pause.leastMs, Math.floor(pace.pauseMs / 2)),
    },
    decision: 'go',
    reason: null,
  };
}

function slower({ batchRows, pauseMs }: Pace): Pace {
  return {
    batchRows: Math.max(1, Math.floor(batchRows / 2)),
    pauseMs: Math.min(pause.mostMs, pauseMs * 2),
  };
}
