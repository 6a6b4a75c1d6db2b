/**
 * A zero of a function between two points where its signs differ: bisection, secant and inverse quadratic steps, whichever
 * is safe (R. P. Brent, Algorithms for Minimization without Derivatives, 1973, chapter 4). `tolerance` is absolute.
 */
export function findRoot(
  at: (x: number) => number,
  from: number,
  to: number,
  tolerance: number,
  known?: { from: number; to: number },
): number {
  let a = from;
  let b = to;
  let fa = known?.from ?? at(a);
  let fb = known?.to ?? at(b);
  if (fa === 0) return a;
  if (fb === 0) return b;
  // c is the last point on the other side of the zero; b is the best one so far.
  let c = a;
  let fc = fa;
  for (let iteration = 0; iteration < 1000; iteration++) {
    const lastStep = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const precision = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2;
    const half = (c - b) / 2;
    if (Math.abs(half) <= precision || fb === 0) return b;
    let step = half;
    if (Math.abs(lastStep) >= precision && Math.abs(fa) > Math.abs(fb)) {
      step = interpolate({ a, b, c }, { a: fa, b: fb, c: fc }, lastStep, precision) ?? half;
    }
    if (Math.abs(step) < precision) step = Math.sign(step) * precision;
    [a, fa] = [b, fb];
    b += step;
    fb = at(b);
    if (fb > 0 === fc > 0) [c, fc] = [a, fa];
  }
  return b;
}

interface Three {
  a: number;
  b: number;
  c: number;
}

/** The step that a secant or an inverse parabola suggests; undefined where it would leave the bracket or not shrink it. */
function interpolate(x: Three, f: Three, lastStep: number, precision: number): number | undefined {
  const width = x.c - x.b;
  const ratio = f.b / f.a;
  let p: number;
  let q: number;
  if (x.a === x.c) {
    p = width * ratio;
    q = 1 - ratio;
  } else {
    const t = f.a / f.c;
    const s = f.b / f.c;
    p = ratio * (width * t * (t - s) - (x.b - x.a) * (s - 1));
    q = (t - 1) * (s - 1) * (ratio - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const isInside = p < 0.75 * width * q - Math.abs(precision * q) / 2;
  return isInside && p < Math.abs((lastStep * q) / 2) ? p / q : undefined;
}
