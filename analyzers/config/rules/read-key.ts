import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { LoneValue } from '../compare-values.ts';
import type { ConfigSubject } from '../document.ts';
import { findMentions } from '../find-mentions.ts';
import { readSources, type Sources } from '../read-sources.ts';
import { renamedKeys } from '../renamed-keys.ts';
import { reportAdded, reportGone } from '../question.ts';

/** Fewer source files may well not be all of the program. */
const fewSources = 5;
const maxReports = 20;

/** A key that no code mentions, and a key that code still mentions and that is gone. */
export const readKey = defineRule<ConfigSubject>({
  id: 'config/read-key',
  level: 'warning',
  covers: ['add', 'remove', 'rename'],
  problem: 'The code reads a key that is gone, or never reads one that was added.',
  remedy: 'Name the key as the code does, and let code and configuration change together.',
  async check(subject, context) {
    const difference = subject.difference();
    const removed = (difference?.removed ?? []).filter(isKey);
    const added = (difference?.added ?? []).filter(isKey);
    if (difference === undefined || removed.length + added.length === 0) return [];
    const sources = await readSources(context.after, context.scope);
    if (sources.files.length === 0) return [];
    const mentioned = findMentions([...removed, ...added].map(nameOf), await sources.texts());
    const renamed = renamedKeys(difference);
    const stillThere = namesIn(subject.document?.ok === true ? subject.document.documents : []);
    // Where another object has a key of that name, the code may mean that one.
    const missed = removed.filter((key) => mentioned.has(nameOf(key)) && !stillThere.has(nameOf(key)));
    const unread = added.filter((key) => !mentioned.has(nameOf(key)));
    const reports = missed.slice(0, maxReports).map((key): Report => {
      const to = renamed.get(key);
      const what = to ? `was renamed to ${to.place.pointer}` : 'is gone';
      const message = `${key.place.pointer} ${what}, and the code still mentions it`;
      return { ...reportGone(subject, key, message), proof: 'unproven' };
    });
    for (const key of unread.slice(0, maxReports)) {
      const report = reportAdded(subject, key, unreadMessage(key, sources));
      reports.push({ ...report, key: `unread:${key.label}`, level: isSure(sources) ? 'warning' : 'note' });
    }
    const more = missed.length + unread.length - reports.length;
    if (more === 0) return reports;
    const message = `${subject.path} has ${more} more keys like these`;
    const isOpen = missed.length > maxReports;
    return [
      ...reports,
      { path: subject.path, key: 'more', message, ...(isOpen && { proof: 'unproven' as const }) },
    ];
  },
});

function unreadMessage(key: LoneValue, sources: Sources): string {
  const where = `none of ${sources.files.length} source files mentions it`;
  return `${key.place.pointer} was added, and ${where}`;
}

function isSure({ files, isComplete }: Sources): boolean {
  return isComplete && files.length >= fewSources;
}

// A name that is no name (a path, a host, a number) is data that code reads as a whole.
function isKey(value: LoneValue): boolean {
  return (
    value.kind === 'key' && /^[A-Za-z_][\w.-]{1,80}$/.test(nameOf(value)) && !nameOf(value).startsWith('x-')
  );
}

function nameOf({ names }: LoneValue): string {
  return names.at(-1) ?? '';
}

function namesIn(documents: readonly unknown[]): Set<string> {
  const names = new Set<string>();
  const pending: unknown[] = [...documents];
  for (let count = 0; pending.length > 0 && count < 500_000; count++) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, item] of Object.entries(value)) {
      if (!isList) names.add(key);
      pending.push(item);
    }
  }
  return names;
}
