import { resolve } from 'node:path';
import { summary } from '@actions/core';
import type { GatePerson } from '../../policies/gates/gate-evidence.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { evidenceFile, type ApprovalSource } from '../deployer/approval-source.ts';
import type { Inputs } from '../inputs.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import type { WorkflowEvent } from './event.ts';

/**
 * Deploys the event's commit with the reviews that GitHub knows of. What is decided, and when, is the same as in a
 * terminal: this only says where the reviews are read, now and before each step that widens.
 */
export async function deployInWorkflow(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  if (event.name !== 'push' && event.name !== 'workflow_dispatch') {
    throw inputFailure(
      'event-unsupported',
      `on ${event.name} nothing is deployed: what it is about has not landed; use \`command: deploy\` on push or workflow_dispatch`,
    );
  }
  const { service, environment, base } = inputs;
  const repository = repositoryRoot(context.workingDirectory);
  const head = inputs.head ?? event.commit;
  const { startDeployment } = await import('../deployer/start-deployment.ts');
  const result = await startDeployment({
    repository,
    service,
    environment,
    base,
    head,
    source:
      inputs.evidence === undefined
        ? await reviewsOnGitHub(event, repository, head, inputs, context)
        : evidenceFile(resolve(context.workingDirectory, inputs.evidence)),
    actor: actorOf(event, context.env),
    isDetached: isTrue(inputs.detach),
    context,
  });
  if (context.env['GITHUB_STEP_SUMMARY'] !== undefined)
    await summary.addRaw([summaryOf(result), result.summary ?? ''].join('\n\n'), true).write();
  return result;
}

/** As a workflow writes a boolean; anything else is a slip, and none of the two. */
function isTrue(written: string | undefined): boolean {
  if (written === undefined || written === 'false') return false;
  if (written === 'true') return true;
  throw inputFailure('usage', `the input \`detach\` is ${JSON.stringify(written)}; it can be true or false`);
}

async function reviewsOnGitHub(
  { owner, repository: repo }: WorkflowEvent,
  directory: string,
  head: string,
  { token }: Inputs,
  { env, signal, progress }: CommandContext,
): Promise<ApprovalSource> {
  const { openGitHub } = await import('./octokit.ts');
  const { gitHubEvidence } = await import('./gather/github-evidence.ts');
  const github = openGitHub(token, env, (line) => progress(line));
  const fetching = { repository: directory, token, env, signal };
  return gitHubEvidence({ github, owner, repo }, head, { fetching });
}

/**
 * Who asks for the deployment: the sender of a dispatch, who pushed or merged otherwise. Somebody else who runs the job
 * again is named to the job without a number, and so stays one who cannot be told apart from anybody.
 */
function actorOf(event: WorkflowEvent, env: CommandContext['env']): GatePerson {
  const { GITHUB_ACTOR: actor = '', GITHUB_ACTOR_ID: id = '', GITHUB_TRIGGERING_ACTOR: again = actor } = env;
  if (again !== actor) return { id: null, login: again };
  if (event.name === 'workflow_dispatch') return { id: event.sender.id, login: event.sender.login };
  return { id: /^\d{1,15}$/.test(id) ? Number(id) : null, login: actor };
}

function summaryOf({ decision, reasonCode, text }: CommandResult): string {
  const lines = text.split('\n').map((line) => escapeMarkdown(line.trimEnd()));
  return [
    `### Evenkeel: ${escapeMarkdown(decision)} (${escapeMarkdown(reasonCode)})`,
    '',
    ...lines.join('<br>\n').split('\n'),
  ].join('\n');
}
