import { defineRule } from '../../analyzer.ts';
import { isObject } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { LoneValue, Place } from '../compare-values.ts';
import type { ConfigSubject } from '../document.ts';
import { questionRename, renamedKeys } from '../renamed-keys.ts';
import { holderName, reportGone } from '../question.ts';
import { readSources } from '../read-sources.ts';

/** More than these say nothing new about a file. */
const maxReports = 50;

/** A key that is gone, where no code tells whether it is still read (`config/read-key` looks at the code). */
export const keepKey = defineRule<ConfigSubject>({
  id: 'config/keep-key',
  level: 'warning',
  covers: ['remove', 'rename'],
  problem: 'A key is gone or has another name, so whoever still reads it gets a default, or nothing.',
  remedy:
    'Keep the key until no running version reads it; give both names while one takes over from the other.',
  async check(subject, context) {
    const difference = subject.difference();
    const gone = (difference?.removed ?? []).filter(isMissed);
    if (difference === undefined || gone.length === 0) return [];
    const renamed = renamedKeys(difference);
    const hasSources = (await readSources(context.after, context.scope)).files.length > 0;
    const reports: Report[] = [];
    let more = 0;
    for (const key of gone) {
      const to = renamed.get(key);
      const question = to && questionRename(key, to);
      // With code at hand, config/read-key knows better; a unit in a name is a matter of this file alone.
      if (hasSources && question === undefined) continue;
      if (reports.length >= maxReports) {
        more++;
        continue;
      }
      const message =
        question ?? (to ? `${key.place.pointer} is called ${to.place.pointer} now` : missing(key));
      reports.push({ ...reportGone(subject, key, message), proof: 'unproven' });
    }
    if (more === 0) return reports;
    const message = `${subject.path} lost ${more} more keys`;
    return [...reports, { path: subject.path, key: 'more', message, proof: 'unproven' }];
  },
});

function missing(gone: LoneValue): string {
  if (gone.kind === 'document') return `document ${gone.place.documentIndex + 1} of the file is gone`;
  return `${gone.place.pointer} is gone from ${holderName(gone)}`;
}

// What held nothing, what only people read, and what said itself that it was on its way out is not missed.
function isMissed({ kind, place, names }: LoneValue): boolean {
  const { value } = place;
  // A list of `{ name, value }` is a mapping written otherwise; what other lists lose, config/keep-value judges.
  if (kind === 'entry')
    return isObject(value) && 'name' in value && ('value' in value || 'valueFrom' in value);
  const isEmpty =
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
  const name = names.at(-1) ?? '';
  return (
    !isEmpty &&
    !isComposeVersion(place) &&
    !/^(\$schema|_?comments?|_?notes?|description|x-.*|\/\/.*|#.*|_.*)$|deprecated|legacy|obsolete|unused/i.test(
      name,
    )
  );
}

/** Docker Compose has not read the version of its files since 2020, and warns of it. */
function isComposeVersion({ pointer, parent }: Place): boolean {
  return pointer === '/version' && isObject(parent) && isObject(parent['services']);
}
