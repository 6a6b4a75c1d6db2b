/** The texts of queries. Selectors have been let through by policies/selector/read-selector.ts; digests are hexadecimal. */

/** Which label tells the versions apart, and how their values begin: the first digits of both digests. */
export interface VersionLabel {
  label: string;
  candidate: string;
  stable: string;
}

const digits = 12;

/**
 * The first digits of a release's digest, as a label's value begins with, `sha256:` before it or not. Throws RangeError on
 * what is no digest: with fewer digits, the series of other releases would count as this one's.
 */
export function digestStart(release: string): string {
  const [, start] = new RegExp(`^(?:sha256:)?([0-9a-f]{${digits}})`).exec(release) ?? [];
  if (start === undefined) throw new RangeError('a release is named by its digest');
  return start;
}

/** Raw samples of both versions: `name{own matchers, release=~"…"}[seconds]`. */
export function rangeQuery(selector: string, version: VersionLabel, seconds: number): string {
  const values = `(sha256:)?(${version.candidate}|${version.stable})[0-9a-f]*`;
  return `${withMatcher(selector, `${version.label}=~${JSON.stringify(values)}`)}[${Math.ceil(seconds)}s]`;
}

/** The selector of a histogram's buckets, from the one of its name. */
export function bucketsOf(selector: string): string {
  return selector.replace(/^[a-zA-Z_:][a-zA-Z0-9_:]*/, (name) => `${name}_bucket`);
}

function withMatcher(selector: string, matcher: string): string {
  if (!selector.endsWith('}')) return `${selector}{${matcher}}`;
  const inner = selector.slice(0, -1).trimEnd();
  const separator = inner.endsWith('{') || inner.endsWith(',') ? '' : ',';
  return `${inner}${separator}${matcher}}`;
}

/** Which version a series is of, or null when its label says neither. */
export function versionOf(
  labels: Readonly<Record<string, string>>,
  { label, candidate, stable }: VersionLabel,
): 'candidate' | 'baseline' | null {
  const value = (labels[label] ?? '').replace(/^sha256:/, '');
  const isOf = (start: string): boolean => start !== '' && value.startsWith(start);
  if (isOf(candidate)) return 'candidate';
  return isOf(stable) ? 'baseline' : null;
}
