/**
 * What the audit log knows of commands. It is what makes a command happen once: whoever wants to begin one appends its
 * `command.requested` first, and only the first entry of an origin counts; likewise for `command.confirmed`. Appends are
 * ordered, so two runs cannot both be first, and a run that is gone leaves an entry that says how far it came.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import { isJsonObject, type JsonValue } from '../audit/canonical-json.ts';
import type { CommandPlan } from './command-decision.ts';
import type { Command } from './command.ts';
import { parseCommand } from './parse-command.ts';
import type { CommandOrigin, Requester } from './requester.ts';

/** Asked for, shown, and waiting for a second person. */
export interface PendingCommand {
  /** Of its `command.requested`. */
  sequence: number;
  origin: CommandOrigin;
  command: Command;
  /** As they were when they asked. */
  by: Requester;
  digest: string;
  plan: CommandPlan;
  askedAt: string;
  expiresAt: string;
}

/** Begun by a process that wrote no outcome: it is looked at, and never begun again. */
export interface UnfinishedCommand {
  /** Of the entry that began it: `command.requested`, or `command.confirmed`. */
  sequence: number;
  origin: CommandOrigin;
  command: Command | null;
  by: string;
  /** The confirmation's origin, when it took one. */
  confirmation: string | null;
  runner: Runner | null;
  plan: CommandPlan | null;
  digest: string | null;
  service: string | null;
  beganAt: string;
}

/** The process that carries a command out; another one may take it for gone only when this one is. */
export interface Runner {
  host: string;
  processId: number;
  processStart: string;
}

export interface CommandLog {
  pending: PendingCommand[];
  unfinished: UnfinishedCommand[];
  /** Origins that have been taken up, whatever came of them. */
  seenOrigins: ReadonlySet<string>;
  /** How far comments were swept, as the last `commands.swept` has it; null before the first. */
  cursor: string | null;
}

/** What `command.requested` says of itself. */
export type RequestState = 'begun' | 'awaiting-confirmation' | 'refused' | 'answered';

interface Taken {
  origin: CommandOrigin;
  requested: AuditEntry;
  confirmed: AuditEntry | null;
  isOver: boolean;
}

/** Reads the log, from its first entry or from any later one. Entries are in their order in the log. */
export function readCommandLog(entries: Iterable<AuditEntry>): CommandLog {
  const { taken, cursor } = readTaken(entries);
  const open = [...taken.values()].filter((one) => !one.isOver && !isTold(one, taken));
  return {
    pending: open.flatMap(pendingOf),
    unfinished: open.flatMap(unfinishedOf),
    seenOrigins: new Set(taken.keys()),
    cursor,
  };
}

/** Whether the entry with this claim is the one that took the origin up. */
export function ownsRequest(entries: Iterable<AuditEntry>, origin: string, claim: string): boolean {
  const owner = readTaken(entries).taken.get(origin)?.requested;
  return owner !== undefined && textOf(owner.inputs?.['claim']) === claim;
}

/** Whether the entry with this claim is the one that confirmed what was asked there. */
export function ownsConfirmation(entries: Iterable<AuditEntry>, asked: string, claim: string): boolean {
  const owner = readTaken(entries).taken.get(asked)?.confirmed;
  return textOf(owner?.inputs?.['claim']) === claim;
}

function readTaken(entries: Iterable<AuditEntry>): { taken: Map<string, Taken>; cursor: string | null } {
  const taken = new Map<string, Taken>();
  let cursor: string | null = null;
  for (const entry of entries) {
    const { event, inputs = {} } = entry;
    if (event === 'commands.swept') {
      cursor = textOf(inputs['cursor']) ?? cursor;
    } else if (event === 'command.requested') {
      const origin = originOf(inputs['origin']);
      // The rollout's own entries have no origin.
      if (origin === null || taken.has(origin.id)) continue;
      taken.set(origin.id, { origin, requested: entry, confirmed: null, isOver: false });
    } else if (event === 'command.confirmed') {
      const asked = taken.get(textOf(inputs['origin']) ?? '');
      // After its end, or a second one: whoever wrote it sees that it does not count.
      if (asked?.isOver === false && isAwaiting(asked)) asked.confirmed ??= entry;
    } else if (event === 'command.voided') {
      const asked = taken.get(textOf(inputs['origin']) ?? '');
      if (asked?.confirmed === null) asked.isOver = true;
    } else if (isOutcome(event)) {
      for (const name of ['origin', 'confirmation']) {
        const ended = taken.get(textOf(inputs[name]) ?? '');
        if (ended !== undefined) ended.isOver = true;
      }
    }
  }
  return { taken, cursor };
}

/** A confirmation that counts ends with what it confirmed, and has no end of its own. */
function isTold({ origin, requested }: Taken, taken: ReadonlyMap<string, Taken>): boolean {
  const asked = taken.get(textOf(requested.inputs?.['confirms']) ?? '');
  return asked?.isOver === false && textOf(asked.confirmed?.inputs?.['confirmation']) === origin.id;
}

function isOutcome(event: AuditEntry['event']): boolean {
  return event === 'command.done' || event === 'command.failed' || event === 'command.refused';
}

function isAwaiting({ requested }: Taken): boolean {
  return requested.inputs?.['state'] === 'awaiting-confirmation';
}

function pendingOf({ origin, requested, confirmed, ...rest }: Taken): PendingCommand[] {
  const { inputs = {}, sequence, at } = requested;
  const digest = textOf(inputs['digest']);
  const expiresAt = textOf(inputs['expiresAt']);
  const by = requesterOf(inputs['by']);
  const plan = planOf(inputs['plan']);
  const command = commandOf(inputs['command']);
  if (confirmed !== null || !isAwaiting({ origin, requested, confirmed, ...rest })) return [];
  // What cannot be read whole cannot be confirmed.
  if (digest === null || expiresAt === null || by === null || plan === null || command === null) return [];
  return [{ sequence, origin, command, by, digest, plan, askedAt: at, expiresAt }];
}

function unfinishedOf(taken: Taken): UnfinishedCommand[] {
  const { origin, requested, confirmed } = taken;
  if (confirmed === null && isAwaiting(taken)) return [];
  const began = confirmed ?? requested;
  return [
    {
      sequence: began.sequence,
      origin,
      command: commandOf(requested.inputs?.['command']),
      by: requested.actor.name,
      confirmation: textOf(confirmed?.inputs?.['confirmation']),
      runner: runnerOf(began.inputs?.['runner']),
      plan: planOf(requested.inputs?.['plan']),
      digest: textOf(requested.inputs?.['digest']),
      service: requested.service ?? null,
      beganAt: began.at,
    },
  ];
}

function commandOf(value: JsonValue | undefined): Command | null {
  const reading = parseCommand(textOf(value) ?? '');
  return reading.ok ? reading.command : null;
}

function originOf(value: JsonValue | undefined): CommandOrigin | null {
  if (!isJsonObject(value)) return null;
  const id = textOf(value['id']);
  const door = (['comment', 'dispatch', 'terminal'] as const).find((known) => known === value['door']);
  if (id === null || door === undefined) return null;
  const headCommit = textOf(value['headCommit']);
  return { door, id, text: textOf(value['text']) ?? '', ...(headCommit !== null && { headCommit }) };
}

function requesterOf(value: JsonValue | undefined): Requester | null {
  if (!isJsonObject(value)) return null;
  const { id, role, isHuman, teams } = value;
  const login = textOf(value['login']);
  const kind = (['person', 'bot'] as const).find((known) => known === value['kind']);
  const identity = (['account', 'policy', 'none'] as const).find((known) => known === value['identity']);
  if (login === null || kind === undefined || identity === undefined) return null;
  return {
    id: typeof id === 'number' ? id : null,
    login,
    kind,
    role: textOf(role),
    teams: Array.isArray(teams) ? teams.filter((team) => typeof team === 'string') : [],
    isHuman: isHuman === true,
    identity,
  };
}

function planOf(value: JsonValue | undefined): CommandPlan | null {
  if (!isJsonObject(value)) return null;
  const { words, inputs } = value;
  if (!Array.isArray(words) || !isJsonObject(inputs)) return null;
  return { words: words.filter((word) => typeof word === 'string'), inputs };
}

function runnerOf(value: JsonValue | undefined): Runner | null {
  if (!isJsonObject(value)) return null;
  const { host, processId, processStart } = value;
  if (typeof host !== 'string' || typeof processId !== 'number' || typeof processStart !== 'string')
    return null;
  return { host, processId, processStart };
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
