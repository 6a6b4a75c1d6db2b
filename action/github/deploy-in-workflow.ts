import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summary } from '@actions/core';
import { inputFailure } from '../../stacks/failure.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import type { Inputs } from '../inputs.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import type { WorkflowEvent } from './event.ts';

/**
 * Deploys the event's commit with the reviews that GitHub knows of. The approval is decided by the deploy command, as
 * in a terminal: this only gathers the evidence.
 */
export async function deployInWorkflow(
  event: WorkflowEvent,
  inputs: Inputs,
  context: CommandContext,
): Promise<CommandResult> {
  if (event.name === 'pull_request') {
    throw inputFailure(
      'event-unsupported',
      'a pull request is not deployed: its code has not landed; use `command: deploy` on push or workflow_dispatch',
    );
  }
  const head = inputs.head ?? event.commit;
  const directory = mkdtempSync(join(context.env['RUNNER_TEMP'] ?? tmpdir(), 'evenkeel-evidence-'));
  try {
    const evidence = inputs.evidence ?? (await writeEvidence(directory, event, head, inputs, context));
    const { deployCommand } = await import('../commands/deploy.ts');
    const { service, environment, base } = inputs;
    const values = { service, environment, base, head, evidence };
    const result = await deployCommand.run({ values, positionals: [] }, context);
    if (context.env['GITHUB_STEP_SUMMARY'] !== undefined)
      await summary.addRaw([summaryOf(result), result.summary ?? ''].join('\n\n'), true).write();
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The path of the evidence file; undefined when no merged pull request brought the commit. */
async function writeEvidence(
  directory: string,
  event: WorkflowEvent,
  commit: string,
  inputs: Inputs,
  context: CommandContext,
): Promise<string | undefined> {
  const { gitHubFailure, openGitHub } = await import('./octokit.ts');
  const { gatherEvidence } = await import('./evidence.ts');
  const github = openGitHub(inputs.token, context.env, (line) => context.progress(line));
  const repository = { github, owner: event.owner, repo: event.repository };
  const evidence = await gatherEvidence(repository, commit).catch((error: unknown) => {
    throw gitHubFailure('the reviews could not be read', error);
  });
  if (evidence === null) {
    context.progress(`no merged pull request brought ${commit.slice(0, 12)}, so nobody has approved it`);
    return undefined;
  }
  const path = join(directory, 'evidence.json');
  writeFileSync(path, JSON.stringify(evidence), { mode: 0o600 });
  return path;
}

function summaryOf({ decision, reasonCode, text }: CommandResult): string {
  const lines = text.split('\n').map((line) => escapeMarkdown(line.trimEnd()));
  return [
    `### Evenkeel: ${escapeMarkdown(decision)} (${escapeMarkdown(reasonCode)})`,
    '',
    ...lines.join('<br>\n').split('\n'),
  ].join('\n');
}
