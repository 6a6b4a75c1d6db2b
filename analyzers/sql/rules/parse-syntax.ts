import { defineRule } from '../../analyzer.ts';
import { afterOf } from '../../change.ts';
import { reportUnreadable } from '../../document/unreadable.ts';
import type { Report } from '../../finding.ts';
import type { SqlSubject } from '../document.ts';

export const parseSyntax = defineRule<SqlSubject>({
  id: 'sql/parse-syntax',
  level: 'error',
  covers: ['add'],
  problem: 'Postgres cannot read the migration, so it would fail, or do something nobody has looked at.',
  remedy: 'Make the file plain SQL that Postgres parses, with what it runs written out in the file.',
  *check({ change, after }): Iterable<Report> {
    const { path } = change;
    const version = afterOf(change);
    const unreadable = version && reportUnreadable(version);
    if (unreadable !== undefined) yield unreadable;
    if (after?.outcome === 'refused') {
      yield {
        path,
        key: 'syntax',
        span: after.span,
        message: `Postgres' grammar refuses ${path}: ${after.message}`,
      };
    }
    if (after?.outcome !== 'parsed') return;
    for (const part of after.unread) {
      yield {
        path,
        key: `unread ${part.text}`,
        level: 'warning',
        proof: 'unproven',
        span: part.span,
        message: `what this runs could not be checked: ${part.reason}`,
      };
    }
  },
});
