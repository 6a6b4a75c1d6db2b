import { defineRule } from '../../analyzer.ts';
import { afterOf } from '../../change.ts';
import { isObject, valueAt } from '../../document/document.ts';
import { reportProblems } from '../../document/report-problems.ts';
import type { Report } from '../../finding.ts';
import type { InfraSubject, ProjectFile } from '../document.ts';

export const parseSyntax = defineRule<InfraSubject>({
  id: 'infra/parse-syntax',
  level: 'error',
  covers: ['add'],
  problem:
    'Pulumi cannot read the project or the settings of a stack, so nothing can be deployed or rolled back with it.',
  remedy: 'Correct the file; a project has at least a name and a runtime.',
  *check({ projectFiles }): Iterable<Report> {
    for (const file of projectFiles) yield* reportsOn(file);
  },
});

function* reportsOn({ change, isProject, document }: ProjectFile): Generator<Report> {
  const version = afterOf(change);
  if (version === undefined) return;
  yield* reportProblems(version, document);
  if (document?.ok !== true) return;
  const { path } = version;
  const span = document.spanOf('');
  const place = { path, ...(span && { span: { start: span.start, end: span.start } }) };
  const { value } = document;
  if (!isObject(value)) {
    // A stack without settings may well be an empty file.
    if (isProject || value !== null)
      yield { ...place, key: 'shape', message: `${path} is not a map of settings` };
    return;
  }
  if (!isProject) return;
  if (typeof value['name'] !== 'string' || value['name'] === '') {
    yield { ...place, key: 'name', message: `${path} gives the project no name` };
  }
  const runtime = valueAt(value, '/runtime/name') ?? value['runtime'];
  if (typeof runtime !== 'string' || runtime === '') {
    yield { ...place, key: 'runtime', message: `${path} does not say which runtime the program is for` };
  }
}
