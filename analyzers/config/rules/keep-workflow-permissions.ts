import { defineRule } from '../../analyzer.ts';
import type { ConfigSubject } from '../document.ts';
import { reportWiderRights } from '../workflow/report-wider-rights.ts';
import { workflowsOf } from '../workflow/workflow.ts';

/** What a GitHub workflow may do, for whom, and with whose code. */
export const keepWorkflowPermissions = defineRule<ConfigSubject>({
  id: 'config/keep-workflow-permissions',
  level: 'warning',
  covers: ['add', 'widen'],
  problem: 'Code that nobody of the project has looked at runs with rights or secrets of the repository.',
  remedy: 'Grant what the job needs and no more, and name actions by a commit or a version.',
  check(subject) {
    const workflows = workflowsOf(subject);
    return workflows === undefined ? [] : reportWiderRights(subject.path, workflows.before, workflows.after);
  },
});
