import { describePass } from '../../policies/gates/decide-gates.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { failureKindOf, runbookFor } from '../../policies/runbooks/failure-kinds.ts';
import { runbookPlace, stepsOf } from '../../policies/runbooks/read-runbook.ts';
import type { Incident, Runbook } from '../incidents/incident.ts';
import { writeIncident } from '../incidents/write-incident.ts';
import { readEvidence } from '../metrics/rollout-judge.ts';
import { readGit } from '../repository/run-git.ts';
import { loadRollout, type Deployment, type JournalledRollout } from './deployment.ts';
import { readRehearsal, takeBacksOf } from './rehearsal/read-rehearsal.ts';
import { evidenceFileOf, type StateDirectory } from './state-directory.ts';

/** Writes down a rollout that went back, from its journal; null for one that did not. */
export async function openIncidentOf(
  directories: StateDirectory,
  rollout: string,
): Promise<{ path: string; isNew: boolean } | null> {
  const loaded = loadRollout(directories, rollout);
  if (loaded?.state.phase !== 'rolled-back') return null;
  const incident = await incidentOf(directories, loaded);
  return incident === null ? null : writeIncident(directories.incidents, incident);
}

/** A rollout that went back, or that is stuck on its way back, as people look at it; null for any other. */
export async function incidentOf(
  directories: StateDirectory,
  { rollout, plan, deployment, records, state, startedAt, startedBy }: JournalledRollout,
): Promise<Incident | null> {
  if (state.phase !== 'rolled-back' && state.phase !== 'rolling-back') return null;
  const stuck = state.phase === 'rolling-back' ? state.stuck : null;
  if (state.phase === 'rolling-back' && stuck === null) return null;
  const { cause } = state;
  return {
    rollout,
    service: plan.service,
    environment: plan.environment,
    stable: plan.stable,
    candidate: plan.candidate,
    commit: deployment.candidate.commit,
    stuck,
    mayHaveMetUsers: state.mayHaveMetUsers,
    cause: cause.message,
    reasonCode: cause.reasonCode,
    startedAt,
    startedBy,
    approvers: deployment.approval.approvers,
    ...passOf(deployment),
    rehearsed: takeBacksOf(readRehearsal(records)),
    tookMs: withdrawalMs(records),
    evidence: await judgesPicture(directories, rollout),
    runbook: await runbookOf(deployment, cause.reasonCode),
    timeline: records.flatMap(timelineOf),
  };
}

/** What the judge saw, as GitHub shows it too; an incident is written without it rather than not at all. */
async function judgesPicture(directories: StateDirectory, rollout: string): Promise<string> {
  try {
    const evidence = readEvidence(evidenceFileOf(directories, rollout));
    if (evidence === null || evidence.metrics.length === 0) return '';
    // Only a rollout that went back needs it.
    return (await import('../github/evidence-markdown.ts')).evidenceMarkdown(evidence, []);
  } catch {
    return '';
  }
}

function timelineOf(record: JournalRecord): Incident['timeline'] {
  const { at } = record;
  if (record.record === 'intent') {
    const { name, candidateBasisPoints } = record.effect;
    return [{ at, what: `${name} (candidate at ${candidateBasisPoints / 100} %)` }];
  }
  if (record.record !== 'event') return [];
  const { event } = record;
  switch (event.type) {
    case 'judged':
      return [{ at, what: `judge: ${event.judgement}, ${event.message}` }];
    case 'requested':
      return [{ at, what: `${event.by}: ${event.command}` }];
    case 'withheld':
      return [{ at, what: `held by a gate: ${event.message}` }];
    case 'admitted':
      return [{ at, what: 'the gate opened' }];
    case 'effect-failed':
      return [{ at, what: `failed: ${event.message}` }];
    default:
      return [];
  }
}

/**
 * From the record that turned the rollout back to the one that says users are off, by the journal's own times: the
 * writing of the journal is part of what users waited for.
 */
function withdrawalMs(records: readonly JournalRecord[]): number | null {
  const asked = records.findIndex(
    (record) => record.record === 'intent' && record.effect.name === 'withdraw',
  );
  const intent = records[asked];
  const verdict = records[asked - 1];
  if (intent?.record !== 'intent' || verdict === undefined) return null;
  const done = records.find(
    (record) =>
      record.record === 'event' &&
      record.event.type === 'effect-done' &&
      record.event.effectId === intent.effect.id,
  );
  if (done === undefined) return null;
  return Math.max(0, Date.parse(done.at) - Date.parse(verdict.at));
}

/** The runbook for this kind of failure; a file's steps are read where the policy was read, and not where it is headed. */
async function runbookOf(deployment: Deployment, reasonCode: string): Promise<Runbook | null> {
  const { runbooks, repository, base } = deployment;
  const reference = runbookFor(runbooks, reasonCode);
  if (reference === null) return null;
  const kind = failureKindOf(reasonCode);
  const named = { kind: kind in runbooks ? kind : 'rolled-back', reference, steps: [] };
  const place = runbookPlace(reference);
  if (place.kind !== 'file') return named;
  const text = await readGit(repository, ['show', `${base ?? deployment.candidate.commit}:${place.path}`]);
  return text === null ? named : { ...named, steps: stepsOf(text, place.anchor) };
}

function passOf({ guard, confirmedReturn }: Deployment): { passedBy?: string } {
  if (guard !== undefined && guard.breakGlass !== null) return { passedBy: describePass(guard.breakGlass) };
  if (confirmedReturn === undefined) return {};
  const { by, confirmedBy } = confirmedReturn;
  return { passedBy: `${by} sent it back to an earlier release, confirmed by ${confirmedBy}` };
}
