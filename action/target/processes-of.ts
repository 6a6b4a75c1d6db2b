import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

export interface FoundProcess {
  id: number;
  command: string;
}

/** Every other process that was started for this directory, or works in it, as far as the system tells. */
export function processesOf(directory: string): FoundProcess[] {
  const listed = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8', stdio: 'pipe' });
  return listed.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(.+)$/.exec(line);
    const id = Number(found?.[1] ?? 0);
    const command = found?.[2] ?? '';
    if (id === 0 || id === process.pid) return [];
    return command.includes(directory) || worksIn(id, directory) ? [{ id, command }] : [];
  });
}

function worksIn(id: number, directory: string): boolean {
  try {
    return readlinkSync(`/proc/${id}/cwd`).startsWith(directory);
  } catch {
    return false;
  }
}
