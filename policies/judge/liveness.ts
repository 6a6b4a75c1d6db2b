/**
 * Is there anything to judge? A version that cannot be read, a service nobody uses and a candidate that gets nothing
 * while the stable version is busy are three different things, and none of them may look like "no errors".
 *
 * A silent candidate: had it its share w of the traffic, it would have missed B requests of the stable version's in a row
 * with probability (1 - w)^B. Below one in a million this is no chance. Assumption: requests choose a version
 * independently; where whole users do, few users make silence likelier, and the answer (hold, ask) is still the safe one.
 */

/** Rollout seconds of the last reading and the last request of each version; null: not in this rollout yet. */
export interface Liveness {
  candidateReadAtSeconds: number | null;
  baselineReadAtSeconds: number | null;
  candidateRequestAtSeconds: number | null;
  baselineRequestAtSeconds: number | null;
  baselineRequestsSinceCandidate: number;
}

export const startLiveness: Liveness = {
  candidateReadAtSeconds: null,
  baselineReadAtSeconds: null,
  candidateRequestAtSeconds: null,
  baselineRequestAtSeconds: null,
  baselineRequestsSinceCandidate: 0,
};

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
    return { reasonCode: 'silent-candidate', message };
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
  return { reasonCode: 'no-data', message };
}

function formatSeconds(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
}
