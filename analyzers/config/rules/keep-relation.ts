import { defineRule, type AnalysisContext } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { matchesGlobs } from '../../claim.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Report } from '../../finding.ts';
import type { Tree } from '../../scope.ts';
import type { ConfigSubject } from '../document.ts';
import { questionOrder } from '../question-order.ts';
import { reportMove } from '../question.ts';
import { filesNamedIn, readRelation, type ReadRelation, type RelationOutcome } from '../evaluate-relation.ts';

/** What the policy says about keys together: `doc.pool.max >= doc.pool.min`; and `min` beside `max`. */
export const keepRelation = defineRule<ConfigSubject>({
  id: 'config/keep-relation',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen'],
  problem: 'Values that are each allowed contradict one another.',
  remedy: 'Change the values together, so that the relation in the policy holds again.',
  async check(subject, context) {
    const { document, path } = subject;
    if (document?.ok !== true) return [];
    const reports: Report[] = [];
    for (const { rule, message } of relationsOf(subject, context)) {
      const read = await known(rule);
      for (const [index, doc] of document.documents.entries()) {
        const found = await outcomeOf(read, rule, doc, context.after);
        const span = document.spanOf('', index);
        const place = { path, key: `${index}:${rule}`, ...(span && { span }) };
        if (found.outcome === 'unknown') {
          const text = `the relation \`${rule}\` of the policy cannot be evaluated: ${found.reason}`;
          reports.push({ ...place, level: 'warning', proof: 'unproven', message: text });
        } else if (
          found.outcome === 'violated' &&
          !(await wasViolated(subject, index, read, rule, context))
        ) {
          reports.push({ ...place, message: `${message} (\`${rule}\`)` });
        }
      }
    }
    // What the policy says about two keys is said once.
    return reports.length > 0 ? reports : crossedBounds(subject);
  },
});

// What everybody means by the names, whether or not a policy says so.
function crossedBounds(subject: ConfigSubject): Report[] {
  return (subject.difference()?.moves ?? []).slice(0, maxMoves).flatMap((move) => {
    const question = questionOrder(move);
    return question === null ? [] : [{ ...reportMove(subject, move, question), level: 'warning' as const }];
  });
}

function relationsOf({ path }: ConfigSubject, { scope }: AnalysisContext) {
  return scope.config
    .filter(({ files }) => matchesGlobs(path, files))
    .flatMap(({ relations }) => relations ?? []);
}

const read = new Map<string, Promise<ReadRelation>>();

// As many as one policy has; they are read once.
function known(rule: string): Promise<ReadRelation> {
  const found = read.get(rule) ?? readRelation(rule);
  if (read.size < 1000) read.set(rule, found);
  return found;
}

async function outcomeOf(
  relation: ReadRelation,
  rule: string,
  doc: unknown,
  tree: Tree,
): Promise<RelationOutcome> {
  if (!relation.ok) return { outcome: 'unknown', reason: relation.message };
  const files = new Map<string, unknown>();
  for (const path of filesNamedIn(rule)) {
    const text = textOf(await tree.read(path));
    if (text === undefined) return { outcome: 'unknown', reason: `there is no text at ${path}` };
    const parsed = parseDocument(path, text);
    if (!parsed.ok) return { outcome: 'unknown', reason: `${path} does not parse` };
    files.set(path, parsed.value);
  }
  return relation.relation.evaluate(doc, Object.fromEntries(files));
}

// What did not hold before either is not of this change's making.
async function wasViolated(
  subject: ConfigSubject,
  index: number,
  relation: ReadRelation,
  rule: string,
  context: AnalysisContext,
): Promise<boolean> {
  const before = subject.before()?.document;
  if (before?.ok !== true || index >= before.documents.length) return false;
  return (await outcomeOf(relation, rule, before.documents[index], context.before)).outcome === 'violated';
}

/** More values than these were not changed by hand. */
const maxMoves = 2000;
