/**
 * What a token needs for each operation, as GitHub's documentation of the permissions of fine-grained tokens and apps
 * says. Several names: any of them does. `metadata` every token has; `members` (of the organisation) and `administration`
 * can never be given to a workflow's token.
 */
import type { OperationId } from './description/operations.ts';
import { operations } from './description/conformance.ts';
import type { Token } from './state.ts';

type Permission =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'deployments'
  | 'issues'
  | 'members'
  | 'metadata'
  | 'pull-requests'
  | 'statuses';

const conversation: Permission[] = ['issues', 'pull-requests'];

export const permissions: Record<OperationId, readonly Permission[]> = {
  'actions/create-workflow-dispatch': ['actions'],
  'actions/get-workflow-run': ['actions'],
  'actions/list-workflow-runs': ['actions'],
  'actions/list-workflow-runs-for-repo': ['actions'],
  'checks/create': ['checks'],
  'checks/get': ['checks'],
  'checks/list-annotations': ['checks'],
  'checks/list-for-ref': ['checks'],
  'checks/update': ['checks'],
  'git/create-ref': ['contents'],
  'git/delete-ref': ['contents'],
  'git/get-commit': ['contents'],
  'git/get-ref': ['contents'],
  'git/get-tree': ['contents'],
  'git/update-ref': ['contents'],
  'issues/add-labels': conversation,
  'issues/create': ['issues'],
  'issues/create-comment': conversation,
  'issues/delete-comment': conversation,
  'issues/get': ['issues'],
  'issues/get-comment': conversation,
  'issues/list-comments': conversation,
  'issues/list-comments-for-repo': conversation,
  'issues/list-events-for-timeline': conversation,
  'issues/list-for-repo': ['issues'],
  'issues/list-labels-on-issue': conversation,
  'issues/remove-label': conversation,
  'issues/update': conversation,
  'issues/update-comment': conversation,
  'pulls/create-review': ['pull-requests'],
  'pulls/dismiss-review': ['pull-requests'],
  'pulls/get': ['pull-requests'],
  'pulls/get-review': ['pull-requests'],
  'pulls/list': ['pull-requests'],
  'pulls/list-commits': ['pull-requests'],
  'pulls/list-files': ['pull-requests'],
  'pulls/list-reviews': ['pull-requests'],
  'pulls/merge': ['contents'],
  'rate-limit/get': ['metadata'],
  'reactions/create-for-issue-comment': ['issues'],
  'reactions/delete-for-issue-comment': ['issues'],
  'reactions/list-for-issue-comment': ['issues'],
  'repos/codeowners-errors': ['contents'],
  'repos/compare-commits': ['contents'],
  'repos/compare-commits-with-basehead': ['contents'],
  'repos/create-commit-status': ['statuses'],
  'repos/create-deployment': ['deployments'],
  'repos/create-deployment-status': ['deployments'],
  'repos/get': ['metadata'],
  'repos/get-branch': ['contents'],
  'repos/get-collaborator-permission-level': ['metadata'],
  'repos/get-combined-status-for-ref': ['statuses'],
  'repos/get-commit': ['contents'],
  'repos/get-content': ['contents'],
  'repos/get-deployment': ['deployments'],
  'repos/list-activities': ['contents'],
  'repos/list-collaborators': ['metadata'],
  'repos/list-commit-statuses-for-ref': ['statuses'],
  'repos/list-commits': ['contents'],
  'repos/list-deployment-statuses': ['deployments'],
  'repos/list-deployments': ['deployments'],
  'repos/list-pull-requests-associated-with-commit': ['pull-requests'],
  'repos/list-teams': ['administration'],
  'search/users': ['metadata'],
  'teams/get-by-name': ['members'],
  'teams/get-membership-for-user-in-org': ['members'],
  'teams/list-members-in-org': ['members'],
  'teams/list-pending-invitations-in-org': ['members'],
  'users/get-authenticated': ['metadata'],
  'users/get-by-id': ['metadata'],
  'users/get-by-username': ['metadata'],
};

/** Whether the token may do it. Reading what a public repository shows needs no permission of one. */
export function mayDo(token: Token, id: OperationId): boolean {
  const needed = permissions[id];
  const isRead = operations.find((operation) => operation.id === id)?.method === 'GET';
  return needed.some((name) => {
    if (name === 'metadata') return isRead;
    const given = token.permissions[name];
    return given === 'write' || (isRead && given === 'read');
  });
}
