import { defineRule } from '../../analyzer.ts';
import { textOf, type Change } from '../../change.ts';
import { LineIndex, type Report, type Span } from '../../finding.ts';
import type { SqlSubject } from '../document.ts';

export const forbidEditedMigration = defineRule<SqlSubject>({
  id: 'sql/forbid-edited-migration',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen', 'rename'],
  problem: 'A migration that has already run somewhere is changed, so databases no longer have one history.',
  remedy: 'Leave the file as it stands in the base, and write what should be different as a new migration.',
  *check({ change, runner }): Iterable<Report> {
    if (change.status === 'added' || isRepeatable(change.before.path, runner)) return;
    if (change.status === 'removed') {
      const message = `${change.path} is in the base and is removed here, though it may have run already`;
      yield { path: change.path, key: 'removed', message, ...wholeOf('beforeSpan', textOf(change.before)) };
    } else if (change.status === 'renamed') {
      const message = `${change.before.path} is in the base and is renamed here, so a runner takes it for a new migration`;
      yield { path: change.path, key: 'renamed', message };
    } else if (change.before.digest !== change.after.digest) {
      const message = `${change.path} is in the base and is edited here, though it may have run already`;
      yield { path: change.path, key: 'edited', message, ...editedSpans(change) };
    }
  },
});

/** Flyway runs `R__name.sql` again whenever it changes. */
function isRepeatable(path: string, runner: string): boolean {
  return runner === 'flyway' && path.slice(path.lastIndexOf('/') + 1).startsWith('R__');
}

function wholeOf(key: 'beforeSpan', text: string | undefined): { [key]?: Span } {
  return text === undefined ? {} : { [key]: new LineIndex(text).span(0, text.length) };
}

/** From the first character that differs to the last one, in each of the two texts. */
function editedSpans(change: Change & { status: 'modified' }): { span?: Span; beforeSpan?: Span } {
  const before = textOf(change.before);
  const after = textOf(change.after);
  if (before === undefined || after === undefined) return {};
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return {
    span: new LineIndex(after).span(head, after.length - tail),
    beforeSpan: new LineIndex(before).span(head, before.length - tail),
  };
}
