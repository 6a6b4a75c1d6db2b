import { defineRule } from '../../analyzer.ts';
import { valueAt } from '../../document/document.ts';
import { reportProblems } from '../../document/report-problems.ts';
import { compileValidator } from '../compile-validator.ts';
import type { SchemaSubject } from '../document.ts';

/** A schema that does not parse, or that no validator takes. */
export const parseSyntax = defineRule<SchemaSubject>({
  id: 'schema/parse-syntax',
  level: 'error',
  problem: 'Nobody can validate against the schema: everything is refused, or nothing is.',
  remedy: 'Correct the schema at this place.',
  async check({ after, flavour, path }, context) {
    if (after === undefined) return [];
    const { version, document } = after;
    const problems = reportProblems(version, document);
    if (document?.ok !== true) return problems;
    if (flavour === 'openapi') {
      if (typeof valueAt(document.value, '/openapi') === 'string') return problems;
      const message = `${path} has no "openapi" version, so it is not an OpenAPI 3 description`;
      return [
        ...problems,
        {
          path,
          key: 'openapi',
          message,
          span: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
        },
      ];
    }
    const validator = await compileValidator(document.value, path, context.after);
    if (validator.ok) return problems;
    const span = document.spanOf('');
    return [...problems, { path, key: 'unusable', message: validator.message, ...(span && { span }) }];
  },
});
