import type { RuleDescription } from '../analyzer.ts';
import type { Report } from '../finding.ts';
import type { ConfigSubject } from './document.ts';
import { questionMove } from './question-move.ts';
import { reportMove } from './question.ts';

/** More than these say nothing new about a file. */
const maxReports = 50;

/** Every moved value that raises the question of this rule. */
export function reportQuestions(subject: ConfigSubject, rule: RuleDescription['id']): Report[] {
  const reports: Report[] = [];
  let more = 0;
  for (const move of subject.difference()?.moves ?? []) {
    const question = questionMove(move);
    if (question?.rule !== rule) continue;
    if (reports.length < maxReports) reports.push(reportMove(subject, move, question));
    else more++;
  }
  if (more > 0) {
    const message = `${subject.path} has ${more} more places like these`;
    reports.push({ path: subject.path, key: 'more', message, proof: 'unproven' });
  }
  return reports;
}
