/**
 * Whether one number is a whole multiple of another, as the decimals that they are written as: 0.3 is a multiple of
 * 0.1, although their quotient as floating-point numbers is not whole.
 */
export function isMultipleOf(value: number, divisor: number): boolean {
  if (divisor === 0 || !Number.isFinite(value) || !Number.isFinite(divisor)) return false;
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return value % divisor === 0;
  const [one, other] = [decimalOf(value), decimalOf(divisor)];
  const scale = Math.min(one.exponent, other.exponent);
  return (
    (one.digits * 10n ** BigInt(one.exponent - scale)) %
      (other.digits * 10n ** BigInt(other.exponent - scale)) ===
    0n
  );
}

/** The shortest decimal that reads back as the number: `digits` times ten to the `exponent`. */
function decimalOf(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const fraction = mantissa.split('.')[1] ?? '';
  return { digits: BigInt(mantissa.replace('.', '')), exponent: Number(exponent) - fraction.length };
}
