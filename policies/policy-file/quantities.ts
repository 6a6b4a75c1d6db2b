/** The policy's words for amounts, after their JSON Schema: `10%`, `5ms`, `2h`, `0.25`. */
const secondsPerUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

export function readSeconds(duration: string): number {
  const [, count = '0', unit = 's'] = /^([\d.]+)([a-z]+)$/.exec(duration) ?? [];
  return Number(count) * (secondsPerUnit[unit] ?? 1);
}

export function readFraction(percent: string): number {
  return Number(percent.slice(0, -1)) / 100;
}

/** A share as a fraction, a duration in seconds, or a bare number as itself. */
export function readAmount(text: string): number {
  if (text.endsWith('%')) return readFraction(text);
  return /[a-z]$/.test(text) ? readSeconds(text) : Number(text);
}

/** `100/s`, `20/m`: per second. */
export function readRate(text: string): number {
  const [count = '0', unit = 's'] = text.split('/');
  return Number(count) / (secondsPerUnit[unit] ?? 1);
}
