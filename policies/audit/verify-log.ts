/**
 * Verification of a whole log, from its lines alone: what is not exactly what was signed is named, with the first entry
 * it shows at. Pure, so that an auditor's copy, a branch or a bucket are verified by the same words.
 *
 * What it can and cannot show: every edit, gap, insertion and reordering shows against the heads that were signed when
 * the entries were appended. A writer who holds the key can rewrite everything, or drop the end together with the heads
 * over it; that shows only against a checkpoint that somebody else has seen (`since`), or a key that was pinned.
 */
import { parseRecord, type AuditRecord } from './audit-record.ts';
import { openCheckpoint, type Checkpoint, type CheckpointRefusal, type Verifier } from './checkpoint.ts';
import {
  appendLeaf,
  consistencyProof,
  emptyRange,
  leafHash,
  rootOfRange,
  type CompactRange,
  type Hash,
} from './merkle-tree.ts';

export type ProblemCode =
  | 'record-unreadable'
  | 'sequence-wrong'
  | 'time-backwards'
  | 'head-size-wrong'
  | 'root-wrong'
  | 'two-heads'
  | 'truncated'
  | 'since-not-verified'
  | 'since-beyond-end'
  | CheckpointRefusal;

export interface Problem {
  reasonCode: ProblemCode;
  /** The entry it shows at, counted by its place; null when it is about the log as a whole. */
  sequence: number | null;
  message: string;
}

/** Worth knowing, and no sign of tampering. */
export interface Notice {
  reasonCode: 'clock-behind';
  sequence: number;
  message: string;
}

export interface LogSummary {
  origin: string;
  size: number;
  /** `sha256:…` of the tree over all entries. */
  root: string;
  notices: Notice[];
  /** Proof in base64 that the log continues `since`, for those who have the two heads only. */
  consistencyProof?: string[];
}

export type VerifyResult =
  | ({ outcome: 'valid' } & LogSummary)
  | ({ outcome: 'not-valid'; problems: [Problem, ...Problem[]] } & LogSummary);

export interface VerifyInput {
  /** Every line in order, without its end; a last one that was cut off too. */
  lines: Iterable<string>;
  /** The newest head, as it is kept beside the entries; null when it is missing. */
  head: string | null;
  /** Whose signatures count. */
  verifier: Verifier;
  /** A head that was seen before. */
  since?: string;
}

export function verifyLog(input: VerifyInput): VerifyResult {
  const reading = readLines(input);
  const { problems, leaves, range, signed } = reading;
  if (input.head !== null) problems.push(...checkHead(input.head, input.verifier, signed));
  let proof: string[] | undefined;
  if (input.since !== undefined) {
    const checked = checkSince(input.since, input.verifier, reading);
    problems.push(...checked.problems);
    if (checked.problems.length === 0 && checked.size > 0)
      proof = consistencyProof(leaves, checked.size).map((hash) => hash.toString('base64'));
  }
  const summary: LogSummary = {
    origin: input.verifier.name,
    size: range.size,
    root: `sha256:${rootOfRange(range).toString('hex')}`,
    notices: reading.notices,
    ...(proof !== undefined && { consistencyProof: proof }),
  };
  const [first, ...others] = problems;
  return first === undefined
    ? { outcome: 'valid', ...summary }
    : { outcome: 'not-valid', problems: [first, ...others], ...summary };
}

interface Reading {
  problems: Problem[];
  notices: Notice[];
  leaves: Hash[];
  range: CompactRange;
  /** The roots by size, as they are computed from the entries; index 0 is the empty tree. */
  roots: Hash[];
  /** The heads by size whose signature holds. */
  signed: Map<number, Checkpoint>;
}

function readLines({ lines, verifier }: VerifyInput): Reading {
  const reading: Reading = {
    problems: [],
    notices: [],
    leaves: [],
    range: emptyRange,
    roots: [rootOfRange(emptyRange)],
    signed: new Map(),
  };
  let previous: AuditRecord['entry'] | null = null;
  let place = 0;
  // After the first difference every later root differs too; only the first says anything.
  let isTreeBroken = false;
  for (const line of lines) {
    const parsed = parseRecord(line);
    if (parsed.ok) {
      const { entry, entryText, checkpoint } = parsed.record;
      append(reading, leafHash(entryText));
      const found: Problem[] = [
        ...checkPlace(entry, previous, place),
        ...checkTime(entry, previous, place, reading.notices),
        ...checkCheckpoint(checkpoint, verifier, place, reading, isTreeBroken),
      ];
      isTreeBroken ||= found.some(({ reasonCode }) => breaksTree(reasonCode));
      reading.problems.push(...found);
      previous = entry;
    } else {
      // Its bytes still take a place, so that what follows is named by the right one.
      append(reading, leafHash(line));
      reading.problems.push(problem('record-unreadable', place, parsed.message));
      isTreeBroken = true;
    }
    place += 1;
  }
  return reading;
}

function append(reading: Reading, leaf: Hash): void {
  reading.leaves.push(leaf);
  reading.range = appendLeaf(reading.range, leaf);
  reading.roots.push(rootOfRange(reading.range));
}

function breaksTree(reasonCode: ProblemCode): boolean {
  return reasonCode === 'sequence-wrong' || reasonCode === 'root-wrong' || reasonCode === 'head-size-wrong';
}

function checkPlace(
  entry: AuditRecord['entry'],
  previous: AuditRecord['entry'] | null,
  place: number,
): Problem[] {
  const expected = previous === null ? 0 : previous.sequence + 1;
  if (entry.sequence === expected) return [];
  const what =
    entry.sequence > expected
      ? `${entry.sequence - expected} before it missing`
      : 'it was inserted, repeated or moved';
  return [problem('sequence-wrong', place, `it says ${entry.sequence} where ${expected} belongs: ${what}`)];
}

function checkTime(
  entry: AuditRecord['entry'],
  previous: AuditRecord['entry'] | null,
  place: number,
  notices: Notice[],
): Problem[] {
  if (entry.clockAt !== undefined) {
    const message = `the clock stood at ${entry.clockAt}, before the entry before it; the time was held at ${entry.at}`;
    notices.push({ reasonCode: 'clock-behind', sequence: place, message });
  }
  if (previous === null || entry.at >= previous.at) return [];
  return [
    problem('time-backwards', place, `its time ${entry.at} is before ${previous.at} of the entry before it`),
  ];
}

function checkCheckpoint(
  note: string,
  verifier: Verifier,
  place: number,
  { roots, signed }: Reading,
  isTreeBroken: boolean,
): Problem[] {
  const opened = openCheckpoint(note, verifier);
  if (opened.outcome === 'refused')
    return [problem(opened.reasonCode, place, `its checkpoint is refused: ${opened.message}`)];
  const { checkpoint } = opened;
  const other = signed.get(checkpoint.size);
  if (other !== undefined && !other.root.equals(checkpoint.root))
    return [problem('two-heads', place, twoHeads(checkpoint.size))];
  signed.set(checkpoint.size, checkpoint);
  if (isTreeBroken) return [];
  if (checkpoint.size !== place + 1) {
    const message = `its checkpoint is over ${checkpoint.size} entries, and it stands at the end of ${place + 1}`;
    return [problem('head-size-wrong', place, message)];
  }
  if (roots[place + 1]?.equals(checkpoint.root) === true) return [];
  return [problem('root-wrong', place, 'it is not what was signed: the entry was changed, or put in')];
}

function checkHead(note: string, verifier: Verifier, signed: ReadonlyMap<number, Checkpoint>): Problem[] {
  const opened = openCheckpoint(note, verifier);
  if (opened.outcome === 'refused')
    return [problem(opened.reasonCode, null, `the head beside the log is refused: ${opened.message}`)];
  const { size, root } = opened.checkpoint;
  const same = signed.get(size);
  if (same !== undefined)
    return same.root.equals(root) ? [] : [problem('two-heads', size - 1, twoHeads(size))];
  const message = `a head over ${size} entries was signed, and the log does not go that far: its end was cut off`;
  return [problem('truncated', size - 1, message)];
}

function checkSince(
  note: string,
  verifier: Verifier,
  { roots, signed }: Reading,
): { problems: Problem[]; size: number } {
  const opened = openCheckpoint(note, verifier);
  if (opened.outcome === 'refused') {
    const message = `the checkpoint seen before does not belong to this log (${opened.message}): it is of another log, or this one was replaced`;
    return { problems: [problem('since-not-verified', null, message)], size: 0 };
  }
  const { size, root } = opened.checkpoint;
  const computed = roots[size];
  if (computed === undefined) {
    const message = `${size} entries were seen before, and the log has ${roots.length - 1}: its end was cut off`;
    return { problems: [problem('since-beyond-end', roots.length - 1, message)], size };
  }
  const other = signed.get(size);
  const isFork = other !== undefined && !other.root.equals(root);
  if (isFork) return { problems: [problem('two-heads', size - 1, twoHeads(size))], size };
  if (computed.equals(root)) return { problems: [], size };
  const message = `the first ${size} entries are not those that were seen before: the log was rewritten`;
  return { problems: [problem('root-wrong', size - 1, message)], size };
}

function twoHeads(size: number): string {
  return `two different heads over ${size} entries were signed: the log was rewritten, or two readers were shown different ones`;
}

function problem(reasonCode: ProblemCode, sequence: number | null, message: string): Problem {
  return { reasonCode, sequence, message };
}
