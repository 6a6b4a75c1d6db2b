import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parse } from 'node:path';

/** A mark that tells a process from a later one with the same id: its start time. Null when there is no such process. */
export function startOfProcess(processId: number): string | null {
  try {
    if (process.platform === 'linux') {
      const fields = statOf(processId);
      // A zombie has ended; it only waits to be counted.
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    }
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(processId)], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return text.trim() === '' ? null : text.trim();
  } catch {
    return null;
  }
}

/**
 * The boot and the process table in which a process id means a process of this machine: containers may share a host's name
 * and a disk. Null where the system does not tell.
 */
export function machineMark(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** The processes that run a script of this name (without its extension) with exactly this argument, by their ids. */
export function processesRunning(script: string, argument: string): number[] {
  const found = process.platform === 'linux' ? argumentsOnLinux() : argumentsElsewhere();
  return found
    .filter(([, words]) => words.some((word) => parse(word).name === script) && words.includes(argument))
    .map(([id]) => id);
}

function argumentsOnLinux(): [number, string[]][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return [Number(name), readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')];
      } catch {
        return [Number(name), []];
      }
    });
}

function argumentsElsewhere(): [number, string[]][] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8', stdio: 'pipe' });
  return listed.split('\n').map((line) => {
    const [id = '', ...words] = line.trim().split(/\s+/);
    return [Number(id), words];
  });
}

/** Whether the process that listens on 127.0.0.1:port belongs to the session that this leader started. */
export function isListeningInSession(port: number, leader: number): Promise<boolean> {
  return Promise.resolve(
    process.platform === 'linux' ? isListeningOnLinux(port, leader) : isListeningElsewhere(port, leader),
  );
}

function isListeningOnLinux(port: number, leader: number): boolean {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
  );
  return sessionMembers(leader).some((processId) =>
    socketInodes(processId).some((inode) => inodes.has(inode)),
  );
}

const listening = '0A';

function listeningInodes(table: string, port: number): string[] {
  let text = '';
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells[3] === listening && Number.parseInt(cells[1]?.split(':')[1] ?? '', 16) === port)
    .flatMap((cells) => cells[9] ?? []);
}

function sessionMembers(leader: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((processId) => {
      try {
        return statOf(processId)[3] === String(leader);
      } catch {
        return false;
      }
    });
}

/** Fields of /proc/PID/stat after the command's name: state, parent, group, session, … */
function statOf(processId: number): string[] {
  const text = readFileSync(`/proc/${processId}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function socketInodes(processId: number): string[] {
  try {
    return readdirSync(`/proc/${processId}/fd`).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${processId}/fd/${name}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

function isListeningElsewhere(port: number, leader: number): boolean {
  try {
    const owners = execFileSync('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return owners
      .split('\n')
      .filter((line) => line !== '')
      .some((owner) => {
        const group = execFileSync('ps', ['-o', 'pgid=', '-p', owner], { encoding: 'utf8', stdio: 'pipe' });
        return Number(group) === leader;
      });
  } catch {
    return false;
  }
}
