/**
 * Opens the tickets that are due: for every rollout of this machine that went back after users may have met its candidate,
 * or that is stuck on its way. Run after a command, never within a rollout: a rollback waits for none of it. What fails is
 * said, and done by the next run.
 */
import { join } from 'node:path';
import { deploymentsAt } from '../../deployer/find-rollout.ts';
import { incidentOf } from '../../deployer/incident-of-rollout.ts';
import { listRollouts } from '../../deployer/journal.ts';
import { loadRollout, type JournalledRollout } from '../../deployer/deployment.ts';
import { takeLock } from '../../deployer/rollout-lock.ts';
import { homeOf, type StateDirectory } from '../../deployer/state-directory.ts';
import { incidentMarkdown, incidentTitle, type IncidentLinks } from '../../incidents/incident-markdown.ts';
import type { Incident } from '../../incidents/incident.ts';
import { Failure } from '../../../stacks/failure.ts';
import { shortDigest } from '../../../stacks/exposure.ts';
import { printable } from '../../report/describe-finding.ts';
import { repositoryRoot } from '../../repository/repository-root.ts';
import { escapeMarkdown } from '../escape-markdown.ts';
import { gitHubFailure, statusOf, type Repository } from '../octokit.ts';
import { pullOfCommit } from '../pull-of-commit.ts';
import { commentOnTicket, createTicket, findTicket, type OpenedTicket } from './keep-ticket.ts';
import { readTicketRecord, writeTicketRecord } from './ticket-record.ts';

export interface OpenTicketsOptions {
  repository: Repository;
  /** In the checkout whose state is looked at. */
  directory: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  progress(line: string): void;
}

/** Of each service and environment only so many of the newest rollouts are looked at. */
const newestRollouts = 10;
/** An issue that was asked for may be missing from GitHub's lists for this long. */
const settleMs = 60_000;

/** Never fails: a ticket that could not be opened is a progress line. */
export async function openTickets(options: OpenTicketsOptions): Promise<void> {
  try {
    const directory = repositoryRoot(options.directory);
    const due = await dueTickets({ ...options, directory });
    if (due.length === 0) return;
    // Two runs at once would each find nothing and each open one.
    const home = homeOf(directory, options.env);
    const lock = takeLock(join(home, 'run', 'tickets.json'), 'opening tickets', options.now());
    try {
      for (const ticket of due) await keep(ticket, options);
    } finally {
      lock.release();
    }
  } catch (error) {
    options.progress(`tickets are left to the next run: ${reasonOf(error)}`);
  }
}

interface DueTicket {
  directories: StateDirectory;
  loaded: JournalledRollout;
  incident: Incident;
  told: string;
}

async function dueTickets({ directory, env, progress }: OpenTicketsOptions): Promise<DueTicket[]> {
  const due: DueTicket[] = [];
  for (const directories of deploymentsAt(directory, env)) {
    for (const rollout of listRollouts(directories.journal).slice(-newestRollouts)) {
      // What one journal has suffered keeps nobody else's ticket.
      const ticket = await dueTicket(directories, rollout).catch((error: unknown) => {
        progress(`the ticket of rollout ${rollout} is left to the next run: ${reasonOf(error)}`);
        return null;
      });
      if (ticket !== null) due.push(ticket);
    }
  }
  return due;
}

async function dueTicket(directories: StateDirectory, rollout: string): Promise<DueTicket | null> {
  const loaded = loadRollout(directories, rollout);
  // Journals of earlier versions ask for no ticket.
  if (loaded?.deployment.tickets === undefined || !loaded.state.mayHaveMetUsers) return null;
  const known = readTicketRecord(directories.incidents, rollout);
  // Back is back: whoever was told so has nothing more to hear, and the incident need not be put together again.
  if (known?.told === 'rolled-back' && known.number !== null) return null;
  const incident = await incidentOf(directories, loaded);
  if (incident === null) return null;
  const told = incident.stuck === null ? 'rolled-back' : 'stuck';
  return known?.told === told && known.number !== null ? null : { directories, loaded, incident, told };
}

async function keep(ticket: DueTicket, options: OpenTicketsOptions): Promise<void> {
  const { incident } = ticket;
  try {
    const opened = await bringUpToDate(ticket, options);
    if (opened !== null) options.progress(`ticket of rollout ${incident.rollout}: ${opened.url}`);
  } catch (error) {
    options.progress(`the ticket of rollout ${incident.rollout} is left to the next run: ${reasonOf(error)}`);
  }
}

async function bringUpToDate(ticket: DueTicket, options: OpenTicketsOptions): Promise<OpenedTicket | null> {
  const { directories, loaded, incident, told } = ticket;
  const { now, progress } = options;
  const { rollout } = loaded;
  const repository = placeOf(loaded, options.repository);
  const known = readTicketRecord(directories.incidents, rollout);
  const key = keyOf(loaded, options.repository);
  const found =
    known?.number != null && known.url !== null
      ? { number: known.number, url: known.url, isNew: false }
      : await findTicket(repository, { key, since: loaded.startedAt });
  const record = { askedAt: known?.askedAt ?? now().toISOString(), told };
  if (found !== null) {
    if (known !== null && known.told !== told) await tell(repository, found.number, ticket);
    writeTicketRecord(directories.incidents, rollout, { ...record, number: found.number, url: found.url });
    return found;
  }
  if (known !== null && Math.abs(now().getTime() - Date.parse(known.askedAt)) < settleMs) {
    progress(
      `the ticket of rollout ${rollout} was asked for a moment ago; the next run looks whether it is there`,
    );
    return null;
  }
  const asked = { ...record, askedAt: now().toISOString(), number: null, url: null };
  writeTicketRecord(directories.incidents, rollout, asked);
  const opened = await createTicket(
    repository,
    {
      key,
      since: loaded.startedAt,
      title: incidentTitle(incident),
      markdown: incidentMarkdown(incident, await linksOf(loaded, options)),
      labels: loaded.deployment.tickets?.labels ?? [],
      assignees: loaded.deployment.tickets?.assignees ?? [],
    },
    progress,
  );
  const { number, url } = opened;
  writeTicketRecord(directories.incidents, rollout, { ...asked, number, url });
  return opened;
}

/** A ticket that said "stuck" is told how it went on. */
async function tell(repository: Repository, number: number, { incident, told }: DueTicket): Promise<void> {
  const words =
    incident.stuck === null
      ? 'Users are off the candidate: the version before serves everybody.'
      : `The rollback is stuck: ${escapeMarkdown(incident.stuck)}`;
  await commentOnTicket(repository, number, told, words);
}

function keyOf({ rollout, plan }: JournalledRollout, { owner, repo }: Repository): string {
  return `${owner}/${repo} ${rollout} ${shortDigest(plan.candidate)}`;
}

/** Where the policy wants its tickets, behind the same token. */
function placeOf({ deployment }: JournalledRollout, repository: Repository): Repository {
  const [owner, repo] = deployment.tickets?.repository?.split('/') ?? [];
  return owner === undefined || repo === undefined ? repository : { ...repository, owner, repo };
}

async function linksOf(
  { deployment }: JournalledRollout,
  { repository, env }: OpenTicketsOptions,
): Promise<IncidentLinks> {
  const { owner, repo } = repository;
  const web = `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${owner}/${repo}`;
  const run = env['GITHUB_RUN_ID'];
  const { commit } = deployment.candidate;
  const pull = await pullOfCommit(repository, commit).catch(() => null);
  return {
    commit: `${web}/commit/${commit}`,
    files: `${web}/blob/${deployment.base ?? commit}`,
    ...(run === undefined ? {} : { run: `${web}/actions/runs/${run}` }),
    ...(pull === null ? {} : { pull: `${web}/pull/${pull}` }),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  const status = statusOf(error);
  if (status === 410)
    return 'issues are switched off in that repository (GitHub answered 410); switch them on, or name another one as `tickets.repository`';
  // Every failed request has one, also when no answer came.
  if (status === undefined) return printable(error instanceof Error ? error.message : String(error));
  return gitHubFailure('the list of issues, or a new one', error).message;
}
