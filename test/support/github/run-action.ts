import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the runner would see of one step. */
export interface StepResult {
  exitCode: number | null;
  /** With the runner's commands (`::error …`), as the log has it. */
  log: string;
  outputs: Record<string, string>;
  summary: string;
}

export interface Step {
  bundle: string;
  directory: string;
  /** Where the runner's own files go; outside of the repository. */
  temporary: string;
  apiUrl: string;
  eventName: string;
  event: unknown;
  sha: string;
  inputs?: Record<string, string>;
  runAttempt?: number;
}

/** Runs the built bundle as a step of a workflow: in a process of its own, with the runner's environment and no other. */
export async function runAction(step: Step): Promise<StepResult> {
  mkdirSync(step.temporary, { recursive: true });
  const file = (name: string, text: string): string => {
    const path = join(step.temporary, name);
    writeFileSync(path, text);
    return path;
  };
  const outputFile = file('output', '');
  const summaryFile = file('summary', '');
  const inputs = { token: 'secret-token', ...step.inputs };
  const child = spawn(process.execPath, [step.bundle], {
    cwd: step.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: step.temporary,
      CI: 'true',
      ...(process.env['EVENKEEL_PULUMI'] === undefined
        ? {}
        : { EVENKEEL_PULUMI: process.env['EVENKEEL_PULUMI'] }),
      GITHUB_ACTIONS: 'true',
      GITHUB_API_URL: step.apiUrl,
      GITHUB_EVENT_NAME: step.eventName,
      GITHUB_EVENT_PATH: file('event.json', JSON.stringify(step.event)),
      GITHUB_JOB: 'check',
      GITHUB_OUTPUT: outputFile,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ATTEMPT: String(step.runAttempt ?? 1),
      GITHUB_RUN_ID: '77',
      GITHUB_SHA: step.sha,
      GITHUB_STEP_SUMMARY: summaryFile,
      GITHUB_WORKSPACE: step.directory,
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    },
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const summary = existsSync(summaryFile) ? readFileSync(summaryFile, 'utf8') : '';
  return { exitCode, log, outputs: readOutputs(readFileSync(outputFile, 'utf8')), summary };
}

/** `name<<delimiter`, lines, `delimiter`: how a step hands its outputs to the runner. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)) {
    outputs[name] = value;
  }
  return outputs;
}
