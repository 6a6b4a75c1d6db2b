import { stateOfRollouts, steps } from './pinned-actions.ts';

/**
 * Takes rollouts that were left to themselves as far as they may go now. It runs where their state is; one that a deployment
 * drives is left to it, which the rollout's lock sees to. Between two runs nobody watches.
 */
export function advanceWorkflow(commit: string | null): string {
  return `name: evenkeel advance
on:
  schedule:
    - cron: '*/5 * * * *'
  workflow_dispatch:
permissions: {}
jobs:
  advance:
    # The state of rollouts is on this machine.
    runs-on: self-hosted
${stateOfRollouts}
    timeout-minutes: 30
    # Not the one of the deployments: of two runs that wait in a group GitHub drops the older, which could be a deployment.
    concurrency:
      group: evenkeel-advance
      cancel-in-progress: false
    permissions:
      contents: read
      deployments: write
      issues: write
      pull-requests: write
    steps:
${steps(commit, { inputs: ['command: advance', 'for: 4m'], checkout: ', clean: false' })}
`;
}
