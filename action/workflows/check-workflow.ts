import { steps } from './pinned-actions.ts';

export const checkWorkflowName = 'evenkeel check';

/**
 * The workflow that runs what a pull request brings, forks included, with a token that can only read. A review starts
 * it too: that run does nothing but to end, and its end reaches the approval workflow, which has rights. It has a name
 * of its own, since the check run of a job that does nothing would stand in for the one that a branch rule asks for.
 */
export function checkWorkflow(commit: string | null): string {
  const withoutReview = "github.event_name != 'pull_request_review'";
  const guarded = steps(commit, { inputs: ['command: check'] }).replace(
    /^( {6}- uses: .*)$/gm,
    `$1\n        if: ${withoutReview}`,
  );
  return `name: ${checkWorkflowName}
on:
  pull_request:
  merge_group:
  pull_request_review:
    types: [submitted, edited, dismissed]
permissions: {}
concurrency:
  group: evenkeel-check-\${{ github.event_name }}-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true
jobs:
  check:
    name: \${{ github.event_name == 'pull_request_review' && 'evenkeel review seen' || 'evenkeel check' }}
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
    steps:
${guarded}
`;
}
