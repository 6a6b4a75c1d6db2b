import { defineRule } from '../../analyzer.ts';
import { afterOf, type FileVersion } from '../../change.ts';
import type { Report } from '../../finding.ts';
import type { CodeSubject } from '../document.ts';

export const forbidUnreadable = defineRule<CodeSubject>({
  id: 'code/forbid-unreadable',
  level: 'warning',
  covers: ['add'],
  problem: 'Something ships that neither a rule nor a reviewer can read here.',
  remedy: 'Ship it as text in this repository, or have a person look at it where it comes from.',
  *check({ changes }): Iterable<Report> {
    for (const change of changes) {
      const after = afterOf(change);
      const what = after && unreadableAs(after);
      if (after === undefined || what === undefined) continue;
      const message = `${after.path} ${what}`;
      yield { path: after.path, key: after.content.form, proof: 'unproven', message };
    }
  },
});

function unreadableAs({ path, mode, content }: FileVersion): string | undefined {
  switch (content.form) {
    case 'text':
      return undefined;
    case 'binary':
      // Pictures and fonts are binary as well; what runs is another matter.
      return mode === '100755' ? 'is an executable binary, which nobody can review here' : undefined;
    case 'undecodable':
      return `cannot be decoded (${content.reason})`;
    case 'over-long':
      return `has ${content.bytes} bytes, more than the ${content.limitBytes} that are read`;
    case 'submodule':
      return `is a submodule at ${content.commit.slice(0, 12)}, whose content is not in this repository`;
    case 'symlink':
      return leadsOut(path, content.target)
        ? `is a link to ${content.target}, outside of the repository`
        : undefined;
  }
}

function leadsOut(path: string, target: string): boolean {
  if (/^(?:[/\\]|[A-Za-z]:)/.test(target)) return true;
  let depth = path.split('/').length - 1;
  for (const segment of target.split(/[/\\]/)) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
