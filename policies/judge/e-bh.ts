/**
 * Procedure F, for many marginal metrics: which of their e-values stand out, such that of those named at most a share
 * alpha is named wrongly on average, however they depend on each other. The k largest are named, k the largest number for
 * which the k-th is at least K / (alpha k). For warnings only: a verdict rests on critical metrics, whose alphas are split
 * (weighted Bonferroni, judge.ts).
 * Source: Wang and Ramdas, "False discovery rate control with e-values" (arXiv 2009.02824).
 */
export function eBenjaminiHochberg(logEvidence: readonly number[], alpha: number): number[] {
  const count = logEvidence.length;
  const order = logEvidence
    .map((_, index) => index)
    .sort((a, b) => (logEvidence[b] ?? 0) - (logEvidence[a] ?? 0));
  for (let k = count; k > 0; k--) {
    const kth = logEvidence[order[k - 1] ?? 0] ?? 0;
    if (kth >= Math.log(count / (alpha * k))) return order.slice(0, k).sort((a, b) => a - b);
  }
  return [];
}
