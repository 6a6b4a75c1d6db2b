/**
 * Plays the workflow files that a repository holds: for an event, the workflows that listen, their jobs whose condition
 * holds, each with a token of just its permissions, the built bundle for the step that uses the Action. A run that ended
 * is an event for workflows that listen to that.
 *
 * What it does not prove: anything about concurrency groups, queues of runners, environments' rules and time limits,
 * which are read over; nor that actions/checkout does exactly what is done here in its place.
 */
import { join } from 'node:path';
import { readBlob } from '../bare-repository.ts';
import type { FakeGitHub } from '../fake-github.ts';
import { isObject, listOf, member, textOf, type JsonObject } from '../json.ts';
import { placeOf, runAction, type Step, type StepResult } from '../run-action.ts';
import { nextId, type Token } from '../state.ts';
import { workflowRunDelivery, type Delivery } from '../webhooks.ts';
import { checkOut } from './checkout.ts';
import { filled, holds } from './expression.ts';
import { readWorkflow, type Job, type Workflow } from './read-workflow.ts';

export interface Runner {
  fake: FakeGitHub;
  /** The file that is run: `index.js` of a bundle. */
  bundle: string;
  /** Where workspaces and the runner's files go. */
  temporary: string;
  /** Said to every step, for cancelling and the like. */
  step?: Partial<Step>;
}

export interface PlayedJob {
  workflow: string;
  event: string;
  job: string;
  conclusion: 'success' | 'failure';
  steps: StepResult[];
  directory: string;
}

/** Plays what the events start, and what follows from it, in order; returns each job that ran. */
export async function playWorkflows(runner: Runner, deliveries: readonly Delivery[]): Promise<PlayedJob[]> {
  const played: PlayedJob[] = [];
  const waiting = [...deliveries];
  for (let delivery = waiting.shift(); delivery !== undefined; delivery = waiting.shift()) {
    // Pushes to a pull request's base start both what `pull_request` and what `pull_request_target` listens to.
    const names =
      delivery.name === 'pull_request' ? ['pull_request', 'pull_request_target'] : [delivery.name];
    for (const name of names) {
      const { jobs, ended } = await playEvent(runner, { name, payload: delivery.payload });
      played.push(...jobs);
      // A workflow that a workflow's end started does not start one by its own end here: GitHub ends such chains at three.
      if (name !== 'workflow_run') waiting.push(...ended);
    }
  }
  return played;
}

async function playEvent(runner: Runner, event: Delivery): Promise<{ jobs: PlayedJob[]; ended: Delivery[] }> {
  const { store } = runner.fake;
  const place = placeOf(store, event.name, event.payload);
  if (place === null) return { jobs: [], ended: [] };
  const jobs: PlayedJob[] = [];
  const ended: Delivery[] = [];
  for (const workflow of workflowsAt(runner, place.sha)) {
    if (!listens(workflow, event)) continue;
    const runId = nextId(store.state);
    const ran: PlayedJob[] = [];
    for (const job of workflow.jobs) {
      const done = await playJob(runner, { workflow, job, event, place, runId });
      if (done !== null) ran.push(done);
    }
    jobs.push(...ran);
    const conclusion = ran.some((one) => one.conclusion === 'failure') ? 'failure' : 'success';
    ended.push(endOf(runner, workflow, event, { id: runId, conclusion, sha: place.sha }));
  }
  return { jobs, ended };
}

/** The workflow files of a commit. */
function workflowsAt({ fake: { store } }: Runner, commit: string): Workflow[] {
  const directory = '.github/workflows';
  const names = store.git.run(['ls-tree', '-z', '--name-only', commit, `${directory}/`]).split('\0');
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readWorkflow(name, readBlob(store.git, commit, name)?.toString('utf8') ?? ''));
}

const defaultTypes: Record<string, string[]> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
  merge_group: ['checks_requested'],
};

function listens(workflow: Workflow, { name, payload }: Delivery): boolean {
  if (!(name in workflow.on)) return false;
  const filter = workflow.on[name];
  const options = isObject(filter) ? filter : {};
  const action = textOf(payload['action']);
  const types = listOf(options['types']);
  const wanted = types.length > 0 ? types : defaultTypes[name];
  if (wanted !== undefined && !wanted.includes(action)) return false;
  if (name === 'workflow_run')
    return listOf(options['workflows']).includes(member(payload, 'workflow_run', 'name'));
  if (name === 'workflow_dispatch') return textOf(payload['workflow']) === workflow.file;
  const branches = listOf(options['branches']);
  if (name !== 'push') {
    if (branches.length > 0) throw new Error(`${workflow.file}: branches of ${name} are not played`);
    return true;
  }
  if (payload['deleted'] === true) return false;
  if (branches.map(String).some((branch) => /[*?[!+]/.test(branch)))
    throw new Error(`${workflow.file}: patterns of branches are not played`);
  return branches.length === 0 || branches.includes(textOf(payload['ref']).replace('refs/heads/', ''));
}

interface Playing {
  workflow: Workflow;
  job: Job;
  event: Delivery;
  place: { ref: string; sha: string };
  runId: number;
}

async function playJob(runner: Runner, playing: Playing): Promise<PlayedJob | null> {
  const { store, world } = runner.fake;
  const { workflow, job, event, place, runId } = playing;
  const secret = world.token(permissionsFor(event, job.permissions, store.state.organisation));
  const contexts = contextsOf(playing, secret);
  if (!holds(job.condition, contexts)) return null;
  const own = join(runner.temporary, `${runId}-${job.id}`);
  // A machine of one's own has one workspace for a repository, and keeps it.
  const directory = job.isSelfHosted ? join(runner.temporary, 'self-hosted') : join(own, 'workspace');
  const steps: StepResult[] = [];
  for (const [index, step] of job.steps.entries()) {
    if (!holds(step.condition, contexts)) continue;
    if (step.uses.startsWith('actions/checkout@')) {
      checkOut(world.git, directory, placeOfCheckout(step.with, place, contexts));
    } else if (/^[\w-]+\/evenkeel@/.test(step.uses)) {
      const inputs = Object.entries(step.with).map(([name, text]): [string, string] => [
        name,
        filled(text, contexts),
      ]);
      const result = await runAction({
        bundle: runner.bundle,
        directory,
        temporary: join(own, `step-${index}`),
        apiUrl: store.url,
        eventName: event.name,
        event: event.payload,
        ...place,
        inputs: { token: secret, ...Object.fromEntries(inputs) },
        env: job.env,
        repository: `${store.state.organisation}/${store.state.repository}`,
        workflow: workflow.name,
        job: job.id,
        runId,
        actor: textOf(member(event.payload, 'sender', 'login'), 'github-actions[bot]'),
        ...runner.step,
      });
      steps.push(result);
      if (result.exitCode !== 0) break;
    } else {
      throw new Error(`${workflow.file}: a step that uses ${step.uses} is not played`);
    }
  }
  const conclusion = steps.some(({ exitCode }) => exitCode !== 0) ? 'failure' : 'success';
  return { workflow: workflow.name, event: event.name, job: job.id, conclusion, steps, directory };
}

function placeOfCheckout(
  given: Record<string, string>,
  place: Playing['place'],
  contexts: JsonObject,
): Playing['place'] {
  const strange = Object.keys(given).find(
    (name) => !['fetch-depth', 'persist-credentials', 'clean', 'ref'].includes(name),
  );
  if (strange !== undefined) throw new Error(`actions/checkout: ${strange} is not played`);
  if (given['fetch-depth'] !== '0') throw new Error('actions/checkout: only the whole history is played');
  const ref = filled(given['ref'] ?? '', contexts);
  return ref === '' ? place : { ref: 'refs/checkout', sha: ref };
}

/** A pull request from a fork gets a token that can only read, whatever the workflow asks for. */
function permissionsFor(event: Delivery, asked: Token['permissions'], owner: string): Token['permissions'] {
  const head = member(event.payload, 'pull_request', 'head', 'repo', 'owner', 'login');
  const isFork = ['pull_request', 'pull_request_review'].includes(event.name) && head !== owner;
  if (!isFork) return asked;
  return Object.fromEntries(Object.keys(asked).map((name) => [name, 'read' as const]));
}

function contextsOf({ event, place, runId, workflow, job }: Playing, secret: string): JsonObject {
  const inputs = member(event.payload, 'inputs');
  return {
    github: {
      event_name: event.name,
      event: event.payload,
      sha: place.sha,
      ref: place.ref,
      ref_name: place.ref.replace('refs/heads/', ''),
      run_id: runId,
      token: secret,
      workflow: workflow.name,
      job: job.id,
      actor: member(event.payload, 'sender', 'login'),
    },
    inputs: isObject(inputs) ? inputs : {},
  };
}

function endOf(
  { fake: { store } }: Runner,
  workflow: Workflow,
  event: Delivery,
  { id, conclusion, sha }: { id: number; conclusion: 'success' | 'failure'; sha: string },
): Delivery {
  const { state, git, url } = store;
  const moment = { state, git, url, now: store.clock.tick() };
  const number = member(event.payload, 'pull_request', 'number');
  const pull = state.pulls.find((one) => one.number === number) ?? null;
  const queued = textOf(member(event.payload, 'merge_group', 'head_ref')).replace('refs/heads/', '');
  const sender = member(event.payload, 'sender', 'id');
  const by = typeof sender === 'number' ? sender : 41898282;
  const run = {
    id,
    name: workflow.name,
    path: workflow.file,
    event: event.name,
    // What a merge queue has built lies on a branch of the queue's own.
    headBranch: pull?.head.name ?? (queued === '' ? state.defaultBranch : queued),
    headCommit: pull?.headCommit ?? sha,
    status: 'completed',
    conclusion,
    attempt: 1,
    by,
    at: moment.now,
  };
  state.runs.push(run);
  return workflowRunDelivery(moment, run, pull, by);
}
