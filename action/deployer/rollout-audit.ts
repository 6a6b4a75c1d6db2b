import type { AuditEvent, NewAuditEntry } from '../../policies/audit/audit-entry.ts';
import type { RolloutEvent } from '../../policies/rollout/state.ts';
import { openAuditLog } from '../audit-log/directory-store.ts';
import type { JournalledRollout } from './deployment.ts';
import type { RolloutRecord } from './drive-rollout.ts';

/** The rollout's own view of the audit log: every journalled record, under the rollout's id. */
export interface RolloutAudit {
  add(record: RolloutRecord): void;
  /** What the gates answered, when it is another answer than before, and the digests of what was read. */
  gate(inputs: Readonly<Record<string, unknown>>, evidence: Readonly<Record<string, string>>): void;
  /** The rollout's end, once. */
  end(event: 'rollout.settled' | 'rollout.rolled-back', inputs: Readonly<Record<string, unknown>>): void;
  checkpoint(): string;
  close(): void;
}

export function openRolloutAudit(
  directory: string,
  rollout: Pick<JournalledRollout, 'rollout' | 'plan'>,
  now: () => Date,
): RolloutAudit {
  const log = openAuditLog(directory, { now });
  const write = (event: AuditEvent, actor: NewAuditEntry['actor'], inputs: object): void => {
    log.append({
      actor,
      event,
      service: rollout.plan.service,
      rollout: rollout.rollout,
      inputs: { ...inputs },
    });
  };
  const evenkeel: NewAuditEntry['actor'] = { kind: 'evenkeel', name: 'deployer' };
  return {
    add(record) {
      if (record.record === 'intent') {
        write('effect.intended', evenkeel, record.effect);
        return;
      }
      const { event } = record;
      // The first entry of the rollout says so already, with its evidence.
      if (event.type !== 'started') write(nameOf(event), actorOf(event), event);
    },
    gate: (inputs, evidence) => {
      const { service } = rollout.plan;
      log.append({
        actor: evenkeel,
        event: 'gate.decided',
        service,
        rollout: rollout.rollout,
        inputs,
        evidence,
      });
    },
    end: (event, inputs) => write(event, evenkeel, inputs),
    checkpoint: () => log.checkpoint(),
    close: () => log.close(),
  };
}

function nameOf(event: Exclude<RolloutEvent, { type: 'started' }>): AuditEvent {
  switch (event.type) {
    case 'effect-done':
      return 'effect.done';
    case 'effect-failed':
      return 'effect.failed';
    case 'judged':
      return 'judgement';
    case 'requested':
      return 'command.requested';
    case 'withheld':
      return 'rollout.held';
    case 'admitted':
    case 'resumed':
    case 'clock':
      return 'rollout.changed';
  }
}

function actorOf(event: RolloutEvent): NewAuditEntry['actor'] {
  if (event.type === 'requested') return { kind: 'person', name: event.by };
  return event.type === 'judged'
    ? { kind: 'evenkeel', name: 'judge' }
    : { kind: 'evenkeel', name: 'deployer' };
}
