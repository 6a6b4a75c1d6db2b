import { checkWorkflowName } from './check-workflow.ts';
import { stateOfRollouts, steps } from './pinned-actions.ts';

/**
 * The workflow that may write. It runs from the default branch, and never runs or checks out what a pull request
 * brings: `review` reads it as git objects. Its second job carries out commands where the state of rollouts is.
 */
export function approvalWorkflow(commit: string | null): string {
  return `name: evenkeel approval
on:
  pull_request_target:
    types: [opened, synchronize, reopened, edited, labeled, unlabeled, ready_for_review, converted_to_draft]
  workflow_run:
    workflows: [${checkWorkflowName}]
    types: [completed]
  issue_comment:
    types: [created, edited, deleted]
  # What an event that was lost would have told: every run reads everything anew.
  schedule:
    - cron: '17 * * * *'
permissions: {}
jobs:
  review:
    if: github.event_name != 'issue_comment' || github.event.issue.pull_request
    runs-on: ubuntu-latest
    timeout-minutes: 30
    # A run that waits may be replaced by a later one, which sees what it would have seen.
    concurrency:
      group: evenkeel-review-\${{ github.event.pull_request.number || github.event.issue.number || github.event.workflow_run.pull_requests[0].number || github.event.workflow_run.head_sha || 'all' }}
      cancel-in-progress: false
    permissions:
      contents: read
      checks: write
      pull-requests: write
      statuses: read
    steps:
${steps(commit, { inputs: ['command: review'] })}
  commands:
    if: github.event_name == 'issue_comment' || github.event_name == 'schedule'
    # The state of rollouts is on this machine.
    runs-on: self-hosted
${stateOfRollouts}
    timeout-minutes: 120
    # No concurrency group: an abort must not wait for a command that takes long. The audit log keeps each to once.
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: read
      statuses: read
    steps:
${steps(commit, { inputs: ['command: commands'], checkout: ', clean: false' })}
`;
}
