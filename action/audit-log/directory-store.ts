/**
 * The audit log in a directory: `entries/` (one line a record: entry and signed head), `checkpoint` (the newest head),
 * `key` and `key.pub`. An append is on disk and signed when it returns.
 *
 * What makes it hold: a record is one write, synced before anything is announced, so that a crash leaves all of it or a
 * torn line that nobody was told of; `checkpoint` is replaced afterwards and therefore never ahead, so that a head that
 * is ahead means a cut-off end; a log whose tail does not verify, or whose key is missing, is not appended to.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildEntry,
  entryText,
  type AuditEntry,
  type NewAuditEntry,
} from '../../policies/audit/audit-entry.ts';
import { parseRecord, recordText } from '../../policies/audit/audit-record.ts';
import { signCheckpoint, verifierText, type Signer } from '../../policies/audit/checkpoint.ts';
import { appendLeaf, leafHash, rootOfRange } from '../../policies/audit/merkle-tree.ts';
import { verifyLog, type VerifyResult } from '../../policies/audit/verify-log.ts';
import { isDiskFull } from '../../stacks/disk-full.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import { readFileIfPresent } from '../deployer/state-directory.ts';
import { withAppendLock } from './append-lock.ts';
import { createKey, readSigner, readVerifier } from './log-key.ts';
import { damaged, emptyTail, isCurrent, keyMissing, readTail, saveRange, type Tail } from './log-tail.ts';
import { appendLine, listSegments, readSegment, segmentRecords } from './segments.ts';

/** A log open for appending; several processes may have it open, and are let in one append at a time. */
export interface AuditLog {
  /** On disk and signed when it returns; fails with a `Failure`, and then nothing was written. */
  append(entry: NewAuditEntry): AuditEntry;
  /** The place that the next entry would take if nobody else writes. */
  nextSequence(): number;
  /** The newest signed head, as others should keep it; fails before the first entry. */
  checkpoint(): string;
  entries(): Generator<AuditEntry>;
  verify(since?: string): VerifyResult;
  close(): void;
}

/** Opens the log for appending; files are made with the first entry. A torn end is mended with the next append. */
export function openAuditLog(directory: string, options: { now(): Date }): AuditLog {
  const store: Store = { directory, now: () => options.now(), tail: emptyTail };
  const lock = join(directory, 'lock');
  let isClosed = false;
  return {
    append(entry) {
      if (isClosed) throw new Error('the audit log was closed');
      return guarded(directory, () => {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        return withAppendLock(lock, () => appendLocked(store, entry));
      });
    },
    nextSequence: () => Math.max(1, readTail(directory).range.size),
    checkpoint() {
      const checkpoint = readCheckpoint(directory);
      if (checkpoint === null) throw noLog(directory);
      return checkpoint;
    },
    entries: () => readEntries(directory),
    verify: (since) => verifyDirectory(directory, since === undefined ? {} : { since }),
    close() {
      isClosed = true;
    },
  };
}

/** One entry for a log that nobody keeps open; fails as `append` does. */
export function appendEntry(directory: string, options: { now(): Date }, entry: NewAuditEntry): AuditEntry {
  return openAuditLog(directory, options).append(entry);
}

interface Store {
  directory: string;
  now(): Date;
  tail: Tail;
}

function appendLocked(store: Store, event: NewAuditEntry): AuditEntry {
  const { directory } = store;
  if (!isCurrent(directory, store.tail)) store.tail = readTail(directory, store.tail);
  const signer = requireSigner(directory, store.tail);
  if (store.tail.range.size === 0) {
    writeEntry(store, signer, {
      actor: { kind: 'evenkeel', name: 'evenkeel' },
      event: 'log.created',
      inputs: { origin: signer.name, publicKey: verifierText(signer) },
    });
  }
  return writeEntry(store, signer, event);
}

function writeEntry(store: Store, signer: Signer, event: NewAuditEntry): AuditEntry {
  const { directory, tail } = store;
  const entry = buildEntry(event, tail.last, store.now());
  const range = appendLeaf(tail.range, leafHash(entryText(entry)));
  const checkpoint = signCheckpoint(range.size, rootOfRange(range), signer);
  const segment = Math.floor(entry.sequence / segmentRecords);
  const offset = entry.sequence % segmentRecords === 0 ? 0 : tail.bytes;
  const bytes = appendLine(directory, segment, offset, recordText(entry, checkpoint));
  store.tail = { range, last: { sequence: entry.sequence, at: entry.at }, segment, bytes };
  publishHead(directory, checkpoint);
  if (range.size % segmentRecords === 0) saveRange(directory, range);
  return entry;
}

/** A new key only for a new log: a log that goes on under another key could not be told from a forged one. */
function requireSigner(directory: string, tail: Tail): Signer {
  const signer = readSigner(directory);
  if (signer !== null) return signer;
  if (tail.range.size === 0 && readCheckpoint(directory) === null) return createKey(directory);
  throw keyMissing(directory);
}

/** The record is on disk already and holds the same head, so this one may be lost with the power, but is never torn. */
function publishHead(directory: string, checkpoint: string): void {
  const path = checkpointPath(directory);
  try {
    writeFileSync(`${path}.tmp`, checkpoint, { mode: 0o600, flush: true });
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    // A full disk here takes nothing back: the entry is kept, and the next append publishes the next head.
    if (!isDiskFull(error)) throw error;
  }
}

function checkpointPath(directory: string): string {
  return join(directory, 'checkpoint');
}

/** The newest head that was published; null when there is none. */
export function readCheckpoint(directory: string): string | null {
  return readFileIfPresent(checkpointPath(directory));
}

/** The entries in order, as they stand, without a judgement on them. Fails when there is no log, or one is unreadable. */
export function* readEntries(directory: string): Generator<AuditEntry> {
  let place = 0;
  for (const line of readLines(directory)) {
    const parsed = parseRecord(line);
    if (!parsed.ok) throw damaged(directory, `entry ${place} cannot be read: ${parsed.message}`);
    yield parsed.record.entry;
    place += 1;
  }
}

/** The entries so far, none before the first. A log that has lost only its head is read, and never taken for empty. */
export function readEntriesSoFar(directory: string): AuditEntry[] {
  return isNothing(directory) ? [] : [...readEntries(directory)];
}

/**
 * Reads and verifies a log without changing it. `since` is a head that was seen before, `key` pins whose signatures
 * count. Fails when there is no log or no key to verify with.
 */
export function verifyDirectory(directory: string, seen: { since?: string; key?: string }): VerifyResult {
  refuseNothing(directory);
  // First the head: one that is published while the entries are read lies behind them, and not ahead.
  const head = readCheckpoint(directory);
  return verifyLog({
    lines: readLines(directory),
    head,
    verifier: readVerifier(directory, seen.key),
    ...(seen.since !== undefined && { since: seen.since }),
  });
}

/** Whole lines only: a torn one was never announced, and the head shows whether anything is missing. */
function* readLines(directory: string): Generator<string> {
  refuseNothing(directory);
  const segments = listSegments(directory);
  for (const segment of segments) {
    const { lines, tornText } = guarded(directory, () => readSegment(directory, segment));
    yield* lines;
    if (tornText !== '' && segment !== segments.at(-1)) yield tornText;
  }
}

function refuseNothing(directory: string): void {
  if (isNothing(directory)) throw noLog(directory);
}

function isNothing(directory: string): boolean {
  return listSegments(directory).length === 0 && readCheckpoint(directory) === null;
}

function noLog(directory: string): Failure {
  return inputFailure(
    'no-audit-log',
    `${directory} has no audit log; the first \`evenkeel deploy\` makes one, or name another with --directory`,
  );
}

/** Turns what the disk says into a sentence. */
function guarded<Value>(directory: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error) || !('code' in error)) throw error;
    if (isDiskFull(error)) {
      throw inputFailure(
        'disk-full',
        `the disk is full, so the audit log in ${directory} cannot be written and nothing was done; free some space and try again`,
      );
    }
    throw effectFailure(
      'audit-log-unusable',
      `the audit log in ${directory} cannot be used (${error.message}), so nothing was done; mend that and try again`,
      true,
    );
  }
}
