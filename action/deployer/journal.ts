import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { isDiskFull } from '../../stacks/disk-full.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';
import { syncDirectory } from './state-directory.ts';

/** One rollout's journal: JSON lines, each on disk before what it announces is done (R5). */
export interface Journal {
  readonly rollout: string;
  append(record: JournalRecord): void;
  close(): void;
}

/** The rollouts that have a journal, oldest first. Names are the rollout's id with leading zeros, so they sort. */
export function listRollouts(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => String(Number(name.slice(0, -'.jsonl'.length))));
}

function pathOf(directory: string, rollout: string): string {
  return join(directory, `${rollout.padStart(10, '0')}.jsonl`);
}

/**
 * All whole records of a journal. A last line without its end was cut off while being written: its effect was never
 * begun, because beginning waits for the line. A bad line anywhere else is damage, and damage is an error.
 */
export function readJournal(directory: string, rollout: string): JournalRecord[] {
  const path = pathOf(directory, rollout);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop();
  return lines.map((line, index) => {
    try {
      // Written by `append` only, in a directory that is private to this user.
      return JSON.parse(line) as JournalRecord;
    } catch {
      throw inputFailure(
        'journal-damaged',
        `${path} is damaged at line ${index + 1}; restore the file from a backup, or move it away and run \`evenkeel rollback\``,
      );
    }
  });
}

/** Opens a journal for appending, creating it when new; a torn last line is removed first. */
export function openJournal(directory: string, rollout: string, path = pathOf(directory, rollout)): Journal {
  const file = openSync(path, 'a+', 0o600);
  let length = wholeLength(path);
  cutBack(file, length);
  syncDirectory(directory);
  return {
    rollout,
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      try {
        let written = 0;
        while (written < line.length) written += writeSync(file, line, written);
        fsyncSync(file);
        length += line.length;
      } catch (error) {
        cutBack(file, length);
        const reason = error instanceof Error ? error.message : String(error);
        throw isDiskFull(error)
          ? inputFailure(
              'disk-full',
              `the disk is full, so ${path} cannot be written and nothing was done; free some space and run \`evenkeel deploy --resume\``,
            )
          : effectFailure(
              'journal-unwritable',
              `${path} cannot be written (${reason}), so nothing was done; mend that and run \`evenkeel deploy --resume\``,
              true,
            );
      }
    },
    close: () => closeSync(file),
  };
}

function cutBack(file: number, length: number): void {
  try {
    ftruncateSync(file, length);
  } catch {
    // The reader drops a torn last line as well.
  }
}

/** The length up to the end of the last whole line. */
function wholeLength(path: string): number {
  return statSync(path).isFile() ? readFileSync(path).lastIndexOf(0x0a) + 1 : 0;
}
