import { runbookFor, writeIncident } from '../incidents/write-incident.ts';
import { loadRollout } from './deployment.ts';
import type { StateDirectory } from './state-directory.ts';

/** Writes the ticket of a rollout that went back, from its journal. */
export function openIncidentOf(
  directories: StateDirectory,
  rollout: string,
): { path: string; isNew: boolean } | null {
  const loaded = loadRollout(directories, rollout);
  if (loaded?.state.phase !== 'rolled-back') return null;
  const { plan, deployment, records, state } = loaded;
  const timeline = records.flatMap((record) => {
    if (record.record === 'intent')
      return [
        {
          at: record.at,
          what: `${record.effect.name} (candidate at ${record.effect.candidateBasisPoints / 100} %)`,
        },
      ];
    if (record.record !== 'event') return [];
    const { event, at } = record;
    if (event.type === 'judged') return [{ at, what: `judge: ${event.judgement}, ${event.message}` }];
    if (event.type === 'requested') return [{ at, what: `${event.by}: ${event.command}` }];
    if (event.type === 'withheld') return [{ at, what: `held by a gate: ${event.message}` }];
    if (event.type === 'admitted') return [{ at, what: 'the gate opened' }];
    return event.type === 'effect-failed' ? [{ at, what: `failed: ${event.message}` }] : [];
  });
  return writeIncident(directories.incidents, {
    rollout,
    service: plan.service,
    environment: plan.environment,
    candidate: plan.candidate,
    commit: deployment.candidate.commit,
    cause: state.cause.message,
    reasonCode: state.cause.reasonCode,
    startedAt: loaded.startedAt,
    startedBy: loaded.startedBy,
    approvers: deployment.approval.approvers,
    runbook: runbookFor(deployment.runbooks, state.cause.reasonCode),
    timeline,
  });
}
