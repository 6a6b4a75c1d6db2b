/** What an appender has to know of the log so far, without reading all of it. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Predecessor } from '../../policies/audit/audit-entry.ts';
import { parseRecord } from '../../policies/audit/audit-record.ts';
import { openCheckpoint, type Checkpoint } from '../../policies/audit/checkpoint.ts';
import {
  appendLeaf,
  emptyRange,
  leafHash,
  rootOfRange,
  type CompactRange,
} from '../../policies/audit/merkle-tree.ts';
import { inputFailure, type Failure } from '../../stacks/failure.ts';
import { readFileIfPresent } from '../deployer/state-directory.ts';
import { readSigner } from './log-key.ts';
import { listSegments, readSegment, segmentBytes, segmentPath, segmentRecords } from './segments.ts';

export interface Tail {
  range: CompactRange;
  last: Predecessor;
  /** The segment that holds the last record, and how many bytes of it are whole lines. */
  segment: number;
  bytes: number;
}

export const emptyTail: Tail = { range: emptyRange, last: null, segment: 0, bytes: 0 };

/** Whether nobody else has written since. */
export function isCurrent(directory: string, tail: Tail): boolean {
  if (tail.last === null) return false;
  return (
    segmentBytes(directory, tail.segment) === tail.bytes && segmentBytes(directory, tail.segment + 1) === null
  );
}

/**
 * Reads the end of the log: the hashes kept at the last full segment, and the segment after it. What comes out has the
 * root that was signed with the last record, or everything is read; if it still has not, the log is damaged, and is not
 * written to. `known` is what this process has seen: a log that is shorter now is damaged too.
 */
export function readTail(directory: string, known: Tail = emptyTail): Tail {
  const segments = countSegments(directory);
  const head = headOf(directory);
  const saved = readRange(directory);
  const start = saved === null ? 0 : saved.size / segmentRecords;
  const quick =
    saved === null || start > segments ? null : readForward(directory, { ...emptyTail, range: saved }, start);
  const tail = quick ?? readForward(directory, emptyTail, 0);
  if (tail === null) throw damaged(directory, 'its last entries are not those that were signed');
  const expected = Math.max(known.range.size, head?.size ?? 0);
  if (tail.range.size < expected) {
    throw damaged(directory, `${expected} entries were signed, and ${tail.range.size} are left`);
  }
  if (head?.size === tail.range.size && !head.root.equals(rootOfRange(tail.range)))
    throw damaged(directory, 'its head is over other entries');
  return tail;
}

function countSegments(directory: string): number {
  const segments = listSegments(directory);
  if (segments.some((segment, index) => segment !== index))
    throw damaged(directory, 'a file of `entries` is gone');
  return segments.length;
}

/** Null when the root that comes out is not the one that was signed last. */
function readForward(directory: string, from: Tail, firstSegment: number): Tail | null {
  const segments = countSegments(directory);
  // When a full segment is the last, its last record says what was signed.
  const first = firstSegment === segments && firstSegment > 0 ? firstSegment - 1 : firstSegment;
  let { range, last, segment, bytes } = from;
  let checkpoint: string | null = null;
  for (let index = first; index < segments; index++) {
    const { lines, bytes: wholeBytes } = readSegment(directory, index);
    for (const line of lines) {
      const parsed = parseRecord(line);
      if (!parsed.ok) throw damaged(directory, `${segmentPath(directory, index)}: ${parsed.message}`);
      const { entry, entryText } = parsed.record;
      if (index >= firstSegment) range = appendLeaf(range, leafHash(entryText));
      last = { sequence: entry.sequence, at: entry.at };
      checkpoint = parsed.record.checkpoint;
    }
    segment = index;
    bytes = wholeBytes;
  }
  if (checkpoint === null) return range.size === 0 ? emptyTail : null;
  const signed = openOwn(directory, checkpoint);
  const isSigned = signed?.size === range.size && signed.root.equals(rootOfRange(range));
  return isSigned && last?.sequence === range.size - 1 ? { range, last, segment, bytes } : null;
}

/** The published head; null when there is none, or a power cut has emptied it: the records hold the same heads. */
function headOf(directory: string): Checkpoint | null {
  const note = readFileIfPresent(join(directory, 'checkpoint'));
  if (note === null || note === '') return null;
  const head = openOwn(directory, note);
  if (head === null) throw damaged(directory, 'its head is not signed by its own key');
  return head;
}

function openOwn(directory: string, note: string): Checkpoint | null {
  const signer = readSigner(directory);
  // Without the key nothing is appended anyway; the caller says so.
  if (signer === null) throw keyMissing(directory);
  const opened = openCheckpoint(note, signer);
  return opened.outcome === 'verified' ? opened.checkpoint : null;
}

export function keyMissing(directory: string): Failure {
  return inputFailure(
    'audit-key-missing',
    `${join(directory, 'key')} is gone, so nothing can be added to the log; restore it from a backup, or move ${directory} away to begin a new log`,
  );
}

export function damaged(directory: string, what: string): Failure {
  return inputFailure(
    'audit-log-damaged',
    `the audit log in ${directory} is damaged (${what}), so nothing is added to it; look with \`evenkeel audit verify\`, and restore it from a copy`,
  );
}

function rangePath(directory: string): string {
  return join(directory, 'range.json');
}

/** Only a short cut: it is believed when the root that comes out of it is the one that was signed. */
export function saveRange(directory: string, range: CompactRange): void {
  const text = JSON.stringify({
    size: range.size,
    hashes: range.hashes.map((hash) => hash.toString('base64')),
  });
  try {
    writeFileSync(`${rangePath(directory)}.tmp`, text, { mode: 0o600 });
    renameSync(`${rangePath(directory)}.tmp`, rangePath(directory));
  } catch {
    // Without it the whole log is read once.
    rmSync(rangePath(directory), { force: true });
  }
}

function readRange(directory: string): CompactRange | null {
  const text = readFileIfPresent(rangePath(directory));
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('size' in value) || !('hashes' in value))
      return null;
    const { size, hashes } = value;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || size % segmentRecords !== 0)
      return null;
    if (!Array.isArray(hashes) || hashes.length !== onesOf(size)) return null;
    return { size, hashes: hashes.map((hash) => Buffer.from(String(hash), 'base64')) };
  } catch {
    return null;
  }
}

/** A compact range has one hash for each bit that is set in its size. */
function onesOf(size: number): number {
  return size.toString(2).replaceAll('0', '').length;
}
