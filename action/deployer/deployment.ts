import { readdirSync, rmSync } from 'node:fs';
import type {
  MetricPolicy,
  PrometheusPolicy,
  RolloutPolicy,
  TicketPolicy,
} from '../../policies/policy-file/policy.ts';
import type { ProbePolicy } from '../../policies/probes/probe-policy.ts';
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import type { SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';
import type { StartDecision } from '../../policies/slo/decide-start.ts';
import { replay, type JournalRecord } from '../../policies/rollout/replay.ts';
import { isFinished, type RolloutPlan, type RolloutState } from '../../policies/rollout/state.ts';
import type { Train } from '../../policies/train/train.ts';
import type { Release, ServiceDefinition } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { RolloutGuard } from './decide-guard.ts';
import { listRollouts, readJournal } from './journal.ts';
import { readFileIfPresent, writeFileAtomically, type StateDirectory } from './state-directory.ts';

/**
 * Everything a rollout was decided on, kept in the first record of its journal: a run that resumes it reads nothing
 * else, so that a policy or a work tree that changed meanwhile cannot change a rollout that is under way.
 */
export interface Deployment {
  repository: string;
  stable: Release | null;
  candidate: Release;
  service: ServiceDefinition;
  target: string;
  build: string[][];
  pins: { stable: string; candidate: string };
  rollout: RolloutPolicy;
  metrics: MetricPolicy[];
  /** The server that some metrics come from. */
  prometheus: PrometheusPolicy | null;
  /** Journals of earlier versions have `openapi` and `paths` only. */
  probes: ProbePolicy;
  runbooks: Record<string, string>;
  /** The commit whose policy holds, where its runbooks are read; absent, as `tickets`, in journals of earlier versions. */
  base?: string;
  tickets?: TicketPolicy;
  /** What the release changes of its database, and where that is; absent: of none. */
  schemaSteps?: SchemaSteps;
  migrations?: MigrationPolicy;
  /** What the error budget said before the start; absent where it was not asked. */
  slo?: StartDecision;
  /** Who approved, and on what: shown in incidents, proved in the audit log. */
  approval: { approvers: string[]; commit: string };
  /** What every widening is held to; absent in journals of earlier versions, which then cannot widen. */
  guard?: RolloutGuard;
  /** The train that it is a member of, whole; `wave` is its own place in the order. */
  train?: Train & { wave: number };
  /** Two people sent it back to a release that it had before: their confirmed command stands for an approval. */
  confirmedReturn?: { digest: string; by: string; confirmedBy: string };
}

/** A rollout as its journal has it. */
export interface JournalledRollout {
  rollout: string;
  plan: RolloutPlan;
  deployment: Deployment;
  startedAt: string;
  startedBy: string;
  state: RolloutState;
  records: JournalRecord[];
}

export function loadRollout(directories: StateDirectory, rollout: string): JournalledRollout | null {
  const records = readJournal(directories.journal, rollout);
  const state = replay(records);
  const first = records[0];
  if (state === null || first?.record !== 'plan') return null;
  // Written by `runDeployment` only, in a directory that is private to this user.
  const deployment = first.context as Deployment;
  return { rollout, plan: first.plan, deployment, startedAt: first.at, startedBy: first.by, state, records };
}

/** The newest rollout of the service, whatever became of it; null when there has been none. */
export function latestRollout(directories: StateDirectory): JournalledRollout | null {
  for (const rollout of listRollouts(directories.journal).reverse()) {
    const loaded = loadRollout(directories, rollout);
    if (loaded !== null) return loaded;
  }
  return null;
}

/** The rollout that is under way, also when no process drives it at the moment. */
export function unfinishedRollout(directories: StateDirectory): JournalledRollout | null {
  const latest = latestRollout(directories);
  return latest === null || isFinished(latest.state) ? null : latest;
}

/** Whether a commit has served everybody here before, and another one does now: to deploy it is to go back. */
export function isWayBack(directories: StateDirectory, stable: Release, commit: string): boolean {
  if (stable.commit === commit) return false;
  return listRollouts(directories.journal).some((rollout) => {
    const loaded = loadRollout(directories, rollout);
    if (loaded === null) return false;
    const { deployment, state } = loaded;
    const isSettled = state.phase === 'settled' && deployment.candidate.commit === commit;
    return isSettled || deployment.stable?.commit === commit;
  });
}

/** The release that settled last; null before the first. Fails with `stable-damaged`. */
export function stableRelease(directories: StateDirectory): Release | null {
  const text = readFileIfPresent(directories.stableFile);
  if (text === null) return null;
  const release = releaseIn(text);
  if (release !== null) return release;
  throw inputFailure(
    'stable-damaged',
    `${directories.stableFile} is damaged, so nobody can tell which release is live; restore it from a backup, or from the last rollout in ${directories.journal} that settled: its first line has the release under \`context.candidate\``,
  );
}

/** Written by `recordStable` only; a disk or a person may have harmed it. */
function releaseIn(text: string): Release | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { digest, commit, tree, directory }: Partial<Record<keyof Release, unknown>> = value;
  const isWhole =
    typeof digest === 'string' &&
    typeof commit === 'string' &&
    typeof tree === 'string' &&
    typeof directory === 'string';
  return isWhole ? { digest, commit, tree, directory } : null;
}

/** What is live from now on; null: nothing is. */
export function recordStable(directories: StateDirectory, release: Release | null): void {
  if (release === null) {
    rmSync(directories.stableFile, { force: true });
    return;
  }
  writeFileAtomically(directories.stableFile, `${JSON.stringify(release, null, 2)}\n`);
}

/** `service-environment` names that have local state under a home; empty when there is none. */
export function knownDeployments(journalHome: string): string[] {
  try {
    return readdirSync(journalHome).sort();
  } catch {
    return [];
  }
}
