/** Who answers which operation. */
import type { Handler } from '../call.ts';
import type { OperationId } from '../description/operations.ts';
import { checkHandlers } from './checks.ts';
import { commentHandlers } from './comments.ts';
import { deploymentHandlers } from './deployments.ts';
import { gitHandlers } from './git-objects.ts';
import { issueHandlers } from './issues.ts';
import { peopleHandlers } from './people.ts';
import { pullHandlers } from './pulls.ts';
import { repositoryHandlers } from './repository.ts';
import { reviewHandlers } from './reviews.ts';
import { statusHandlers } from './statuses.ts';
import { workflowHandlers } from './workflows.ts';

export const handlers: Record<OperationId, Handler> = {
  ...checkHandlers,
  ...commentHandlers,
  ...deploymentHandlers,
  ...gitHandlers,
  ...issueHandlers,
  ...peopleHandlers,
  ...pullHandlers,
  ...repositoryHandlers,
  ...reviewHandlers,
  ...statusHandlers,
  ...workflowHandlers,
};
