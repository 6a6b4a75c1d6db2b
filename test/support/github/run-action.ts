/** One step of a workflow: the built bundle in a process of its own, with the runner's environment and no other. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowToken } from './fake-github.ts';
import { member, textOf } from './json.ts';
import type { Store } from './store.ts';
import { resolveCommit } from './bare-repository.ts';

/** What the runner would see of one step. */
export interface StepResult {
  exitCode: number | null;
  /** With the runner's commands (`::error …`), as the log has it. */
  log: string;
  outputs: Record<string, string>;
  summary: string;
}

export interface Step {
  /** The file that is run: `index.js` of a bundle. */
  bundle: string;
  directory: string;
  /** Where the runner's own files go; outside of the repository. */
  temporary: string;
  apiUrl: string;
  eventName: string;
  event: unknown;
  sha: string;
  /** As the event gives it, unless it is named. */
  ref?: string;
  inputs?: Record<string, string>;
  /** What the job adds. */
  env?: Record<string, string>;
  /** `owner/name`; the fake's own, unless named. */
  repository?: string;
  workflow?: string;
  job?: string;
  runId?: number;
  runAttempt?: number;
  actor?: string;
  /** The run is cancelled when this is done: the step gets an interrupt, as from the runner. */
  cancelled?: Promise<unknown>;
  /** The machine is gone when this is done. */
  killed?: Promise<unknown>;
}

/** Runs it to its end. */
export async function runAction(step: Step): Promise<StepResult> {
  mkdirSync(step.temporary, { recursive: true });
  const file = (name: string, text: string): string => {
    const path = join(step.temporary, name);
    writeFileSync(path, text);
    return path;
  };
  const outputFile = file('output', '');
  const summaryFile = file('summary', '');
  const files = { outputFile, summaryFile, eventFile: file('event.json', JSON.stringify(step.event)) };
  const child = spawn(process.execPath, [step.bundle], {
    cwd: step.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentOf(step, files),
  });
  void step.cancelled?.then(() => child.kill('SIGINT'));
  void step.killed?.then(() => child.kill('SIGKILL'));
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

function environmentOf(
  step: Step,
  files: { outputFile: string; summaryFile: string; eventFile: string },
): Record<string, string> {
  const inputs = { token: workflowToken, ...step.inputs };
  const repository = step.repository ?? 'acme/shop';
  const pulumi = process.env['EVENKEEL_PULUMI'];
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: step.temporary,
    CI: 'true',
    ...(pulumi === undefined ? {} : { EVENKEEL_PULUMI: pulumi }),
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: step.actor ?? 'ada',
    GITHUB_API_URL: step.apiUrl,
    GITHUB_BASE_REF: textOf(member(step.event, 'pull_request', 'base', 'ref')),
    GITHUB_EVENT_NAME: step.eventName,
    GITHUB_EVENT_PATH: files.eventFile,
    GITHUB_HEAD_REF: textOf(member(step.event, 'pull_request', 'head', 'ref')),
    GITHUB_JOB: step.job ?? 'check',
    GITHUB_OUTPUT: files.outputFile,
    GITHUB_REF: step.ref ?? 'refs/heads/main',
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_OWNER: repository.split('/')[0] ?? '',
    GITHUB_RUN_ATTEMPT: String(step.runAttempt ?? 1),
    GITHUB_RUN_ID: String(step.runId ?? 77),
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_SHA: step.sha,
    GITHUB_STEP_SUMMARY: files.summaryFile,
    GITHUB_WORKFLOW: step.workflow ?? 'evenkeel',
    GITHUB_WORKSPACE: step.directory,
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: step.temporary,
    ...step.env,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  };
}

/** What GITHUB_REF and GITHUB_SHA are for an event; null when GitHub would start nothing, since it cannot be merged. */
export function placeOf(
  { state, git }: Store,
  name: string,
  event: unknown,
): { ref: string; sha: string } | null {
  const at = (ref: string): { ref: string; sha: string } | null => {
    const sha = resolveCommit(git, ref);
    return sha === null ? null : { ref, sha };
  };
  switch (name) {
    case 'pull_request':
    case 'pull_request_review':
      return at(`refs/pull/${String(member(event, 'pull_request', 'number'))}/merge`);
    case 'merge_group':
      return {
        ref: textOf(member(event, 'merge_group', 'head_ref')),
        sha: textOf(member(event, 'merge_group', 'head_sha')),
      };
    case 'push':
      return { ref: textOf(member(event, 'ref')), sha: textOf(member(event, 'after')) };
    case 'workflow_dispatch':
      return at(textOf(member(event, 'ref')));
    case 'pull_request_target':
    case 'issue_comment':
    case 'workflow_run':
    case 'schedule':
      return at(`refs/heads/${state.defaultBranch}`);
    default:
      throw new Error(`where the event ${name} runs is not known`);
  }
}

/** `name<<delimiter`, lines, `delimiter`: how a step hands its outputs to the runner. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)) {
    outputs[name] = value;
  }
  return outputs;
}
