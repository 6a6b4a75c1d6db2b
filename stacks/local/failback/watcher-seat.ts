/**
 * One process at a time watches the instances of a service. The seat is a file that names its holder; one whose process
 * is gone is taken over. Two that take it over at once both look who has it before every round, and one goes on.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOfProcess } from '../process-table.ts';

interface Holder {
  processId: number;
  processStart: string;
}

/** Whether this process watches now: it has the seat, or takes it from somebody who is gone. */
export function holdSeat(directory: string): boolean {
  const path = join(directory, 'watcher.json');
  const holder = readHolder(path);
  if (holder?.processId === process.pid) return true;
  if (holder !== null && startOfProcess(holder.processId) === holder.processStart) return false;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const own: Holder = { processId: process.pid, processStart: startOfProcess(process.pid) ?? '' };
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(own), { mode: 0o600 });
  renameSync(temporary, path);
  return readHolder(path)?.processId === process.pid;
}

export function leaveSeat(directory: string): void {
  const path = join(directory, 'watcher.json');
  if (readHolder(path)?.processId === process.pid) rmSync(path, { force: true });
}

function readHolder(path: string): Holder | null {
  try {
    // Written by `holdSeat` only.
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}
