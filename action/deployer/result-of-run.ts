import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { shortDigest } from '../../stacks/exposure.ts';
import type { CommandResult, ExitCode } from '../commands/command.ts';
import { describeSchema, schemaOfRollout } from '../migrations/schema-of-rollout.ts';
import type { JournalledRollout } from './deployment.ts';
import { describeState } from './describe-state.ts';
import { readJournal } from './journal.ts';
import { describeRehearsal, readRehearsal } from './rehearsal/read-rehearsal.ts';
import type { RunResult } from './run-deployment.ts';
import type { ShownEvidence } from './show-evidence.ts';
import type { StateDirectory } from './state-directory.ts';

interface Ending {
  exitCode: ExitCode;
  decision: string;
  reasonCode: string;
  next: string;
}

/** What a run came to, for people and machines. `next` says what can be done now. */
export function resultOfRun(
  directories: StateDirectory,
  rollout: JournalledRollout,
  run: RunResult,
  shown: ShownEvidence | null = null,
): CommandResult {
  const ending = endingOf(run);
  const { plan, deployment } = rollout;
  const records = readJournal(directories.journal, rollout.rollout);
  const rehearsed = describeRehearsal(readRehearsal(records));
  const schema = schemaOfRollout(deployment.schemaSteps, records);
  return {
    exitCode: ending.exitCode,
    decision: ending.decision,
    reasonCode: ending.reasonCode,
    result: {
      rollout: rollout.rollout,
      service: plan.service,
      environment: plan.environment,
      stable: plan.stable,
      candidate: plan.candidate,
      commit: deployment.candidate.commit,
      phase: run.state.phase,
      candidateBasisPoints: run.state.candidateBasisPoints,
      message: describeState(run.state),
      rolledBackFrom: rolledBackFrom(records),
      trafficOffMs: run.trafficOffMs,
      rehearsal: run.outcomes.rehearse ?? null,
      schema,
      judgement: run.judgement,
      pictures: shown?.pictures ?? null,
      slo: deployment.slo ?? null,
      next: ending.next,
    },
    text: [
      `rollout ${rollout.rollout} of ${plan.service} in ${plan.environment}: ${describeState(run.state)}`,
      ...(run.trafficOffMs === null
        ? []
        : [`users were off the candidate ${run.trafficOffMs.toFixed(1)} ms after the verdict`]),
      ...(rehearsed === null ? [] : [rehearsed]),
      ...describeSchema(schema, run.state.phase),
      ...(shown?.lines ?? []),
      ending.next,
    ]
      .filter((line) => line !== '')
      .join('\n'),
    ...(shown === null || shown.markdown === '' ? {} : { summary: shown.markdown }),
  };
}

function endingOf({ ended, state }: RunResult): Ending {
  const candidate = shortDigest(state.plan.candidate);
  switch (ended) {
    case 'finished':
      if (state.phase === 'rolled-back') {
        const { reasonCode } = state.cause;
        // Nothing of it ever ran in front of a user: what was given could not be deployed at all.
        if (!state.mayHaveMetUsers && reasonCode !== 'requested') {
          return { exitCode: 2, decision: 'refused', reasonCode, next: 'mend that, and deploy again' };
        }
        return {
          exitCode: 1,
          decision: 'rolled-back',
          reasonCode,
          next: 'the version before serves everybody',
        };
      }
      return { exitCode: 0, decision: 'settled', reasonCode: 'settled', next: '' };
    case 'interrupted':
      return {
        exitCode: 130,
        decision: 'interrupted',
        reasonCode: 'interrupted',
        next: `the state is saved and nobody is watching ${candidate}: \`evenkeel deploy --resume\` goes on, \`evenkeel rollback\` goes back`,
      };
    case 'waiting': {
      const hold = state.phase === 'canary' || state.phase === 'baking' ? state.hold : null;
      return {
        exitCode: 3,
        decision: 'waiting',
        reasonCode: state.withheld?.reasonCode ?? hold?.kind ?? 'in-progress',
        next:
          state.withheld?.kind === 'gated'
            ? '`evenkeel deploy --resume` goes on once the gate is open, `evenkeel rollback` goes back'
            : '`evenkeel advance` takes what is due, `evenkeel deploy --resume` goes on watching, `evenkeel promote` goes on without a pass, `evenkeel rollback` goes back',
      };
    }
    case 'stuck':
      return {
        exitCode: 4,
        decision: 'stuck',
        reasonCode: 'rollback-stuck',
        next: 'mend what is named above, then run `evenkeel rollback` again',
      };
  }
}

/** Where the rollout stood when it turned back; null when it did not. */
function rolledBackFrom(records: readonly JournalRecord[]): string | null {
  const intents = records.flatMap((record) => (record.record === 'intent' ? [record.effect] : []));
  const turn = intents.findIndex((effect) => effect.name === 'withdraw');
  if (turn === -1) return null;
  const last = intents[turn - 1];
  if (last === undefined) return null;
  return last.name === 'expose' ? `canary at ${last.candidateBasisPoints / 100} %` : last.name;
}
