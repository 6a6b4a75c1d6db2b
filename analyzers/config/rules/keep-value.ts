import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import { hasWord, wordSet, wordsOf } from '../key-names.ts';
import type { Difference, LoneValue } from '../compare-values.ts';
import type { ConfigSubject } from '../document.ts';
import { holderName, reportGone } from '../question.ts';
import { reportQuestions } from '../report-questions.ts';

// Lists of what keeps somebody out: less of them lets more in.
const refusals = wordSet(
  'deny denied denylist block blocked blocklist blacklist forbid forbidden reject required banned exclude excluded disallow disallowed',
);
// Lists of what the service runs on, or lets in.
const members = wordSet(
  'host hosts allow allowed allowlist whitelist replicas brokers servers nodes endpoints peers members seeds nameservers origins upstreams backends addresses',
);

/** null, nothing, a placeholder, an emptied list where there was a value. */
export const keepValue = defineRule<ConfigSubject>({
  id: 'config/keep-value',
  level: 'warning',
  covers: ['remove', 'narrow'],
  problem:
    'A value was emptied, so the service falls back to a default that nobody chose, or fails at start.',
  remedy: 'Give the value, or take the whole key away where the default is meant.',
  check(subject) {
    const difference = subject.difference();
    if (difference === undefined) return [];
    const reports = [...reportQuestions(subject, 'config/keep-value'), ...listReports(subject, difference)];
    if (!difference.isComplete) {
      const message = `${subject.path} holds more values than are compared one by one, so some were not`;
      reports.push({ path: subject.path, key: 'incomplete', message, proof: 'unproven' });
    }
    return reports;
  },
});

function listReports(subject: ConfigSubject, { removed, added }: Difference): Report[] {
  const lists = new Map<string, LoneValue[]>();
  for (const gone of removed) {
    if (gone.kind !== 'entry') continue;
    const known = lists.get(gone.label);
    if (known === undefined) lists.set(gone.label, [gone]);
    else known.push(gone);
  }
  const refilled = new Set(added.map(({ label }) => label));
  const reports: Report[] = [];
  for (const entries of lists.values()) {
    if (reports.length >= maxReports) break;
    const [first] = entries;
    const held = first?.place.parent;
    const holds = first?.otherParent?.value;
    if (first === undefined || !Array.isArray(held) || !Array.isArray(holds)) continue;
    // An entry that was put in its stead is another value, not a missing one.
    if (refilled.has(first.label)) continue;
    const words = wordsOf(first.names.at(-1) ?? '');
    const isRefusal = hasWord(words, refusals);
    const isMostGone = hasWord(words, members) && entries.length * 2 > held.length;
    const what = `${holderName(first)} lost ${entries.length} of its ${held.length} entries`;
    if (holds.length === 0) {
      reports.push({
        ...reportGone(subject, first, `${holderName(first)} had ${held.length} entries and is empty now`),
        proof: 'unproven',
      });
    } else if (isRefusal || isMostGone) {
      reports.push({ ...reportGone(subject, first, what), proof: 'unproven' });
    } else if (hasWord(words, members)) reports.push({ ...reportGone(subject, first, what), level: 'note' });
  }
  return reports;
}

/** One is enough to ask for a second look; more than these say nothing new. */
const maxReports = 50;
