/**
 * A uniform band around each version's distribution of service times, alpha split between them: roll back when at some
 * histogram bound more of the candidate's answers must be slower than le than of the baseline's are slower than
 * le / margin, read off a straight line between its bounds.
 * Source: Howard and Ramdas (uniform-boundaries.ts), theorem 2.
 */
import { toleratedRatio, type LatencyTick, type Procedure } from '../procedure.ts';
import { bandConstant, distributionBand } from './uniform-boundaries.ts';

const fewestAnswers = 100;
const lookSeconds = 60;
/** The factor its authors use throughout. */
const scale = 0.85;

export const distributionBands: Procedure = {
  name: 'distribution bands',
  metrics: ['latency'],
  start({ alpha }) {
    const band = { constant: bandConstant(alpha / 2, scale), from: fewestAnswers, a: scale };
    const candidate = startAnswers();
    const baseline = startAnswers();
    let nextLook = 0;
    return {
      tick(tick) {
        if (tick.candidate?.latency === undefined || tick.baseline?.latency === undefined) return null;
        addAnswers(candidate, tick.candidate.latency, tick.candidate.requests);
        addAnswers(baseline, tick.baseline.latency, tick.baseline.requests);
        if (tick.atSeconds < nextLook || Math.min(candidate.answered, baseline.answered) < fewestAnswers)
          return null;
        nextLook += lookSeconds;
        const own = distributionBand(candidate.answered, band);
        const other = distributionBand(baseline.answered, band);
        const isWorse = tick.candidate.latency.le.some((_, index, le) => {
          const tolerated = slowerThan(baseline, le, (le[index] ?? 0) / toleratedRatio) + other;
          return 1 - (candidate.counts[index] ?? 0) / candidate.answered - own > tolerated;
        });
        return isWorse ? 'fail' : null;
      },
    };
  },
};

interface Answers {
  answered: number;
  counts: number[];
}

function startAnswers(): Answers {
  return { answered: 0, counts: [] };
}

function addAnswers(answers: Answers, { counts }: LatencyTick, requests: number): void {
  answers.answered += requests;
  answers.counts = counts.map((count, index) => count + (answers.counts[index] ?? 0));
}

/** The share that takes longer than `seconds`, evenly spread between two bounds. */
function slowerThan({ answered, counts }: Answers, le: readonly number[], seconds: number): number {
  const upper = le.findIndex((bound) => bound >= seconds);
  if (upper === -1) return 1 - (counts.at(-1) ?? 0) / answered;
  const high = le[upper] ?? 0;
  const low = upper === 0 ? 0 : (le[upper - 1] ?? 0);
  const below = upper === 0 ? 0 : (counts[upper - 1] ?? 0);
  const within = below + (((counts[upper] ?? 0) - below) * (seconds - low)) / (high - low);
  return 1 - within / answered;
}
