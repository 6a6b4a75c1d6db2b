/**
 * A real Pulumi preview of a user's own project. It runs in a process of its own, which is given up at its time limit.
 * A Node program is previewed through the project's own Pulumi SDK, so no language host has to be installed for it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  project: string;
  stack: string;
  pulumiPath: string;
  home: string;
  backend: string;
}

export async function previewProgram(request: PreviewRequest): Promise<Preview> {
  const { service, path } = request;
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
  const home = join(homedir(), '.cache', 'evenkeel', 'preview');
  const backend = request.env['PULUMI_BACKEND_URL'] ?? `file://${join(home, 'state')}`;
  mkdirSync(join(home, 'state'), { recursive: true, mode: 0o700 });
  const task: PreviewTask = {
    directory: request.directory,
    stack: request.stack,
    pulumiPath,
    home,
    backend,
    ...project,
  };
  const run = await runPreview(task, request);
  if (run.isTimedOut) return fail('timed-out', `the preview did not end within ${request.timeoutSeconds} s`);
  const steps = parseSteps(run.printed);
  return steps === null
    ? fail('failed', lastLines(run.complaint))
    : { service, path, outcome: 'previewed', steps };
}

/** The project's name and its program, or a sentence on why it cannot be previewed. */
function readProject(directory: string): { project: string; program: string } | string {
  const file = join(directory, 'Pulumi.yaml');
  if (!existsSync(file)) return 'it has no Pulumi.yaml';
  const parsed = parseDocument('Pulumi.yaml', readFileSync(file, 'utf8'));
  if (!parsed.ok || !isObject(parsed.value)) return 'its Pulumi.yaml does not parse';
  const { name, runtime, main } = Object.fromEntries(Object.entries(parsed.value));
  const runtimeName = isObject(runtime) ? runtime['name'] : runtime;
  if (typeof name !== 'string') return 'its Pulumi.yaml has no name';
  if (runtimeName !== 'nodejs')
    return `its runtime is ${JSON.stringify(runtimeName)}; programs of the runtime nodejs can be previewed`;
  const candidates = typeof main === 'string' ? [main] : ['index.ts', 'index.js', 'index.mjs'];
  const program = candidates
    .map((candidate) => join(directory, candidate))
    .find((candidate) => existsSync(candidate));
  return program === undefined ? `it has no program (${candidates.join(', ')})` : { project: name, program };
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
        env: { ...process.env, PULUMI_CONFIG_PASSPHRASE: request.env['PULUMI_CONFIG_PASSPHRASE'] ?? '' },
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

function lastLines(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const error = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it ended without a word';
  return error.replace(/[^\x20-\x7e]/g, '').slice(0, 400);
}
