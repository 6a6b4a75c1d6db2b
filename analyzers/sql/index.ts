import type { AnalysisContext, Analyzer } from '../analyzer.ts';
import { afterOf, textOf, type Change } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import { sqlRules } from '../rules.generated.ts';
import { parseSql, type SqlSubject } from './document.ts';
import { loadParser } from './parser.ts';

/** Postgres migrations: the files that a service's policy names under `migrations`. */
export const sqlAnalyzer: Analyzer<SqlSubject> = {
  kind: 'sql',
  claims: (path, scope) => matchesGlobs(path, scope.migrations?.files ?? []),
  subjects: readSubjects,
  rules: sqlRules,
};

async function readSubjects(changes: readonly Change[], context: AnalysisContext): Promise<SqlSubject[]> {
  if (changes.length === 0) return [];
  const parser = await loadParser();
  const runner = context.scope.migrations?.runner ?? '';
  return changes.map((change) => {
    const text = textOf(afterOf(change));
    if (text === undefined) return { change, runner };
    return { change, runner, after: parseSql(parser, text, change.path, runner) };
  });
}
