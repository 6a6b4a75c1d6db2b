/** Workflow runs, and starting one by hand. */
import { resolveCommit } from '../bare-repository.ts';
import { noContent, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf } from '../json.ts';
import { workflowRunBody } from '../shapes/workflow-run.ts';
import { nextId, type WorkflowRun } from '../state.ts';

function listed(call: Call, runs: readonly WorkflowRun[]): unknown {
  const { event, status, head_sha: sha, branch } = call.query;
  const found = runs
    .filter((run) => event === undefined || run.event === event)
    .filter((run) => status === undefined || run.status === status || run.conclusion === status)
    .filter((run) => sha === undefined || run.headCommit === sha)
    .filter((run) => branch === undefined || run.headBranch === branch)
    .reverse();
  return { total_count: found.length, workflow_runs: found.map((run) => workflowRunBody(call, run)) };
}

const fileOf = (call: Call): string => `.github/workflows/${textOf(call.path['workflow_id'])}`;

export const workflowHandlers = {
  'actions/list-workflow-runs-for-repo': (call) => ok(listed(call, call.state.runs)),
  'actions/list-workflow-runs': (call) =>
    ok(
      listed(
        call,
        call.state.runs.filter(({ path }) => path === fileOf(call)),
      ),
    ),
  'actions/get-workflow-run': (call) => {
    const run = call.state.runs.find(({ id }) => id === call.path['run_id']);
    return run === undefined ? notFound : ok(workflowRunBody(call, run));
  },
  'actions/create-workflow-dispatch': (call) => {
    const ref = textOf(call.body['ref']);
    const sha = resolveCommit(call.git, ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);
    if (sha === null) return refusal(422, `No ref found for: ${ref}`);
    call.state.runs.push({
      id: nextId(call.state),
      name: textOf(call.path['workflow_id']),
      path: fileOf(call),
      event: 'workflow_dispatch',
      headBranch: ref.replace(/^refs\/heads\//, ''),
      headCommit: sha,
      status: 'queued',
      conclusion: null,
      attempt: 1,
      by: call.token.by,
      at: call.now,
    });
    return noContent;
  },
} satisfies Record<string, Handler>;
