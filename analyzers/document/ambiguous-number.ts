/** A text without such a run has no number that could be ambiguous; most documents end here. */
const longRun = /\d{16}|\d[eE]\+?\d{3}/;

export function mayHaveAmbiguousNumber(text: string): boolean {
  return longRun.test(text);
}

/**
 * What is ambiguous about a decimal number as written, or undefined: integers beyond 2^53 are exact for some readers and
 * rounded by those that have doubles only (RFC 8259, section 6), and beyond the range of a double there is no number.
 */
export function ambiguityOfNumber(written: string): string | undefined {
  // No double needs that many digits, and arithmetic on millions of them takes long.
  if (!mayHaveAmbiguousNumber(written) || written.length > 1000) return undefined;
  const value = Number(written);
  if (Number.isNaN(value)) return undefined;
  if (!Number.isFinite(value))
    return 'is beyond the range of a double: some readers fail, others read infinity';
  if (!/^[-+]?\d+$/.test(written) || BigInt(written.replace('+', '')) === BigInt(value)) return undefined;
  return 'is beyond 2^53: readers that keep numbers as doubles round it';
}
