import { analyzeKind } from '../analyzer.ts';
import type { Change } from '../change.ts';
import type { Finding } from '../finding.ts';
import type { ServiceScope } from '../scope.ts';
import { sqlAnalyzer } from '../sql/index.ts';
import { treeOf, versionsOf } from '../text-revision.ts';
import type { Comparison } from './comparison.ts';

/** The rules on migrations over everything that `after` adds to, edits in or takes from `before`. */
export async function compareMigrations({ before, after }: Comparison): Promise<Finding[]> {
  const earlier = before.at(-1) ?? new Map<string, string>();
  const [versionsBefore, versionsAfter] = [versionsOf(earlier), versionsOf(after)];
  const changes: Change[] = [];
  for (const path of [...new Set([...earlier.keys(), ...after.keys()])].sort()) {
    const [one, other] = [versionsBefore.get(path), versionsAfter.get(path)];
    if (one === undefined && other !== undefined) changes.push({ status: 'added', path, after: other });
    else if (one !== undefined && other === undefined) changes.push({ status: 'removed', path, before: one });
    else if (one !== undefined && other !== undefined && one.digest !== other.digest)
      changes.push({ status: 'modified', path, before: one, after: other });
  }
  const findings = await analyzeKind(sqlAnalyzer, changes, {
    scope,
    before: treeOf(versionsBefore),
    after: treeOf(versionsAfter),
    observations: { commands: [], previews: [] },
    allChanges: changes,
  });
  return findings.map(withProof);
}

/** A lock that is waited for delays what works, and breaks nothing: `evenkeel check` blocks on it, this shows it. */
const delaying = 'sql/require-lock-timeout';

function withProof(finding: Finding): Finding {
  if (finding.ruleId === delaying) return { ...finding, level: 'warning' };
  return finding.level === 'error' && finding.proof === undefined
    ? { ...finding, proof: 'breaking' }
    : finding;
}

// No runner's conventions are known here, so every statement of a file counts.
const scope: ServiceScope = {
  name: '',
  paths: ['**'],
  config: [],
  schemas: [],
  migrations: { files: ['**'], runner: '' },
  code: { commands: [], timeoutSeconds: 0 },
};
