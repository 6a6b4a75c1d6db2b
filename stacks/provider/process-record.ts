/**
 * Which CLIs and providers work on a service, on the disk, so that a later run can tell what a killed one left at work. The
 * CLI's line is written by the script that becomes the CLI (`pulumi-home.ts`), the provider's by itself.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineMark, startOfProcess } from '../local/process-table.ts';

/** Where the records lie, in the environment of whatever the tool starts. */
export const recordsVariable = 'EVENKEEL_PROCESSES';

export interface RecordedProcess {
  role: 'cli' | 'provider';
  processId: number;
}

/** Puts this process on record until it ends. */
export function recordProvider(directory: string | undefined): void {
  if (directory === undefined || directory === '') return;
  const path = join(directory, `provider-${process.pid}`);
  writeFileSync(path, `${machineMark() ?? ''}\n${startOfProcess(process.pid) ?? ''}\n`, { mode: 0o600 });
  process.on('exit', () => rmSync(path, { force: true }));
}

/** The recorded processes that still run; records of others are removed. Of another machine's nothing is known: kept. */
export function recordedProcesses(directory: string): RecordedProcess[] {
  return readdirSync(directory).flatMap((name) => {
    const [, role, id] = /^(cli|provider)-(\d+)$/.exec(name) ?? [];
    if (role === undefined || id === undefined) return [];
    const path = join(directory, name);
    const [machine = '', start = ''] = readRecord(path);
    if (machine !== (machineMark() ?? '')) return [];
    const processId = Number(id);
    const current = startOfProcess(processId);
    if (current !== null && (start === current || start === ''))
      return [{ role: role === 'cli' ? 'cli' : 'provider', processId }];
    rmSync(path, { force: true });
    return [];
  });
}

function readRecord(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // Its process has ended meanwhile.
    return [];
  }
}
