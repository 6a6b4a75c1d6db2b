/** Reads a written workflow file as far as it decides what runs. A key that is not known fails loudly. */
import { parse } from 'yaml';
import { isObject, listOf, textOf, type JsonObject } from '../json.ts';
import type { Token } from '../state.ts';

export interface Workflow {
  file: string;
  name: string;
  on: JsonObject;
  jobs: Job[];
}

export interface Job {
  id: string;
  condition: unknown;
  permissions: Token['permissions'];
  isSelfHosted: boolean;
  env: Record<string, string>;
  steps: WorkflowStep[];
}

export interface WorkflowStep {
  uses: string;
  condition: unknown;
  with: Record<string, string>;
}

const keys = {
  workflow: new Set(['name', 'on', 'permissions', 'concurrency', 'jobs']),
  // What changes when it runs, and not what it does: nothing here waits or competes.
  job: new Set([
    'name',
    'if',
    'runs-on',
    'timeout-minutes',
    'concurrency',
    'environment',
    'env',
    'permissions',
    'steps',
  ]),
  step: new Set(['uses', 'with', 'if', 'name', 'id']),
};

function known(value: unknown, kind: keyof typeof keys, where: string): JsonObject {
  if (!isObject(value)) throw new Error(`${where} is no ${kind}`);
  const strange = Object.keys(value).find((key) => !keys[kind].has(key));
  if (strange !== undefined)
    throw new Error(`${where}: the ${kind}'s key ${strange} is not one that is played`);
  return value;
}

export function readWorkflow(file: string, text: string): Workflow {
  const workflow = known(parse(text), 'workflow', file);
  const { on } = workflow;
  const jobs = isObject(workflow['jobs']) ? workflow['jobs'] : {};
  return {
    file,
    name: textOf(workflow['name'], file),
    on: isObject(on) ? on : Object.fromEntries([on].flat().map((name) => [String(name), null])),
    jobs: Object.entries(jobs).map(([id, job]) => jobOf(id, job, workflow['permissions'], file)),
  };
}

function jobOf(id: string, value: unknown, ofWorkflow: unknown, file: string): Job {
  const job = known(value, 'job', `${file}: ${id}`);
  const machine = [job['runs-on']].flat();
  return {
    id,
    condition: job['if'],
    // A job's own replace those of the workflow; what is not named is not given.
    permissions: permissionsOf(job['permissions'] ?? ofWorkflow, `${file}: ${id}`),
    isSelfHosted: machine.includes('self-hosted'),
    env: textsOf(job['env']),
    steps: listOf(job['steps']).map((one, index) => {
      const step = known(one, 'step', `${file}: ${id}, step ${index + 1}`);
      return {
        uses: textOf(step['uses']),
        condition: step['if'],
        with: textsOf(step['with']),
      };
    }),
  };
}

function textsOf(value: unknown): Record<string, string> {
  const given = isObject(value) ? value : {};
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, String(text)]));
}

function permissionsOf(value: unknown, where: string): Token['permissions'] {
  if (!isObject(value))
    throw new Error(`${where} has no permissions of its own: it would get whatever the settings say`);
  const permissions: Record<string, 'read' | 'write'> = {};
  for (const [name, level] of Object.entries(value)) {
    if (level !== 'read' && level !== 'write' && level !== 'none')
      throw new Error(`${where}: ${name} is neither read nor write`);
    if (level !== 'none') permissions[name] = level;
  }
  return permissions;
}
