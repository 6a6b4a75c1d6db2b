/**
 * A real Pulumi preview of a user's own project. It runs in a process of its own, which is given up at its time limit.
 * A Node program is previewed through the project's own Pulumi SDK, so no language host has to be installed for it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProjectSettings } from '@pulumi/pulumi/automation/index.js';
import { parseDocument } from '../../../analyzers/document/parse-document.ts';
import { isObject } from '../../../analyzers/document/document.ts';
import type { Preview, PreviewStep } from '../../../analyzers/scope.ts';
import { redactText } from '../../../policies/audit/redact.ts';
import { Failure } from '../../../stacks/failure.ts';
import { findPulumi } from './find-pulumi.ts';

export interface PreviewRequest {
  service: string;
  path: string;
  directory: string;
  stack: string;
  timeoutSeconds: number;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}

/** What `preview-main` is told, and what it prints last. */
export interface PreviewTask {
  directory: string;
  program: string;
  /** The project's own settings, without what only its own runtime needs. */
  settings: ProjectSettings;
  /** The stack's settings file, or null when the project has none for it. */
  stackFile: string | null;
  stack: string;
  pulumiPath: string;
  /** Belongs to this preview alone, and is removed after it. */
  scratch: string;
  /** Undefined: the user's own, with what they are logged in to. */
  home: string | undefined;
  backend: string | undefined;
}

/**
 * Previews the project in `directory` (its `Pulumi.yaml` must be of the runtime nodejs). It is compared with the stack's
 * real state where one can be reached (`PULUMI_BACKEND_URL`, `PULUMI_ACCESS_TOKEN` or the project's own `backend`), else
 * with an empty stack. Never fails: what went wrong is an outcome with a sentence.
 */
export async function previewProgram(request: PreviewRequest): Promise<Preview> {
  const { service, path, env } = request;
  const fail = (outcome: 'failed' | 'timed-out' | 'not-started', message: string): Preview => ({
    service,
    path,
    outcome,
    message: redactText(message),
  });
  const project = readProject(request.directory);
  if (typeof project === 'string') return fail('failed', project);
  let pulumiPath: string;
  try {
    pulumiPath = (await findPulumi(request)).path;
  } catch (error) {
    if (error instanceof Failure) return fail('not-started', error.message);
    throw error;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'evenkeel-preview-'));
  try {
    const hasOwnState =
      [env['PULUMI_BACKEND_URL'], env['PULUMI_ACCESS_TOKEN']].some(isSet) ||
      project.settings.backend !== undefined;
    const stackFile = join(request.directory, `Pulumi.${request.stack.split('/').at(-1) ?? ''}.yaml`);
    const state = join(scratch, 'state');
    mkdirSync(state);
    const run = await runPreview(
      {
        ...project,
        directory: request.directory,
        stackFile: existsSync(stackFile) ? stackFile : null,
        stack: request.stack,
        pulumiPath,
        scratch,
        home: hasOwnState ? undefined : join(scratch, 'home'),
        backend: hasOwnState ? undefined : `file://${state}`,
      },
      request,
    );
    if (run.isTimedOut)
      return fail('timed-out', `the preview did not end within ${request.timeoutSeconds} s`);
    if (request.signal.aborted) return fail('not-started', 'the preview was called off');
    const steps = parseSteps(run.printed);
    if (steps === null) return fail('failed', sentenceOf(run.complaint));
    return { service, path, outcome: 'previewed', steps };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The project's settings and its program, or a sentence on why it cannot be previewed. */
function readProject(directory: string): { settings: ProjectSettings; program: string } | string {
  const file = join(directory, 'Pulumi.yaml');
  if (!existsSync(file)) return 'it has no Pulumi.yaml';
  const parsed = parseDocument('Pulumi.yaml', readFileSync(file, 'utf8'));
  if (!parsed.ok || !isObject(parsed.value)) return 'its Pulumi.yaml does not parse';
  const { name, runtime, main, ...rest } = Object.fromEntries(Object.entries(parsed.value));
  const runtimeName = isObject(runtime) ? runtime['name'] : runtime;
  if (typeof name !== 'string') return 'its Pulumi.yaml has no name';
  if (runtimeName !== 'nodejs')
    return `its runtime is ${JSON.stringify(runtimeName)}; programs of the runtime nodejs can be previewed`;
  const candidates = typeof main === 'string' ? [main] : ['index.ts', 'index.js', 'index.mjs'];
  const program = candidates
    .map((candidate) => join(directory, candidate))
    .find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  // The CLI itself checks the rest, and says what is wrong with it.
  const settings: ProjectSettings = { ...rest, name, runtime: 'nodejs' };
  return program === undefined
    ? `it has no program (${candidates.join(', ')}); name it in \`main\``
    : { settings, program };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

interface PreviewRun {
  printed: string;
  complaint: string;
  isTimedOut: boolean;
}

function runPreview(task: PreviewTask, request: PreviewRequest): Promise<PreviewRun> {
  const name = import.meta.url.endsWith('.ts') ? './preview-main.ts' : './preview-main.js';
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL(name, import.meta.url)), JSON.stringify(task)],
      {
        cwd: task.directory,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: environmentOfProgram(request.env),
      },
    );
    let printed = '';
    let complaint = '';
    let isTimedOut = false;
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    const limit = setTimeout(() => {
      isTimedOut = true;
      end();
    }, request.timeoutSeconds * 1000);
    request.signal.addEventListener('abort', end);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk));
    child.stderr
      .setEncoding('utf8')
      .on('data', (chunk: string) => (complaint = (complaint + chunk).slice(-8192)));
    child.once('close', () => {
      clearTimeout(limit);
      request.signal.removeEventListener('abort', end);
      resolve({ printed, complaint, isTimedOut });
    });
  });
}

/**
 * Trust boundary: the program is the change's own. It needs the clouds' credentials to be previewed at all; the inputs
 * and tokens of the workflow that checks it are not for it.
 */
function environmentOfProgram(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(
    ([name]) => !/^(?:EVENKEEL_|INPUT_|ACTIONS_|GITHUB_TOKEN$)/.test(name),
  );
  return { PULUMI_CONFIG_PASSPHRASE: '', ...Object.fromEntries(kept) };
}

/** The last line of what our own process printed. */
function parseSteps(printed: string): PreviewStep[] | null {
  const line = printed.trim().split('\n').at(-1) ?? '';
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? (value as PreviewStep[]) : null;
  } catch {
    return null;
  }
}

/** The one line that says what went wrong, out of a stack trace or the CLI's tables. */
function sentenceOf(text: string): string {
  const lines = text
    .replace(/\x1b\[[\d;]*m/g, '')
    .split('\n')
    .map((line) => line.replace(/[^\x20-\x7e]/g, '').trim())
    .filter((line) => line !== '' && !/^at |^Node\.js v|^[{}^~]+$/.test(line));
  const said =
    lines.find(
      (line) =>
        /^(?:\w*Error|error)\b.*: ?\S|: error: /i.test(line) && !/^CommandError|code: -?\d/.test(line),
    ) ??
    lines.find((line) => /error/i.test(line)) ??
    lines.at(-1) ??
    'it ended without a word';
  return said.slice(0, 400);
}
