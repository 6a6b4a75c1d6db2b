import { readRelation } from '../../analyzers/config/evaluate-relation.ts';
import { pointerTo } from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import type { Finding } from '../../analyzers/finding.ts';
import { problemAt } from './load-policy.ts';
import type { Policy } from './policy.ts';

/**
 * The relations of a policy that are no CEL, each at its place. Apart from `loadPolicy`, so that only a change to a
 * policy that has relations loads the language.
 */
export async function checkRelations(policy: Policy, text: string): Promise<Finding[]> {
  const problems: Finding[] = [];
  for (const service of policy.services) {
    for (const [entry, { relations }] of service.config.entries()) {
      for (const [index, { rule }] of (relations ?? []).entries()) {
        const read = await readRelation(rule);
        if (read.ok) continue;
        const document = parseDocument('evenkeel.yml', text);
        if (!document.ok) continue;
        const pointer = [
          'services',
          service.name,
          'config',
          entry,
          'relations',
          index,
          'rule',
        ].reduce<string>(pointerTo, '');
        const message = `this is no CEL expression over doc and files: ${read.message} (at character ${read.offset + 1})`;
        problems.push(problemAt(policy.path, document, { pointer, onKey: false, message }));
      }
    }
  }
  return problems;
}
