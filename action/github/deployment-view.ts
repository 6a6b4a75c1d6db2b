/**
 * A rollout on GitHub: one deployment, its statuses, and a section in the comment of the pull request that brought it.
 * Publishing runs beside the rollout, one write after the other and only the newest state: a rollback waits for none of
 * it, and what fails is said once and changes nothing.
 */
import type { RolloutState } from '../../policies/rollout/state.ts';
import { shortDigest } from '../../stacks/exposure.ts';
import type { JournalledRollout } from '../deployer/deployment.ts';
import { describeRehearsal } from '../deployer/rehearsal/read-rehearsal.ts';
import type { RehearsalOutcome } from '../deployer/rehearsal/rehearse.ts';
import type { RolloutView } from '../deployer/rollout-view.ts';
import { describeState } from '../deployer/describe-state.ts';
import { printable } from '../report/describe-finding.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { findOrCreate } from './find-or-create.ts';
import { statusOf, type Repository } from './octokit.ts';
import { pullOfCommit } from './pull-of-commit.ts';
import { keepStickyComment, maxSectionBytes } from './sticky-comment.ts';

// GitHub's limit of a status's description.
const maxDescriptionCharacters = 140;
/** More changes than a rollout has phases: somebody pauses and resumes in a loop. The last state is always shown. */
const maxWrites = 100;

export interface DeploymentViewOptions {
  repository: Repository;
  rollout: Pick<JournalledRollout, 'rollout' | 'plan' | 'deployment'>;
  now(): Date;
  progress(line: string): void;
  /** How long the end of a run waits for the last state to be shown. */
  endTimeoutMs: number;
}

type DeploymentState = 'queued' | 'in_progress' | 'success' | 'failure';

export function openDeploymentView(options: DeploymentViewOptions): RolloutView {
  const { repository, rollout } = options;
  let shown = '';
  let latest: RolloutState | null = null;
  let rehearsal: RehearsalOutcome | null = null;
  let wanted: RolloutState | null = null;
  let working: Promise<void> | null = null;
  let writes = 0;
  const given = new Set<string>();
  let deployment: Promise<number> | null = null;
  let pull: Promise<number | null> | null = null;

  function want(state: RolloutState, isLast: boolean): void {
    latest = state;
    if (keyOf(state) === shown || (writes >= maxWrites && !isLast)) return;
    shown = keyOf(state);
    wanted = state;
    working ??= work().finally(() => (working = null));
  }

  async function work(): Promise<void> {
    while (wanted !== null) {
      const state = wanted;
      wanted = null;
      writes += 1;
      await tryTo('the deployment', async () => {
        deployment ??= keepDeployment(repository, rollout);
        await addStatus(repository, await deployment, state, rollout.plan.environment);
        if (state.phase === 'settled') await retirePrevious(repository, rollout, await deployment);
      });
      await tryTo('the comment', async () => {
        pull ??= pullOfCommit(repository, rollout.deployment.candidate.commit);
        const number = await pull;
        if (number === null) return;
        const now = options.now().toISOString();
        await keepStickyComment(
          repository,
          number,
          { name: 'rollout', at: now, markdown: rolloutMarkdown(rollout, state, rehearsal) },
          { now },
        );
      });
    }
  }

  async function tryTo(what: string, act: () => Promise<void>): Promise<void> {
    if (given.has(what)) return;
    try {
      await act();
    } catch (error) {
      // A part that failed before may be asked for again with the next state.
      deployment = null;
      pull = null;
      const status = statusOf(error);
      const why = status === undefined ? 'GitHub did not answer' : `GitHub answered ${status}`;
      if (status === 403 || status === 404) given.add(what);
      options.progress(`${what} of this rollout could not be written (${why}); the rollout goes on`);
    }
  }

  return {
    phaseChanged(state, rehearsed = null) {
      rehearsal = rehearsed;
      want(state, false);
    },
    async end() {
      if (latest !== null) want(latest, true);
      const { promise, resolve } = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => resolve('late'), options.endTimeoutMs);
      const ended = await Promise.race([working ?? Promise.resolve(), promise]);
      clearTimeout(timer);
      if (ended === 'late') options.progress('GitHub did not take the last state of this rollout in time');
    },
  };
}

/** What distinguishes one thing to show from the next: ticks of the judge change neither. */
function keyOf(state: RolloutState): string {
  return `${stateOnGitHub(state)}: ${describeState(state)}`;
}

function stateOnGitHub({ phase }: RolloutState): DeploymentState {
  switch (phase) {
    case 'planned':
      return 'queued';
    case 'settled':
      return 'success';
    case 'rolled-back':
      return 'failure';
    default:
      return 'in_progress';
  }
}

function taskOf(rollout: string): string {
  return `evenkeel/${rollout}`;
}

/** The rollout's one deployment, found again by its task: a run that resumes a rollout makes no second one. */
async function keepDeployment(
  { github, owner, repo }: Repository,
  { rollout, plan, deployment }: DeploymentViewOptions['rollout'],
): Promise<number> {
  const { environment, service, candidate } = plan;
  const task = taskOf(rollout);
  const find = async (): Promise<number | undefined> => {
    const { data } = await github.rest.repos.listDeployments({
      owner,
      repo,
      environment,
      task,
      per_page: 100,
    });
    // Of rollouts of several services with the same id, the one that has this candidate.
    return data.find(({ payload }) => hasCandidate(payload, candidate))?.id;
  };
  const create = async (): Promise<number> => {
    const { data } = await github.rest.repos.createDeployment({
      owner,
      repo,
      ref: deployment.candidate.commit,
      task,
      environment,
      // What may be deployed has been decided already, and nothing is merged behind anybody's back.
      auto_merge: false,
      required_contexts: [],
      production_environment: environment === 'production',
      payload: { rollout, service, candidate },
      description: cut(`${service}: ${shortDigest(candidate)}`),
      request: { retries: 0 },
    });
    if (!('id' in data)) throw new Error('GitHub made no deployment');
    return data.id;
  };
  return await findOrCreate(find, create);
}

function hasCandidate(payload: unknown, candidate: string): boolean {
  const value = typeof payload === 'string' ? parseJson(payload) : payload;
  return typeof value === 'object' && value !== null && 'candidate' in value && value.candidate === candidate;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Adds a status, unless the newest one says the same. */
async function addStatus(
  { github, owner, repo }: Repository,
  id: number,
  state: RolloutState,
  environment: string,
): Promise<void> {
  const at = { owner, repo, deployment_id: id };
  const wanted = { state: stateOnGitHub(state), description: cut(describeState(state)) };
  const { data } = await github.rest.repos.listDeploymentStatuses({ ...at, per_page: 1 });
  const [newest] = data;
  if (newest?.state === wanted.state && newest.description === wanted.description) return;
  await github.rest.repos.createDeploymentStatus({ ...at, ...wanted, environment, auto_inactive: false });
}

/** What was live before this rollout is so no more. GitHub does that by itself only outside of production. */
async function retirePrevious(
  { github, owner, repo }: Repository,
  { plan }: DeploymentViewOptions['rollout'],
  own: number,
): Promise<void> {
  const { data } = await github.rest.repos.listDeployments({
    owner,
    repo,
    environment: plan.environment,
    per_page: 10,
  });
  const previous = data.filter(
    ({ id, task, payload }) =>
      id < own && task.startsWith('evenkeel/') && plan.stable !== null && hasCandidate(payload, plan.stable),
  );
  for (const { id } of previous.slice(0, 3)) {
    const at = { owner, repo, deployment_id: id };
    const statuses = await github.rest.repos.listDeploymentStatuses({ ...at, per_page: 1 });
    if (statuses.data[0]?.state !== 'success') continue;
    await github.rest.repos.createDeploymentStatus({ ...at, state: 'inactive', auto_inactive: false });
  }
}

/** The rollout as a section of the comment. Names of services are a policy's and messages anybody's: both are escaped. */
export function rolloutMarkdown(
  { rollout, plan }: Pick<JournalledRollout, 'rollout' | 'plan'>,
  state: RolloutState,
  rehearsal: RehearsalOutcome | null = null,
): string {
  const rehearsed = describeRehearsal(rehearsal);
  const text = [
    `### Rollout of ${escapeMarkdown(plan.service)} to ${escapeMarkdown(plan.environment)}`,
    '',
    escapeMarkdown(describeState(state)),
    '',
    `Rollout ${escapeMarkdown(rollout)}, candidate ${shortDigest(plan.candidate)}${plan.stable === null ? '' : `, stable ${shortDigest(plan.stable)}`}`,
    ...(rehearsed === null ? [] : ['', escapeMarkdown(rehearsed)]),
  ].join('\n');
  return text.slice(0, maxSectionBytes.rollout / 4).toWellFormed();
}

function cut(text: string): string {
  const line = printable(text);
  return line.length <= maxDescriptionCharacters
    ? line
    : `${line.slice(0, maxDescriptionCharacters - 1).toWellFormed()}…`;
}
