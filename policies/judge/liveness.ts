/**
 * Is there anything to judge? A version that cannot be read, a service nobody uses and a candidate that gets nothing
 * while the stable version is busy are three different things, and none of them may look like "no errors".
 *
 * A silent candidate: had it its share w of the traffic, it would have missed B requests of the stable version's in a row
 * with probability (1 - w)^B. Below one in a million this is no chance, and a failure of its own: whatever keeps users from
 * the candidate, or it from answering, is not something to go on with. Assumption: requests choose a version
 * independently; where whole users do, few users make silence likelier, and the answer, back to stable, is the safe one.
 */

/** Rollout seconds of the last reading and the last request of each version; null: not in this rollout yet. */
export interface Liveness {
  candidateReadAtSeconds: number | null;
  baselineReadAtSeconds: number | null;
  candidateRequestAtSeconds: number | null;
  baselineRequestAtSeconds: number | null;
  baselineRequestsSinceCandidate: number;
  /** All requests so far. */
  candidateRequests: number;
  baselineRequests: number;
}

export const startLiveness: Liveness = {
  candidateReadAtSeconds: null,
  baselineReadAtSeconds: null,
  candidateRequestAtSeconds: null,
  baselineRequestAtSeconds: null,
  baselineRequestsSinceCandidate: 0,
  candidateRequests: 0,
  baselineRequests: 0,
};

/** One tick: the requests of each version, null where it could not be read. */
export function learnLiveness(
  liveness: Liveness,
  atSeconds: number,
  candidate: number | null,
  baseline: number | null,
): Liveness {
  const hasCandidate = candidate !== null && candidate > 0;
  return {
    candidateReadAtSeconds: candidate === null ? liveness.candidateReadAtSeconds : atSeconds,
    baselineReadAtSeconds: baseline === null ? liveness.baselineReadAtSeconds : atSeconds,
    candidateRequestAtSeconds: hasCandidate ? atSeconds : liveness.candidateRequestAtSeconds,
    baselineRequestAtSeconds:
      baseline !== null && baseline > 0 ? atSeconds : liveness.baselineRequestAtSeconds,
    // Only what both were read for: a candidate that cannot be read has not been silent.
    baselineRequestsSinceCandidate: hasCandidate
      ? 0
      : liveness.baselineRequestsSinceCandidate + (candidate === null ? 0 : (baseline ?? 0)),
    candidateRequests: liveness.candidateRequests + (candidate ?? 0),
    baselineRequests: liveness.baselineRequests + (baseline ?? 0),
  };
}

export interface LivenessQuestion {
  atSeconds: number;
  /** When the step or the bake began: what was before it does not count. */
  sinceSeconds: number;
  noDataSeconds: number;
  /** The share of requests the candidate should get. */
  candidateShare: number;
  isBake: boolean;
}

export interface LivenessProblem {
  /** A silent candidate is a failure of its own; that nothing is known is not. */
  judgement: 'fail' | 'no-data';
  reasonCode: 'silent-candidate' | 'no-data';
  message: string;
}

const silenceOdds = 1e-6;

/** What is missing, or null when both sides talk. */
export function findSilence(liveness: Liveness, question: LivenessQuestion): LivenessProblem | null {
  const { isBake, noDataSeconds } = question;
  const secondsSince = (at: number | null): number =>
    question.atSeconds - Math.max(question.sinceSeconds, at ?? question.sinceSeconds);
  const isLong = (at: number | null): boolean => secondsSince(at) >= noDataSeconds;
  const span = (at: number | null): string => `for ${formatSeconds(secondsSince(at))} s`;

  if (isLong(liveness.candidateReadAtSeconds)) {
    return noData(`the candidate's counters could not be read ${span(liveness.candidateReadAtSeconds)}`);
  }
  if (!isBake && isLong(liveness.baselineReadAtSeconds)) {
    return noData(`the stable version's counters could not be read ${span(liveness.baselineReadAtSeconds)}`);
  }
  const candidateAt = liveness.candidateRequestAtSeconds;
  const isCandidateQuiet = isLong(candidateAt);
  if (isCandidateQuiet && isSilenceUnlikely(liveness, question)) {
    const message = `the candidate got no request ${span(candidateAt)} while the stable version got ${liveness.baselineRequestsSinceCandidate}, which is no chance at its share of the traffic`;
    return { judgement: 'fail', reasonCode: 'silent-candidate', message };
  }
  const baselineAt = liveness.baselineRequestAtSeconds;
  const isBaselineQuiet = isLong(baselineAt);
  if (isCandidateQuiet && (isBake || isBaselineQuiet))
    return noData(`no requests came in ${span(candidateAt)}`);
  if (!isBake && isBaselineQuiet) {
    return noData(
      `the stable version got no request ${span(baselineAt)}, so there is nothing to compare with`,
    );
  }
  return null;
}

function isSilenceUnlikely(liveness: Liveness, { candidateShare }: LivenessQuestion): boolean {
  const missed = liveness.baselineRequestsSinceCandidate;
  return missed > 0 && missed * Math.log1p(-candidateShare) < Math.log(silenceOdds);
}

function noData(message: string): LivenessProblem {
  return { judgement: 'no-data', reasonCode: 'no-data', message };
}

function formatSeconds(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
}
