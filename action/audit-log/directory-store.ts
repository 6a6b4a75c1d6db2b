/**
 * The audit log in a directory: `entries.jsonl` (one line an entry, each with the head that was signed over it),
 * `checkpoint` (the newest head, for others to keep), and the key pair. An append is on disk when it returns.
 *
 * A crash in the middle of an append leaves a line without its end; the next one that appends cuts it off. A log that
 * does not verify is not appended to.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  buildEntry,
  entryText,
  type AuditEntry,
  type NewAuditEntry,
  type Predecessor,
} from '../../policies/audit/audit-entry.ts';
import { parseRecord, recordText } from '../../policies/audit/audit-record.ts';
import {
  parseSigner,
  parseVerifier,
  signCheckpoint,
  signerOf,
  signerText,
  verifierText,
  type Signer,
  type Verifier,
} from '../../policies/audit/checkpoint.ts';
import {
  appendLeaf,
  emptyRange,
  leafHash,
  rootOfRange,
  type CompactRange,
} from '../../policies/audit/merkle-tree.ts';
import { verifyLog, type VerifyResult } from '../../policies/audit/verify-log.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { takeLock, type RolloutLock } from '../deployer/rollout-lock.ts';
import { readFileIfPresent, syncDirectory, writeFileAtomically } from '../deployer/state-directory.ts';

const lockAttempts = 250;
const lockPauseMs = 20;

/** A log open for appending. */
export interface AuditLog {
  append(entry: NewAuditEntry): AuditEntry;
  /** The newest signed head, as others should keep it. */
  checkpoint(): string;
  close(): void;
}

interface Files {
  entries: string;
  checkpoint: string;
  privateKey: string;
  publicKey: string;
  lock: string;
}

function filesIn(directory: string): Files {
  return {
    entries: join(directory, 'entries.jsonl'),
    checkpoint: join(directory, 'checkpoint'),
    privateKey: join(directory, 'key'),
    publicKey: join(directory, 'key.pub'),
    lock: join(directory, 'lock.json'),
  };
}

/**
 * Opens the log for appending, creating it when there is none. It is locked entry by entry, so that several processes
 * may have it open; whoever finds that another one has written reads the log again first.
 */
export function openAuditLog(directory: string, options: { now(): Date }): AuditLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = filesIn(directory);
  const file = openSync(files.entries, 'a+', 0o600);
  let tail = withLock(files.lock, options.now, () => readTail(directory, files, file));

  function append(wanted: NewAuditEntry): AuditEntry {
    const entry = buildEntry(wanted, tail.last, options.now());
    const range = appendLeaf(tail.range, leafHash(entryText(entry)));
    const checkpoint = signCheckpoint(range.size, rootOfRange(range), tail.signer);
    const line = `${recordText(entry, checkpoint)}\n`;
    try {
      writeWhole(file, line);
    } catch (error) {
      ftruncateSync(file, tail.end);
      const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
      const reason = isFull ? 'the disk is full' : `it cannot be written (${String(error)})`;
      throw inputFailure(
        'disk-full',
        `${files.entries}: ${reason}, so nothing was done; free some space and try again`,
      );
    }
    tail = { signer: tail.signer, range, checkpoint, last: entry, end: tail.end + Buffer.byteLength(line) };
    // Not synced: it can be taken from the last line again.
    writeFileSync(files.checkpoint, checkpoint, { mode: 0o600 });
    return entry;
  }

  return {
    append: (entry) =>
      withLock(files.lock, options.now, () => {
        if (fstatSync(file).size !== tail.end) tail = readTail(directory, files, file);
        return append(entry);
      }),
    checkpoint: () => tail.checkpoint,
    close: () => closeSync(file),
  };
}

/** What an appender has to know of the log so far. */
interface Tail {
  signer: Signer;
  range: CompactRange;
  last: Predecessor;
  end: number;
  checkpoint: string;
}

function readTail(directory: string, files: Files, file: number): Tail {
  const signer = loadSigner(files);
  const { lines, length } = wholeLines(files.entries);
  ftruncateSync(file, length);
  const verification = verifyLog({ lines, head: null, verifier: signer });
  if (verification.outcome === 'not-valid') {
    throw inputFailure(
      'audit-log-damaged',
      `the audit log in ${directory} does not verify (${verification.problems[0].message}), so nothing is done; look with \`evenkeel audit verify\`, and restore it from a copy`,
    );
  }
  let range = emptyRange;
  let last: Predecessor = null;
  let checkpoint = '';
  for (const line of lines) {
    const parsed = parseRecord(line);
    if (!parsed.ok) continue;
    range = appendLeaf(range, leafHash(parsed.record.entryText));
    last = parsed.record.entry;
    ({ checkpoint } = parsed.record);
  }
  syncDirectory(directory);
  return { signer, range, last, end: length, checkpoint };
}

/** Reads and verifies a log without changing it. `since` is a checkpoint that somebody kept. */
export function verifyDirectory(directory: string, since: string | null): VerifyResult {
  const files = filesIn(directory);
  const lines = readLines(directory);
  return verifyLog({
    lines,
    head: readFileIfPresent(files.checkpoint),
    verifier: verifierIn(files),
    ...(since === null ? {} : { since }),
  });
}

/** The lines as they stand, without a judgement on them; fails when there is no log. */
export function readLines(directory: string): string[] {
  const files = filesIn(directory);
  if (!existsSync(files.entries)) {
    throw inputFailure('no-audit-log', `${directory} has no audit log; the first deployment makes one`);
  }
  return wholeLines(files.entries).lines;
}

function verifierIn(files: Files): Verifier {
  const verifier = parseVerifier((readFileIfPresent(files.publicKey) ?? '').trim());
  if (verifier !== null) return verifier;
  throw inputFailure(
    'audit-key-damaged',
    `${files.publicKey} is missing or was changed, so nothing can be verified; restore it from a copy`,
  );
}

/** The log's own key, made at the first use. Its name is derived from it, so that no other log can have it. */
function loadSigner(files: Files): Signer {
  if (!existsSync(files.privateKey)) {
    const seed = randomBytes(32);
    const made = signerOf(seed);
    writeFileSync(files.publicKey, `${verifierText(made)}\n`, { mode: 0o644 });
    writeFileAtomically(files.privateKey, `${signerText(made.name, seed)}\n`);
  }
  const signer = parseSigner(readFileSync(files.privateKey, 'utf8').trim());
  if (signer !== null) return signer;
  throw inputFailure(
    'audit-key-damaged',
    `${files.privateKey} is not a signing key, or was changed; restore it from a copy`,
  );
}

function wholeLines(path: string): { lines: string[]; length: number } {
  const text = readFileSync(path);
  const length = text.lastIndexOf(0x0a) + 1;
  const lines = text.subarray(0, length).toString('utf8').split('\n');
  lines.pop();
  return { lines, length };
}

function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
  fsyncSync(file);
}

/** Appends take a few milliseconds, so a log that is held is free again in a moment. */
function withLock<Value>(path: string, now: () => Date, work: () => Value): Value {
  for (let attempt = 1; ; attempt++) {
    let lock: RolloutLock;
    try {
      lock = takeLock(path, 'writing the audit log', now());
    } catch (error) {
      if (attempt === lockAttempts) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPauseMs);
      continue;
    }
    try {
      return work();
    } finally {
      lock.release();
    }
  }
}
