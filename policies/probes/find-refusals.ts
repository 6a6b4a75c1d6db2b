import { noNoise, type AnswerNoise, type ComparedAnswers } from './compare-answers.ts';
import type { ProbeRound } from './probe-verdict.ts';

/**
 * What stable answers with success, twice, and the candidate refuses is not in order there, although a document may name
 * the refusal: an operation that answers 404 to everything would be in order otherwise. Where stable's own answer has
 * been seen to vary, nothing is said.
 */
export function withRefusals(
  round: ProbeRound,
  compared: readonly ComparedAnswers[],
  noise: Readonly<Record<string, AnswerNoise>>,
): ProbeRound {
  const problems = new Map(
    compared.flatMap((one): [string, string][] => {
      const known = noise[placeOf(one)] ?? noNoise;
      const [first, again] = one.stable;
      const isRefused =
        isSuccess(first.status) && isSuccess(again.status) && Math.floor(one.candidate.status / 100) === 4;
      if (!isRefused || known.noisy.includes('status')) return [];
      return [
        [placeOf(one), `answered ${one.candidate.status} where the stable version answers ${first.status}`],
      ];
    }),
  );
  const observations = round.observations.map((one) =>
    one.version === 'candidate' && one.problem === null
      ? { ...one, problem: problems.get(placeOf(one)) ?? null }
      : one,
  );
  return { ...round, observations };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

export function placeOf({ location, operation }: { location: string; operation: string }): string {
  return JSON.stringify([location, operation]);
}
