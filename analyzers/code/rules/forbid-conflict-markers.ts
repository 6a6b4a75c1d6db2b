import { defineRule } from '../../analyzer.ts';
import { afterOf, beforeOf, textOf } from '../../change.ts';
import { LineIndex, type Report } from '../../finding.ts';
import type { CodeSubject } from '../document.ts';

export const forbidConflictMarkers = defineRule<CodeSubject>({
  id: 'code/forbid-conflict-markers',
  level: 'error',
  covers: ['add'],
  problem: 'The file still holds both sides of a merge conflict.',
  remedy: 'Keep the lines that should stay, and remove the markers.',
  *check({ changes }): Iterable<Report> {
    for (const change of changes) {
      const after = afterOf(change);
      const text = textOf(after);
      if (after === undefined || text === undefined) continue;
      const known = new Set(conflictsIn(textOf(beforeOf(change)) ?? '').map((conflict) => conflict.text));
      const lines = new LineIndex(text);
      for (const conflict of conflictsIn(text)) {
        // What stood in the base already is not this change's doing: a page about conflicts, for one.
        if (known.has(conflict.text)) continue;
        const span = lines.span(conflict.start, conflict.start + conflict.text.length);
        yield { path: after.path, key: conflict.text, span, message: 'a merge conflict was not resolved' };
      }
    }
  },
});

interface Conflict {
  start: number;
  text: string;
}

/** All three markers at the start of their lines, in order: one of them alone also underlines a heading. */
function conflictsIn(text: string): Conflict[] {
  const found: Conflict[] = [];
  let start = -1;
  let hasMiddle = false;
  for (const match of text.matchAll(/^(?:<{7} |={7}\r?$|>{7} ).*$/gm)) {
    const marker = match[0][0];
    if (marker === '<') {
      start = match.index;
      hasMiddle = false;
    } else if (marker === '=') hasMiddle = start !== -1;
    else if (start !== -1 && hasMiddle) {
      found.push({ start, text: text.slice(start, match.index + match[0].trimEnd().length) });
      start = -1;
      hasMiddle = false;
    }
  }
  return found;
}
