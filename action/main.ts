/** The Action's door: turns the event into a command, hands it the world, publishes what it answers. Decides nothing itself. */
import { getInput, notice, setFailed, setOutput, setSecret } from '@actions/core';
import { Failure } from '../stacks/failure.ts';
import type { CommandContext, CommandResult } from './commands/command.ts';
import type { EventName, WorkflowEvent } from './github/event.ts';
import { readInputs, type Inputs, type OutputName } from './inputs.ts';

async function main(): Promise<void> {
  try {
    const inputs = readInputs(getInput);
    if (inputs.token !== undefined) setSecret(inputs.token);
    // Commands that the policy declares run with our environment; what the pull request brings along gets no token.
    delete process.env['INPUT_TOKEN'];
    const { readEvent } = await import('./github/event.ts');
    const event = readEvent(process.env);
    await route(event, inputs);
  } catch (error) {
    fail(error);
  }
}

/** Each door loads what it needs and nothing else. */
async function route(event: WorkflowEvent, inputs: Inputs): Promise<void> {
  const command = inputs.command ?? usualCommands[event.name];
  switch (command) {
    case 'check': {
      refuseToRunCode(event);
      const { checkInWorkflow } = await import('./github/check-in-workflow.ts');
      publish('check', await checkInWorkflow(event, inputs, contextOf()));
      return;
    }
    case 'review': {
      const { reviewInWorkflow } = await import('./github/review-in-workflow.ts');
      publish('review', await reviewInWorkflow(event, inputs, contextOf()));
      return;
    }
    case 'deploy': {
      const { deployInWorkflow } = await import('./github/deploy-in-workflow.ts');
      await withTickets(event, inputs, async (context) => {
        publish('deploy', await deployInWorkflow(event, inputs, context));
      });
      return;
    }
    case 'advance': {
      const { advanceInWorkflow } = await import('./github/advance-in-workflow.ts');
      await withTickets(event, inputs, async (context) => {
        publish('advance', await advanceInWorkflow(event, inputs, context));
      });
      return;
    }
    case 'commands': {
      const { sweepCommands } = await import('./github/commands/sweep-commands.ts');
      await withTickets(event, inputs, async (context) => {
        publish('commands', await sweepCommands(event, inputs, context));
      });
      return;
    }
    default:
      if (event.name === 'workflow_dispatch') {
        const { dispatchCommand } = await import('./github/commands/dispatch-command.ts');
        await withTickets(event, inputs, async (context) => {
          publish('commands', await dispatchCommand(event, inputs, context));
        });
        return;
      }
      throw new Failure(
        'input',
        'command-unknown',
        `the input \`command\` is ${JSON.stringify(command)}; it can be check, review, commands, deploy or advance`,
      );
  }
}

/** What an event is for in the workflows that `init` writes. */
const usualCommands: Record<EventName, string> = {
  pull_request: 'check',
  pull_request_review: 'check',
  merge_group: 'check',
  pull_request_target: 'review',
  workflow_run: 'review',
  issue_comment: 'review',
  schedule: 'review',
  push: 'deploy',
  workflow_dispatch: 'deploy',
};

/** A trust boundary: these events come with rights and secrets, and `check` runs what a policy declares on a change's code. */
function refuseToRunCode({ name }: WorkflowEvent): void {
  const isPrivileged = ['pull_request_target', 'workflow_run', 'issue_comment'].includes(name);
  if (!isPrivileged) return;
  throw new Failure(
    'input',
    'event-unsupported',
    `\`command: check\` runs the code of a change, and a job of the event ${name} has rights that this code must not get; use \`command: review\` there, and check on pull_request`,
  );
}

function contextOf(): CommandContext {
  const interruption = new AbortController();
  process.on('SIGINT', () => interruption.abort());
  process.on('SIGTERM', () => interruption.abort());
  return {
    workingDirectory: process.env['GITHUB_WORKSPACE'] ?? process.cwd(),
    env: process.env,
    now: () => new Date(),
    signal: interruption.signal,
    isTerminal: false,
    print: (line) => void process.stdout.write(`${line}\n`),
    progress: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** With the view of rollouts on GitHub, for the doors that drive one. Without a token they say themselves what is missing. */
async function watchedContext(event: WorkflowEvent, { token }: Inputs): Promise<CommandContext> {
  const context = contextOf();
  if (token === undefined) return context;
  const { openGitHub } = await import('./github/octokit.ts');
  const { openDeploymentView } = await import('./github/deployment-view.ts');
  const progress = (line: string): void => context.progress(line);
  const github = openGitHub(token, context.env, progress);
  const repository = { github, owner: event.owner, repo: event.repository };
  const now = (): Date => context.now();
  return {
    ...context,
    openRolloutView: (rollout) =>
      openDeploymentView({ repository, rollout, now, progress, endTimeoutMs: 20_000 }),
  };
}

/** Carries out a command that may drive a rollout, then opens the tickets that are due, however the command ended. */
async function withTickets(
  event: WorkflowEvent,
  inputs: Inputs,
  carryOut: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const context = await watchedContext(event, inputs);
  try {
    await carryOut(context);
  } finally {
    if (inputs.token !== undefined) {
      const { openGitHub } = await import('./github/octokit.ts');
      const { openTickets } = await import('./github/tickets/open-tickets.ts');
      const progress = (line: string): void => context.progress(line);
      const github = openGitHub(inputs.token, context.env, progress);
      await openTickets({
        repository: { github, owner: event.owner, repo: event.repository },
        directory: context.workingDirectory,
        env: context.env,
        now: () => context.now(),
        progress,
      });
    }
  }
}

/** Waiting is neither right nor wrong: it is a notice, and the step goes on. */
function publish(name: string, { exitCode, decision, reasonCode, result, text }: CommandResult): void {
  output('decision', decision);
  output('reason-code', reasonCode);
  output('result', JSON.stringify({ schema: `evenkeel/${name}/v1`, decision, reasonCode, result }));
  // A line of the repository's that starts with `::` would be a command to the runner.
  process.stdout.write(`${text.replace(/^(\s*)(?=::|##\[)/gm, '$1\u200b')}\n`);
  if (exitCode === 0) return;
  if (exitCode === 3) notice(text, { title: `Evenkeel: waiting (${reasonCode})` });
  else setFailed(lastLine(text));
}

function fail(error: unknown): void {
  const isOurs = error instanceof Failure;
  output('decision', 'failed');
  output('reason-code', isOurs ? error.reasonCode : 'unexpected');
  const message = error instanceof Error ? error.message : String(error);
  setFailed(isOurs ? message : `unexpected failure: ${message.split('\n')[0] ?? ''}`);
}

function output(name: OutputName, value: string): void {
  setOutput(name, value);
}

function lastLine(text: string): string {
  return (text.trimEnd().split('\n').at(-1) ?? '').trim();
}

await main();
