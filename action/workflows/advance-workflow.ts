import { stateOfRollouts, steps } from './pinned-actions.ts';

/**
 * Takes rollouts that were left to themselves as far as they may go now. It runs where their state is, and beside no
 * deployment: a group holds one run, and the lock of a rollout sees to the rest. Between two runs nobody watches.
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
    # The one of the deployments to production: neither ever cuts the other short.
    concurrency:
      group: evenkeel-deploy-production
      cancel-in-progress: false
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: read
      statuses: read
    steps:
${steps(commit, { inputs: ['command: advance', 'for: 4m'], checkout: ', clean: false' })}
`;
}
