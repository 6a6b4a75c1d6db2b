import { defineRule } from '../../analyzer.ts';
import { isObject, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { lintWorkflowText, type LintFault } from '../workflow/lint-workflow-text.ts';
import { pointerAt, workflowsOf, type Workflow } from '../workflow/workflow.ts';

/** What actionlint finds in a GitHub workflow, as far as the change brings it in. */
export const lintWorkflow = defineRule<ConfigSubject>({
  id: 'config/lint-workflow',
  level: 'error',
  covers: ['add', 'remove', 'rename'],
  problem: 'GitHub refuses the workflow, or runs it with nothing where a value was meant.',
  remedy: 'Correct the workflow at this place.',
  async check(subject) {
    const workflows = workflowsOf(subject);
    if (workflows === undefined) return [];
    const { before, after } = workflows;
    const present = await lintWorkflowText(subject.path, after.text);
    if (!present.ok) {
      const message = `${subject.path} could not be looked at by actionlint`;
      const span = after.document.spanOf('/jobs') ?? after.document.spanOf('');
      return [
        {
          path: subject.path,
          key: 'lint',
          level: 'warning',
          message,
          proof: 'unproven',
          ...(span && { span }),
        },
      ];
    }
    if (present.faults.length === 0) return [];
    const former = before && (await lintWorkflowText(subject.path, before.text));
    const known = new Map<string, number>();
    for (const fault of former?.ok === true ? former.faults : []) {
      known.set(nameOf(fault), (known.get(nameOf(fault)) ?? 0) + 1);
    }
    const reports: Report[] = [];
    for (const fault of present.faults) {
      const left = known.get(nameOf(fault)) ?? 0;
      known.set(nameOf(fault), left - 1);
      if (left > 0) continue;
      reports.push(describe(subject, fault, after, before));
    }
    return reports;
  },
});

/** A fault without the places in its words. */
function nameOf({ kind, message }: LintFault): string {
  return `${kind} ${message.replaceAll(/line:\d+,col:\d+/g, '')}`;
}

function describe(
  { path }: ConfigSubject,
  fault: LintFault,
  after: Workflow,
  before: Workflow | undefined,
): Report {
  const start = { line: fault.line, column: Math.max(1, fault.column) };
  const pointer = pointerAt(after, start);
  const isWhole = isObject(valueAt(after.value, pointer));
  const spanIn = ({ document }: Workflow) =>
    (isWhole ? document.keySpanOf(pointer) : undefined) ?? document.spanOf(pointer);
  const beforeSpan = before && spanIn(before);
  return {
    path,
    key: `${fault.kind}:${pointer}`,
    // Long lists of what would be allowed help nobody.
    message: `${pointer === '' ? 'the workflow' : pointer}: ${fault.message.split('. ')[0]?.slice(0, 200) ?? ''}`,
    span: spanIn(after) ?? { start, end: { ...start, column: start.column + 1 } },
    ...(beforeSpan && pointer !== '' && { beforeSpan }),
    // GitHub refuses the file, or it takes nothing for the value, which may be meant.
    ...(isRefused(fault) ? {} : { level: 'warning' as const, proof: 'unproven' as const }),
  };
}

function isRefused({ kind, message }: LintFault): boolean {
  if (kind === 'expression') return !/not defined in object type|potentially untrusted/.test(message);
  return ['syntax-check', 'job-needs', 'events', 'id', 'permissions', 'glob', 'matrix'].includes(kind);
}
