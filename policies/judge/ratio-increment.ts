/**
 * Procedure A (fail) and B (pass): evidence about the ratio of two rates, one tick at a time.
 *
 * Null for A: p_c <= rho p_b + delta, whatever p_b is. Null for B: p_c >= rho p_b + delta. For an alternative ratio r
 * (above rho for A, below it for B), with k events in n trials of candidate (c) and baseline (b):
 *
 *   a = r (rho n_c + n_b) / (rho (r n_c + n_b))     b = (rho n_c + n_b) / (r n_c + n_b)
 *   log e = k_c log a + k_b log b - n_c delta (a - 1)
 *
 * Why E[e] <= 1 under the null, for both. Subtracting one gives a - 1 = (r - rho) n_b / (rho (r n_c + n_b)) and
 * b - 1 = -(r - rho) n_c / (r n_c + n_b), hence n_b (b - 1) = -rho n_c (a - 1). Each trial of the candidate multiplies
 * the expectation by 1 + p (a - 1), each of the baseline by 1 + p (b - 1); both are positive, since a and b are. With
 * 1 + x <= exp(x), and p_c, p_b the means over the tick's trials (which may differ from trial to trial):
 *
 *   E[e] <= exp(n_c p_c (a - 1) + n_b p_b (b - 1) - n_c delta (a - 1)) = exp(n_c (a - 1) (p_c - rho p_b - delta))
 *
 * The exponent is a product of (a - 1), positive for A and negative for B, with a bracket that the null makes at most
 * zero for A and at least zero for B. So it is never positive. For Poisson counts the first step is an equality.
 *
 * Assumption: given the past and the tick's sizes n, trials are independent; p may change from tick to tick in any way
 * that both versions share. Broken by bursts on one version, and by windows of unequal age.
 * Source: the likelihood ratio of the conditional binomial of k_c given k_c + k_b, widened to delta > 0.
 */

/** Events among trials of both versions in one tick. Trials may be exposures (pod-seconds), so they need not be whole. */
export interface TickCounts {
  candidateEvents: number;
  candidateTrials: number;
  baselineEvents: number;
  baselineTrials: number;
}

/** Where harm begins: the candidate's rate at `ratio` times the baseline's plus `slack`. */
export interface Margin {
  ratio: number;
  slack: number;
}

/**
 * The natural logarithm of one tick's e-value at an alternative ratio. Zero, which changes nothing, where either side
 * had no trials: a missing tick is no evidence in either direction. `logMultiple` is log(alternativeRatio / margin.ratio),
 * for callers that know it already.
 */
export function ratioIncrement(
  counts: TickCounts,
  margin: Margin,
  alternativeRatio: number,
  logMultiple = Math.log(alternativeRatio / margin.ratio),
): number {
  const { candidateEvents, candidateTrials, baselineEvents, baselineTrials } = counts;
  if (!(candidateTrials > 0) || !(baselineTrials > 0)) return 0;
  const rise = alternativeRatio - margin.ratio;
  const scale = alternativeRatio * candidateTrials + baselineTrials;
  // a is b times the ratio of ratios. log1p of the difference: log b itself loses digits when one side is far larger.
  const logB = Math.log1p(-(rise * candidateTrials) / scale);
  const increment = candidateEvents * (logMultiple + logB) + baselineEvents * logB;
  if (margin.slack === 0) return increment;
  const aMinusOne = (rise * baselineTrials) / (margin.ratio * scale);
  return increment - candidateTrials * margin.slack * aMinusOne;
}

/** From here on logarithms are faster than multiplying. */
const manyEvents = 64;
/** exp of more than this is no number any more. */
const largestIncrement = 700;

/**
 * The e-values themselves, exp(ratioIncrement), at alternatives that are `multiples` of the margin. With few events, as in
 * most ticks, g^k_c b^(k_c + k_b) is multiplied out, which takes a fraction of the time of logarithms.
 */
export function ratioFactors(
  counts: TickCounts,
  margin: Margin,
  multiples: readonly number[],
  logMultiples: readonly number[],
): number[] {
  const { candidateEvents, candidateTrials, baselineEvents, baselineTrials } = counts;
  const events = candidateEvents + baselineEvents;
  const factors: number[] = [];
  const isJudged = candidateTrials > 0 && baselineTrials > 0;
  const isFew = margin.slack === 0 && events < manyEvents && Number.isInteger(events);
  const share = margin.ratio * candidateTrials;
  for (let index = 0; index < multiples.length; index++) {
    const multiple = multiples[index] ?? 1;
    if (!isJudged) factors.push(1);
    else if (isFew) {
      const b = (share + baselineTrials) / (multiple * share + baselineTrials);
      factors.push(power(multiple, candidateEvents) * power(b, events));
    } else {
      const increment = ratioIncrement(counts, margin, multiple * margin.ratio, logMultiples[index]);
      factors.push(Math.exp(Math.min(largestIncrement, increment)));
    }
  }
  return factors;
}

/** By squaring; `exponent` is a whole number, 0 or more. */
function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) === 1) result *= square;
    square *= square;
  }
  return result;
}
