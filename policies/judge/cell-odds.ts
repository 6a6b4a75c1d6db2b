/**
 * Procedure C, cell-odds: evidence about harm when errors come in bursts.
 *
 * A cell is one instance during one tick. It is flagged when it had more than q errors; how many more does not count, so a
 * burst inside a cell is one observation whatever its size. Of n_c + n_b cells m are flagged, i_c of them the candidate's:
 *
 *   log e = i_c log g + log Z(psi) - log Z(psi g)      Z(o) = sum_j C(n_c, j) C(n_b, m - j) o^j
 *
 * the likelihood ratio of Fisher's noncentral hypergeometric distribution of i_c given m, odds ratio psi g against psi.
 * Why E[e] <= 1: given m, i_c has that distribution with the true odds ratio; the ratio of likelihoods rises with i_c, so
 * its expectation is largest at the null's edge, where it is one.
 *
 * psi is the odds ratio that a candidate at the very margin rho would have. With bursts that arrive at a rate lam per cell
 * (a Poisson process), a cell stays clean with probability exp(-lam), which gives psi for q = 0 exactly; a candidate's
 * cell with `load` times the requests has load times as many. For q > 0 see `oddsAtMargin`.
 *
 * Assumption: cells are independent given the past and equal apart from their load. Broken by bursts that last from tick
 * to tick (dispersion.ts looks for that; then no verdict), exact at p_c = p_b for any burst inside a cell.
 * Source: conditional exact analysis of 2 x 2 tables; noncentral hypergeometric distribution.
 */

/** Flagged cells of both versions in one tick. */
export interface CellCounts {
  candidateCells: number;
  candidateFlagged: number;
  baselineCells: number;
  baselineFlagged: number;
}

/** The natural logarithm of one tick's e-value, for odds `multiple` times `oddsRatio`. Zero where one side has no cells. */
export function cellOddsIncrement(counts: CellCounts, oddsRatio: number, multiple: number): number {
  const { candidateCells, candidateFlagged, baselineCells, baselineFlagged } = counts;
  const flagged = candidateFlagged + baselineFlagged;
  const cells = candidateCells + baselineCells;
  // Nothing is known where all or none are flagged; the formula would give zero as well.
  if (candidateCells === 0 || baselineCells === 0 || flagged === 0 || flagged === cells) return 0;
  return (
    candidateFlagged * Math.log(multiple) +
    logWays(candidateCells, baselineCells, flagged, oddsRatio) -
    logWays(candidateCells, baselineCells, flagged, oddsRatio * multiple)
  );
}

/** log Z(odds), by the ratio of successive terms, from the largest number that can be the baseline's downwards. */
function logWays(candidateCells: number, baselineCells: number, flagged: number, odds: number): number {
  const first = Math.max(0, flagged - baselineCells);
  const last = Math.min(candidateCells, flagged);
  // Logarithms keep hundreds of cells in range; the first term's own binomials cancel between the two Z of an increment.
  let logTerm = first * Math.log(odds);
  let largest = logTerm;
  const logTerms = [logTerm];
  for (let j = first; j < last; j++) {
    logTerm += Math.log(
      (odds * (candidateCells - j) * (flagged - j)) / ((j + 1) * (baselineCells - flagged + j + 1)),
    );
    largest = Math.max(largest, logTerm);
    logTerms.push(logTerm);
  }
  let sum = 0;
  for (const log of logTerms) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}

/** psi for q = 0: bursts at `arrivals` per baseline cell, `ratio` times as many in a candidate's. */
export function oddsOfAnyBurst(ratio: number, arrivals: number): number {
  return Math.expm1(ratio * arrivals) / Math.expm1(arrivals);
}

/**
 * psi for q > 0, from the baseline's past: `tail` is the share of cells with more than q errors, `tailOfTwo` the share of
 * pooled pairs of cells. A candidate with rho times the bursts is as if (rho - 1) of a second cell were pooled with it,
 * which is exact at rho = 1 and 2 and a straight line between.
 */
export function oddsAtMargin(ratio: number, tail: number, tailOfTwo: number): number {
  const candidateTail = Math.min(1 - 1e-9, tail + (ratio - 1) * Math.max(0, tailOfTwo - tail));
  return Math.max(1, (candidateTail * (1 - tail)) / ((1 - candidateTail) * tail));
}
