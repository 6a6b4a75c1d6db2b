import { analyzeKind } from '../analyzer.ts';
import { configAnalyzer } from '../config/index.ts';
import type { Change } from '../change.ts';
import type { Finding } from '../finding.ts';
import type { ServiceScope } from '../scope.ts';
import type { Comparison, TextTree } from './comparison.ts';
import { treeOf, versionsOf } from './compare-migrations.ts';

/** The rules on configuration over every file that differs. What is only questioned there is `unproven` here. */
export async function compareConfigTexts({ before, after }: Comparison): Promise<Finding[]> {
  const earlier: TextTree = before.at(-1) ?? new Map();
  const [versionsBefore, versionsAfter] = [versionsOf(earlier), versionsOf(after)];
  const changes: Change[] = [];
  for (const [path, version] of versionsAfter) {
    const old = versionsBefore.get(path) ?? onlyOne(versionsBefore, versionsAfter);
    if (old === undefined) changes.push({ status: 'added', path, after: version });
    else if (old.digest !== version.digest)
      changes.push({ status: 'modified', path, before: old, after: version });
  }
  const findings = await analyzeKind(configAnalyzer, changes, {
    scope,
    before: treeOf(versionsBefore),
    after: treeOf(versionsAfter),
    observations: { commands: [], previews: [] },
  });
  return findings.map((finding): Finding => {
    if (finding.proof !== undefined || finding.level === 'note') return finding;
    return { ...finding, proof: finding.level === 'error' ? 'breaking' : 'unproven' };
  });
}

/** Two single files are two versions of one, whatever they are called. */
function onlyOne<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): T | undefined {
  return before.size === 1 && after.size === 1 ? [...before.values()][0] : undefined;
}

const scope: ServiceScope = {
  name: '',
  paths: ['**'],
  config: [{ files: ['**'] }],
  schemas: [],
  code: { commands: [], timeoutSeconds: 0 },
};
