import { stateOfRollouts, steps } from './pinned-actions.ts';

/**
 * The workflow that rolls out. A dispatched command has a job of its own: an abort must not wait for the rollout that it
 * is about. What a person typed reaches the Action as an input, and never a shell.
 */
export function deployWorkflow(branch: string, commit: string | null): string {
  return `name: evenkeel deploy
on:
  push:
    branches: [${JSON.stringify(branch)}]
  workflow_dispatch:
    inputs:
      command:
        description: 'deploy, or a command: status, promote, pause, resume, abort, rollback [to RELEASE], confirm DIGEST …'
        type: string
        default: deploy
      service:
        description: 'The service; needed where there are several.'
        type: string
      environment:
        description: 'The environment; left empty the waves of the policy, or else production.'
        type: string
      detach:
        description: 'Take the first steps only, and leave the rest to evenkeel-advance.yml.'
        type: boolean
        default: false
permissions: {}
jobs:
  deploy:
    if: github.event_name == 'push' || inputs.command == 'deploy'
    # The local target runs the service on this machine: give it one that stays.
    runs-on: self-hosted
${stateOfRollouts}
    timeout-minutes: 360
    environment: \${{ inputs.environment || 'production' }}
    # One rollout at a time, and none is ever cut short.
    concurrency:
      group: evenkeel-deploy-\${{ inputs.environment || 'production' }}
      cancel-in-progress: false
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: write
      statuses: read
    steps:
${steps(commit, { inputs: ['command: deploy', 'service: ${{ inputs.service }}', 'environment: ${{ inputs.environment }}', "detach: ${{ inputs.detach || 'false' }}"], checkout: ', clean: false' })}
  command:
    if: github.event_name == 'workflow_dispatch' && inputs.command != 'deploy'
    runs-on: self-hosted
${stateOfRollouts}
    timeout-minutes: 120
    permissions:
      contents: read
      checks: read
      deployments: write
      issues: write
      pull-requests: write
      statuses: read
    steps:
${steps(commit, { inputs: ['command: ${{ inputs.command }}', 'service: ${{ inputs.service }}', 'environment: ${{ inputs.environment }}'], checkout: ', clean: false' })}
`;
}
