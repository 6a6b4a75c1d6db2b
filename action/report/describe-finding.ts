import type { Finding, FindingWaiver } from '../../analyzers/finding.ts';

/** `path:line:column`, as far as it is known. Untrusted names are printed with their control characters escaped. */
export function placeOf(finding: Finding): string {
  const span = finding.span ?? finding.beforeSpan;
  const place = span === undefined ? '' : `:${span.start.line}:${span.start.column}`;
  const before = finding.span === undefined && finding.beforeSpan !== undefined ? ' (before)' : '';
  return `${printable(finding.path)}${place}${before}`;
}

/** Who answers for a finding, why, and until when. Untrusted: print it escaped. */
export function describeWaiver({ owner, reason, expires, isProposed }: FindingWaiver): string {
  return `${isProposed ? 'waiver proposed' : 'waived'} by ${owner} until ${expires}: ${reason}`;
}

/** Text from a repository as one line that cannot steer a terminal, nor look like something else. */
export function printable(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (character) => {
        return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
      },
    );
}
