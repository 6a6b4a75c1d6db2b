import { writeIncident } from '../incidents/write-incident.ts';
import { runbookFor } from '../../policies/runbooks/failure-kinds.ts';
import { loadRollout, type Deployment } from './deployment.ts';
import { describePass } from '../../policies/gates/decide-gates.ts';
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
    ...passOf(deployment),
    runbook: runbookFor(deployment.runbooks, state.cause.reasonCode),
    timeline,
  });
}

function passOf({ guard, confirmedReturn }: Deployment): { passedBy?: string } {
  if (guard !== undefined && guard.breakGlass !== null) return { passedBy: describePass(guard.breakGlass) };
  if (confirmedReturn === undefined) return {};
  const { by, confirmedBy } = confirmedReturn;
  return { passedBy: `${by} sent it back to an earlier release, confirmed by ${confirmedBy}` };
}
