/**
 * The special functions that the peers need, from their textbook series and continued fractions (Abramowitz and Stegun,
 * chapters 6, 7, 23 and 26; Lentz's method for the fractions). Checked against 40-digit references in special-functions.test.ts.
 */

const tiny = 1e-300;
const maxTerms = 100_000;

/** log Gamma(x) for x > 0: the recurrence up to 12, from there Stirling's series. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 12) {
    shift -= Math.log(at);
    at++;
  }
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360))))));
  return shift + (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series;
}

/** log B(a, b), to about 1e-16 of its largest part. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), as logarithms. */
export function logGammaShares(a: number, x: number): { lower: number; upper: number } {
  if (!(x > 0)) return { lower: Number.NEGATIVE_INFINITY, upper: 0 };
  const scale = a * Math.log(x) - x - logGamma(a);
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < maxTerms && term > sum * 1e-17; n++) {
      term *= x / (a + n);
      sum += term;
    }
    const lower = scale + Math.log(sum);
    return { lower, upper: Math.log1p(-Math.exp(lower)) };
  }
  const upper =
    scale -
    Math.log(
      continuedFraction(x + 1 - a, (n) => ({ numerator: -n * (n - a), denominator: x + 1 - a + 2 * n })),
    );
  return { lower: Math.log1p(-Math.exp(upper)), upper };
}

/** The regularised incomplete beta function I_x(a, b), as a logarithm. */
export function logBetaShare(a: number, b: number, x: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return 0;
  const scale = a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b);
  // The fraction converges fast below the mean only; above it, by symmetry.
  if (x > (a + 1) / (a + b + 2))
    return Math.log1p(-Math.exp(scale - Math.log(b) - Math.log(betaFraction(b, a, 1 - x))));
  return scale - Math.log(a) - Math.log(betaFraction(a, b, x));
}

function betaFraction(a: number, b: number, x: number): number {
  return continuedFraction(1, (n) => {
    const m = Math.floor(n / 2);
    const numerator =
      n % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return { numerator, denominator: 1 };
  });
}

/** b0 + a1 / (b1 + a2 / (b2 + ...)), by the modified Lentz method. */
function continuedFraction(
  first: number,
  termAt: (n: number) => { numerator: number; denominator: number },
): number {
  let value = first === 0 ? tiny : first;
  let c = value;
  let d = 0;
  for (let n = 1; n < maxTerms; n++) {
    const { numerator, denominator } = termAt(n);
    d = denominator + numerator * d;
    c = denominator + numerator / c;
    d = 1 / (d === 0 ? tiny : d);
    if (c === 0) c = tiny;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** The standard normal distribution function; its lower tail keeps its relative precision. */
export function normalCdf(x: number): number {
  const { lower, upper } = logGammaShares(0.5, (x * x) / 2);
  return x < 0 ? Math.exp(upper) / 2 : 0.5 + Math.exp(lower) / 2;
}

/** The x at which the standard normal distribution function is `probability`, by Newton's steps from a rough guess. */
export function normalQuantile(probability: number): number {
  if (probability === 0.5) return 0;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  // Below one half the logarithm of the distribution function is concave, so Newton's steps on it converge.
  const wanted = Math.log(probability);
  let x = -Math.sqrt(Math.max(0, -2 * Math.log(2 * probability)));
  for (let step = 0; step < 100; step++) {
    const below = normalCdf(x);
    const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
    const change = ((Math.log(below) - wanted) * below) / density;
    x -= change;
    if (Math.abs(change) < 1e-15 * Math.max(1, Math.abs(x))) break;
  }
  return x;
}

/** Riemann's zeta function for s > 1: the first terms, then Euler and Maclaurin. */
export function riemannZeta(s: number): number {
  const terms = 20;
  let sum = 0;
  for (let n = 1; n < terms; n++) sum += n ** -s;
  const end = terms ** -s;
  return (
    sum +
    (terms * end) / (s - 1) +
    end / 2 +
    (s * end) / (12 * terms) -
    (s * (s + 1) * (s + 2) * end) / (720 * terms ** 3) +
    (s * (s + 1) * (s + 2) * (s + 3) * (s + 4) * end) / (30240 * terms ** 5)
  );
}
