import type { MetricEvidence } from '../../../policies/judge/rollout-evidence.ts';

type MetricKind = MetricEvidence['kind'];

/** What is beyond is not told apart by anybody, and would not fit. */
const largestEvidence = Math.log(1e12);

/** A metric's figure with its unit, for people: "0.12 %", "1,204", "2.1 a second". */
export function formatFigure(kind: MetricKind, value: number): string {
  switch (kind) {
    case 'ratio':
    case 'latency':
      return formatShare(value);
    case 'rate':
      return `${formatNumber(value)} a second`;
    case 'gauge':
      return formatNumber(value);
  }
}

/** A fraction in percent, with as many decimals as make it tell something: "20.1 %", "0.12 %", "0.003 %". */
export function formatShare(fraction: number): string {
  const inHundred = fraction * 100;
  if (inHundred > 0 && inHundred < 0.001) return 'under 0.001 %';
  if (inHundred >= 0.995 && inHundred < 99.95) return `${inHundred.toFixed(1)} %`;
  return `${trimmed(inHundred, inHundred >= 0.01 ? 2 : 3)} %`;
}

/** Three digits that count: "0.00123", "2.1", "1,204", "1.2 million". */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  const large = [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ] as const;
  for (const [unit, word] of large)
    if (size >= unit) return `${grouped(Number((value / unit).toPrecision(3)))} ${word}`;
  if (size >= 100) return grouped(Math.round(value));
  if (size >= 1e-6) return trimmed(value, Math.min(9, 2 - Math.floor(Math.log10(size))));
  return size === 0 ? '0' : 'under 0.000001';
}

/** A ratio: "2.1x", "92x", "0.85x". */
export function formatTimes(ratio: number): string {
  return `${ratio >= 9.95 ? grouped(Math.round(ratio)) : ratio.toFixed(ratio < 0.995 ? 2 : 1)}x`;
}

/** Evidence, a natural logarithm, as odds: "1 : 1", "4,500 : 1", "1 : 12". */
export function formatOdds(logEvidence: number): string {
  if (logEvidence > largestEvidence + 1e-9) return 'over 1 trillion : 1';
  if (logEvidence < -largestEvidence - 1e-9) return 'under 1 : 1 trillion';
  const odds = Number(Math.exp(Math.abs(logEvidence)).toPrecision(2));
  const rounded = odds < 1e6 ? grouped(odds) : formatNumber(odds);
  return logEvidence >= 0 || rounded === '1' ? `${rounded} : 1` : `1 : ${rounded}`;
}

/** Evidence against is not evidence for the other: below one to one there is none. */
export function spokenOdds(logEvidence: number): string {
  return logEvidence < 0 ? 'under 1 : 1' : formatOdds(logEvidence);
}

/** The logarithm of the odds at which a tolerated share of errors decides; a share that is none decides at the most that can be shown. */
export function thresholdOf(toleratedShare: number): number {
  return toleratedShare > 0
    ? Math.min(largestEvidence, Math.max(0, -Math.log(toleratedShare)))
    : largestEvidence;
}

/** A length of time in its own unit: "45 s", "12 min", "3.5 h". */
export function formatDuration(seconds: number): string {
  if (seconds < 120) return `${trimmed(seconds, seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${trimmed(seconds / 60, seconds < 600 ? 1 : 0)} min`;
  return seconds < 172_800 ? `${trimmed(seconds / 3600, 1)} h` : `${trimmed(seconds / 86_400, 1)} d`;
}

/** At most so many decimals, without zeroes at the end. */
export function trimmed(value: number, decimals: number): string {
  return grouped(Number(value.toFixed(decimals)), decimals);
}

function grouped(value: number, decimals = 2): string {
  const [whole = '', fraction = ''] = Math.abs(value).toFixed(decimals).split('.');
  const rest = fraction.replace(/0+$/, '');
  const sign = value < 0 ? '-' : '';
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest === '' ? '' : `.${rest}`}`;
}
