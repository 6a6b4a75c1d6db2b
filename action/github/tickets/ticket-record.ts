import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { readFileIfPresent, writeFileAtomically } from '../../deployer/state-directory.ts';

/** What this machine knows of a rollout's ticket. A lost record costs one look at GitHub's list, and no second ticket. */
export interface TicketRecord {
  /** Written before GitHub is asked for it: whoever finds only this does not know whether it was opened. */
  askedAt: string;
  number: number | null;
  url: string | null;
  /** What the ticket says has become of the rollout, or would say if it was opened. */
  told: string | null;
}

const schema = {
  type: 'object',
  required: ['askedAt', 'number', 'url', 'told'],
  properties: {
    askedAt: { type: 'string' },
    number: { type: 'integer', nullable: true },
    url: { type: 'string', nullable: true },
    told: { type: 'string', nullable: true },
  },
};
const isRecord = new Ajv().compile<TicketRecord>(schema);

const pathOf = (incidents: string, rollout: string): string => join(incidents, `${rollout}.ticket.json`);

/** Null: nothing is known, also when the file cannot be used. */
export function readTicketRecord(incidents: string, rollout: string): TicketRecord | null {
  try {
    const value: unknown = JSON.parse(readFileIfPresent(pathOf(incidents, rollout)) ?? 'null');
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeTicketRecord(incidents: string, rollout: string, record: TicketRecord): void {
  mkdirSync(incidents, { recursive: true, mode: 0o700 });
  writeFileAtomically(pathOf(incidents, rollout), `${JSON.stringify(record)}\n`);
}
