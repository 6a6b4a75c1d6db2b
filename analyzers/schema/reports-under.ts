import type { RuleDescription } from '../analyzer.ts';
import type { Report } from '../finding.ts';
import type { SchemaSubject } from './document.ts';

/** What the comparison of a contract says under one rule. A version that cannot be read is a finding of its own. */
export async function reportsUnder(id: RuleDescription['id'], subject: SchemaSubject): Promise<Report[]> {
  const isUnreadable = subject.changed.some(
    ({ version, document }) => version.content.form !== 'text' || document?.ok === false,
  );
  if (isUnreadable) return [];
  return (await subject.reports()).flatMap(({ ruleId, ...report }) => (ruleId === id ? [report] : []));
}
