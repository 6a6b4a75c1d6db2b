import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from './canonical-json.ts';
import { redact } from './redact.ts';

/** Everything that can stand in the log, with what it means; a closed list, so that a reader can rely on it. */
export const auditEvents = {
  'log.created': 'the first entry of every log: its origin and public key',
  check: 'changes were checked, with the verdict',
  verdict: 'the gate decided: allow, await-approval or block',
  approval: 'who approved what, and the evidence for it',
  waiver: 'a finding was waived: who, why, until when',
  'slo.decided': 'the error budget let a rollout start, held it, or was not asked, with what was read',
  'gate.decided': 'approval and gates let a rollout start or widen, or held it, with what was read',
  'train.started': 'several rollouts began as one release; its id is the sequence of this entry',
  'rollout.started': 'a rollout began; its id is the sequence of this entry',
  'rollout.changed': 'the rollout went on to another phase or share',
  'rollout.held': 'the rollout was held: paused, without data, undecided or at a closed gate',
  'rollout.settled': 'the candidate is the stable version now',
  'rollout.rolled-back': 'the stable version has every user again',
  'rollout.stuck': 'the way back could not be finished; a person is needed',
  'rollout.resumed': 'another process took the rollout over from its journal',
  'effect.intended': 'something is about to be done outside',
  'effect.done': 'it was done',
  'effect.failed': 'it was not done',
  judgement: 'the judge decided, with its figures',
  'command.requested': 'a person asked for something',
  'command.confirmed': 'a second person confirmed exactly what was shown',
  'command.done': 'it was carried out',
  'command.failed': 'it was not carried out',
  'command.refused': 'it was not begun, with the reason',
  'command.voided': 'what waited for a second person no longer can be confirmed, with the reason',
  'commands.swept': 'comments up to here were looked at',
  'break-glass.opened': 'two people let one commit start without what is missing; a review is owed',
  'break-glass.closed': 'somebody who had no part in it reviewed it afterwards',
  'instance.changed': 'an instance was given more or less of the requests, or had to be killed, and why',
  'instance.drained': 'a person took instances out of the router',
  'drift.reconciled': 'a person had what the journal says applied again, with what differed from it',
  'incident.opened': 'a rollback was written up',
} as const;

export type AuditEvent = keyof typeof auditEvents;

/** `automation`: a bot or a pipeline; `judge` and `evenkeel`: this tool, by itself. */
export interface Actor {
  kind: 'person' | 'automation' | 'judge' | 'evenkeel';
  name: string;
}

export interface AuditEntry {
  /** Counts from 0 without a gap: the entry's leaf in the tree. */
  sequence: number;
  /** RFC 3339 in UTC with milliseconds; never before the entry before. */
  at: string;
  /** What the clock said, when it stood before the entry before. */
  clockAt?: string;
  actor: Actor;
  event: AuditEvent;
  /** The rollout's id: the sequence of its `rollout.started`. */
  rollout?: string;
  service?: string;
  /** What was relied on, by name: `sha256:…` digests or git object ids. */
  evidence?: Readonly<Record<string, string>>;
  /** Exact inputs and outcomes, without secrets. */
  inputs?: JsonObject;
}

export interface NewAuditEntry {
  actor: Actor;
  event: AuditEvent;
  rollout?: string;
  service?: string;
  evidence?: Readonly<Record<string, string>>;
  /** Any value: it is redacted and made JSON before it is kept. */
  inputs?: unknown;
}

/** The previous entry's place and time; null before the first. */
export type Predecessor = Pick<AuditEntry, 'sequence' | 'at'> | null;

// The entry bundles of c2sp.org/tlog-tiles hold entries of at most 65,535 bytes.
const maxEntryBytes = 65_535;

/**
 * The entry that follows `previous`, redacted, with its place and time. A clock that stands before the entry before does
 * not make the log go backwards: the time is held, and what the clock said is kept beside it.
 */
export function buildEntry(event: NewAuditEntry, previous: Predecessor, now: Date): AuditEntry {
  const sequence = previous === null ? 0 : previous.sequence + 1;
  const clock = now.toISOString();
  const isBehind = previous !== null && clock < previous.at;
  const rollout = event.event === 'rollout.started' ? (event.rollout ?? String(sequence)) : event.rollout;
  const inputs = inputsOf(event.inputs);
  const evidence = event.evidence === undefined ? undefined : redact(event.evidence);
  const entry: AuditEntry = {
    sequence,
    at: isBehind ? previous.at : clock,
    ...(isBehind && { clockAt: clock }),
    actor: { kind: event.actor.kind, name: event.actor.name.toWellFormed().slice(0, 200).toWellFormed() },
    event: event.event,
    ...(rollout !== undefined && { rollout }),
    ...(event.service !== undefined && { service: event.service.toWellFormed() }),
    ...(isTextRecord(evidence) && { evidence }),
    ...(inputs !== undefined && { inputs }),
  };
  return boundEntry(entry);
}

function inputsOf(inputs: unknown): JsonObject | undefined {
  if (inputs === undefined) return undefined;
  const value = redact(inputs);
  return isJsonObject(value) ? value : { value };
}

/** Over the limit only the digest of the inputs is kept: the entry itself must never be refused. */
function boundEntry(entry: AuditEntry): AuditEntry {
  if (entry.inputs === undefined || Buffer.byteLength(entryText(entry)) <= maxEntryBytes) return entry;
  const text = canonicalJson(entry.inputs);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  return { ...entry, inputs: { isCut: true, bytes: Buffer.byteLength(text), digest } };
}

/** The entry's bytes in the log: canonical JSON (RFC 8785). */
export function entryText(entry: AuditEntry): string {
  return canonicalJson({ ...entry, actor: { ...entry.actor } });
}

export type ParsedEntry = { ok: true; entry: AuditEntry } | { ok: false; message: string };

const actorKinds = ['person', 'automation', 'judge', 'evenkeel'] as const;

/** Trust boundary: an entry as it was read. Members that this version does not know are left where they are, unread. */
export function parseEntry(value: JsonValue | undefined): ParsedEntry {
  if (!isJsonObject(value)) return { ok: false, message: 'it is not an object' };
  const { sequence, at, clockAt, actor, event, rollout, service, evidence, inputs } = value;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0)
    return { ok: false, message: 'its sequence is not a number from 0' };
  if (!isTime(at)) return { ok: false, message: 'its time is not RFC 3339 in UTC' };
  if (clockAt !== undefined && !isTime(clockAt))
    return { ok: false, message: 'its clock time is not RFC 3339 in UTC' };
  const kind = isJsonObject(actor) ? actorKinds.find((known) => known === actor['kind']) : undefined;
  const name = isJsonObject(actor) ? actor['name'] : undefined;
  if (kind === undefined || typeof name !== 'string') return { ok: false, message: 'it names no actor' };
  if (!isAuditEvent(event)) return { ok: false, message: 'its event is not known to this version' };
  if (!isOptionalText(rollout) || !isOptionalText(service))
    return { ok: false, message: 'its rollout or service is not text' };
  if (evidence !== undefined && !isTextRecord(evidence))
    return { ok: false, message: 'its evidence is not a list of digests' };
  if (inputs !== undefined && !isJsonObject(inputs))
    return { ok: false, message: 'its inputs are not an object' };
  const entry: AuditEntry = {
    sequence,
    at,
    ...(clockAt !== undefined && { clockAt }),
    actor: { kind, name },
    event,
    ...(rollout !== undefined && { rollout }),
    ...(service !== undefined && { service }),
    ...(evidence !== undefined && { evidence }),
    ...(inputs !== undefined && { inputs }),
  };
  return { ok: true, entry };
}

function isAuditEvent(value: JsonValue | undefined): value is AuditEvent {
  return typeof value === 'string' && Object.hasOwn(auditEvents, value);
}

function isTime(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
}

function isOptionalText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isTextRecord(value: JsonValue | undefined): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((member) => typeof member === 'string');
}
