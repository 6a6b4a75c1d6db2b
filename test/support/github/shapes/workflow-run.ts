import { readCommit } from '../bare-repository.ts';
import type { View } from '../call.ts';
import type { JsonObject } from '../json.ts';
import type { WorkflowRun } from '../state.ts';
import { nodeId, userOrNull, webUrl } from './people.ts';
import { repositoryBody, repositoryUrl } from './repository.ts';

/** A run of a workflow as GitHub's API words it. */
export function workflowRunBody(view: View, run: WorkflowRun): JsonObject {
  const self = `${repositoryUrl(view)}/actions/runs/${run.id}`;
  const commit = readCommit(view.git, run.headCommit);
  const repository = repositoryBody(view);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: 90_000,
    check_suite_node_id: nodeId('CheckSuite', 90_000),
    head_branch: run.headBranch,
    head_sha: run.headCommit,
    path: run.path,
    run_number: 1,
    run_attempt: run.attempt,
    referenced_workflows: [],
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 60_000,
    url: self,
    html_url: `${webUrl}/${view.state.organisation}/${view.state.repository}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.at,
    updated_at: run.at,
    run_started_at: run.at,
    actor: userOrNull(view, run.by),
    triggering_actor: userOrNull(view, run.by),
    jobs_url: `${self}/jobs`,
    logs_url: `${self}/logs`,
    check_suite_url: `${repositoryUrl(view)}/check-suites/90000`,
    artifacts_url: `${self}/artifacts`,
    cancel_url: `${self}/cancel`,
    rerun_url: `${self}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${repositoryUrl(view)}/actions/workflows/60000`,
    head_commit:
      commit === undefined
        ? null
        : {
            id: commit.sha,
            tree_id: commit.tree,
            message: commit.message,
            timestamp: commit.committer.at,
            author: { name: commit.author.name, email: commit.author.email },
            committer: { name: commit.committer.name, email: commit.committer.email },
          },
    repository,
    head_repository: repository,
    display_title: run.name,
  };
}
