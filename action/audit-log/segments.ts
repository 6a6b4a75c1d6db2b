import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../deployer/state-directory.ts';

/** Records a file; the width of a tile in c2sp.org/tlog-tiles, so that files and tiles have the same borders. */
export const segmentRecords = 256;

export function segmentDirectory(directory: string): string {
  return join(directory, 'entries');
}

export function segmentPath(directory: string, segment: number): string {
  return join(segmentDirectory(directory), `${String(segment).padStart(8, '0')}.jsonl`);
}

/** The numbers of the segments that are there, in order; a gap shows. Empty when there is no log. */
export function listSegments(directory: string): number[] {
  try {
    return readdirSync(segmentDirectory(directory))
      .filter((name) => /^\d{8}\.jsonl$/.test(name))
      .map((name) => Number(name.slice(0, 8)))
      .sort((a, b) => a - b);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The whole lines of one segment, and how many bytes they take; what follows them was cut off while being written. */
export function readSegment(
  directory: string,
  segment: number,
): { lines: string[]; bytes: number; tornText: string } {
  const content = readFileSync(segmentPath(directory, segment));
  const bytes = content.lastIndexOf(0x0a) + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n');
  lines.pop();
  return { lines, bytes, tornText: content.subarray(bytes).toString('utf8') };
}

/** Size in bytes; null when there is no such segment. */
export function segmentBytes(directory: string, segment: number): number | null {
  return statSync(segmentPath(directory, segment), { throwIfNoEntry: false })?.size ?? null;
}

/**
 * Appends one line after the first `bytes` bytes of a segment, on disk when it returns. What stood behind them is the
 * rest of a write that never ended, and goes. On failure the segment is as it was, and the error is thrown on.
 */
export function appendLine(directory: string, segment: number, bytes: number, line: string): number {
  const isNew = bytes === 0;
  if (isNew) mkdirSync(segmentDirectory(directory), { recursive: true, mode: 0o700 });
  const file = openSync(segmentPath(directory, segment), 'a', 0o600);
  const content = Buffer.from(`${line}\n`);
  try {
    ftruncateSync(file, bytes);
    let written = 0;
    while (written < content.length) written += writeSync(file, content, written);
    fsyncSync(file);
  } catch (error) {
    cutBack(file, bytes);
    throw error;
  } finally {
    closeSync(file);
  }
  if (isNew && process.platform !== 'win32') {
    syncDirectory(segmentDirectory(directory));
    syncDirectory(directory);
  }
  return bytes + content.length;
}

function cutBack(file: number, bytes: number): void {
  try {
    ftruncateSync(file, bytes);
  } catch {
    // A reader passes over what is behind the last whole line, and the next append removes it.
  }
}
