import { defineRule } from '../../analyzer.ts';
import { judgeHcl } from '../../document/judge-hcl.ts';
import { reportProblems } from '../../document/report-problems.ts';
import type { Report, Span } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';

/** What does not parse, or parses differently from one reader to the next. */
export const parseSyntax = defineRule<ConfigSubject>({
  id: 'config/parse-syntax',
  level: 'error',
  covers: ['add', 'rename'],
  problem: 'The service cannot read the file at start, or two readers read two different values from it.',
  remedy: 'Correct the syntax at this place; give every key once.',
  async check(subject) {
    if (!subject.isChanged) return [];
    const reports = reportProblems(subject.after, subject.document);
    if (subject.document?.ok === true && subject.document.format === 'hcl') {
      reports.push(...(await hclReports(subject)));
    }
    if (subject.document?.ok !== true || reports.length === 0) return reports;
    // A key that was there twice before is not of this change's making.
    const before = subject.before()?.document;
    const known = before?.ok === true ? before.duplicateKeys.map(({ message }) => message) : [];
    return reports.filter(({ message }) => {
      const index = known.indexOf(message);
      if (index !== -1) known.splice(index, 1);
      return index === -1;
    });
  },
});

async function hclReports({ path, text, document }: ConfigSubject): Promise<Report[]> {
  const judgement = await judgeHcl(text?.replace(/^\uFEFF/, '') ?? '');
  if (judgement.ok) return [];
  return judgement.problems
    .filter(
      ({ span }) =>
        document?.ok !== true || !document.duplicateKeys.some((known) => isSamePlace(known.span, span)),
    )
    .map(({ message, span }, index) => ({
      path,
      key: `expression:${index}`,
      message,
      span,
      ...(judgement.isDecided ? {} : { proof: 'unproven' as const }),
    }));
}

// A name that is there twice is refused by the grammar as well; it is told of once.
function isSamePlace(a: Span, b: Span): boolean {
  return a.start.line === b.start.line && a.start.column === b.start.column;
}
