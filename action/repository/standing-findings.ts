import { analyzeChanges, boundAnalyzers } from '../../analyzers/analyze-changes.ts';
import { kindOf, roadPaths } from '../../analyzers/claim.ts';
import type { Finding } from '../../analyzers/finding.ts';
import type { ServiceScope, Tree } from '../../analyzers/scope.ts';
import { readFiles } from './read-changes.ts';

/**
 * What the rules on configuration say of whole files, as if they had come just now: syntax, schema, secrets. Rules that
 * compare two versions have nothing to say about a file that did not change. What the change introduces is left out.
 */
export async function standingFindings(input: {
  repository: string;
  head: string;
  scopes: readonly ServiceScope[];
  before: Tree;
  after: Tree;
  introduced: readonly Finding[];
}): Promise<Finding[]> {
  const { repository, head, scopes, before, after, introduced } = input;
  const isConfig = (path: string) =>
    roadPaths.includes(path) || scopes.some((scope) => kindOf(path, scope, boundAnalyzers) === 'config');
  const files = await readFiles(repository, head, isConfig);
  const { findings } = await analyzeChanges({
    changes: files.map((file) => ({ status: 'added', path: file.path, after: file })),
    scopes,
    before,
    after,
    observations: { commands: [], previews: [] },
  });
  const known = new Set(introduced.map(placeOf));
  return findings.filter((finding) => finding.ruleId.startsWith('config/') && !known.has(placeOf(finding)));
}

// The fingerprint of a change names what was there before as well, so the place and the words are compared.
function placeOf({ ruleId, path, span, message }: Finding): string {
  return JSON.stringify([ruleId, path, span, message]);
}
