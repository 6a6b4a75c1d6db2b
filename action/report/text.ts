import type { CheckOutcome } from '../commands/run-check.ts';
import { describeWaiver, placeOf, printable } from './describe-finding.ts';

/** The result of a check for a person in a terminal. */
export function formatCheck(outcome: CheckOutcome): string {
  const lines: string[] = [];
  for (const finding of outcome.findings) {
    // What a command printed comes along as further lines.
    const [message = '', ...rest] = finding.message.split('\n').map(printable);
    const { waivedBy } = finding;
    const how = waivedBy === undefined ? finding.level : `${finding.level}, waived`;
    lines.push(`${placeOf(finding)}: ${how}: ${message} [${finding.ruleId}]`);
    lines.push(...rest.map((line) => `    | ${line}`));
    if (finding.witness !== undefined)
      lines.push(`    for instance: ${printable(JSON.stringify(finding.witness).slice(0, 300))}`);
    if (waivedBy === undefined) lines.push(`    ${finding.remedy}`);
    else lines.push(`    ${printable(describeWaiver(waivedBy))}`);
    lines.push(`    fingerprint: ${finding.fingerprint}`);
  }
  if (lines.length > 0) lines.push('');
  const { verdict, unclaimed, claims } = outcome;
  if (unclaimed.length > 0) {
    const shown = unclaimed.slice(0, 10).map(printable).join(', ');
    lines.push(
      `no kind claims: ${shown}${unclaimed.length > 10 ? ` and ${unclaimed.length - 10} more` : ''}`,
    );
  }
  const kinds = new Map<string, number>();
  for (const claim of claims) kinds.set(claim.kind, (kinds.get(claim.kind) ?? 0) + 1);
  const counted = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  lines.push(
    `${outcome.changedPaths} changed ${outcome.changedPaths === 1 ? 'path' : 'paths'}${counted === '' ? '' : ` (${counted})`}, ${outcome.base.slice(0, 12)} to ${outcome.head.slice(0, 12)}`,
  );
  const words = { allow: 'allowed', 'await-approval': 'waiting for a second look', block: 'blocked' };
  const reason = verdict.reasons[0]?.message.split('\n')[0] ?? '';
  const more = verdict.reasons.length > 1 ? ` (and ${verdict.reasons.length - 1} more)` : '';
  lines.push(`${words[verdict.decision]}: ${printable(reason)}${more}`);
  return lines.join('\n');
}
