/** The Action's door: turns the event into a command, hands it the world, publishes what it answers. Decides nothing itself. */
import { getInput, notice, setFailed, setOutput, setSecret } from '@actions/core';
import { Failure } from '../stacks/failure.ts';
import type { CommandContext, CommandResult } from './commands/command.ts';
import { readInputs, type OutputName } from './inputs.ts';

async function main(): Promise<void> {
  try {
    const inputs = readInputs(getInput);
    if (inputs.token !== undefined) setSecret(inputs.token);
    // Commands that the policy declares run with our environment; what the pull request brings along gets no token.
    delete process.env['INPUT_TOKEN'];
    const { readEvent } = await import('./github/event.ts');
    const event = readEvent(process.env);
    const command = inputs.command ?? (event.name === 'pull_request' ? 'check' : 'deploy');
    if (command === 'check') {
      const { checkInWorkflow } = await import('./github/check-in-workflow.ts');
      publish('check', await checkInWorkflow(event, inputs, contextOf()));
    } else if (command === 'deploy') {
      const { deployInWorkflow } = await import('./github/deploy-in-workflow.ts');
      publish('deploy', await deployInWorkflow(event, inputs, contextOf()));
    } else {
      throw new Failure(
        'input',
        'command-unknown',
        `the input \`command\` is ${JSON.stringify(command)}; it can be check or deploy`,
      );
    }
  } catch (error) {
    fail(error);
  }
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
