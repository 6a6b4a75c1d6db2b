import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Where one service in one environment keeps its local state. All directories are private (0700). */
export interface StateDirectory {
  /** `EVENKEEL_HOME`, or `.evenkeel` in the repository. */
  home: string;
  journal: string;
  run: string;
  releases: string;
  audit: string;
  incidents: string;
  /** Evidence and pictures, a directory for each rollout. */
  rollouts: string;
  lockFile: string;
  stableFile: string;
  controlSocket: string;
}

// Linux allows 107 bytes for the path of a Unix socket, macOS 103.
const maxSocketPathBytes = 100;

export function stateDirectoryOf(
  repository: string,
  env: Readonly<Record<string, string | undefined>>,
  service: string,
  environment: string,
): StateDirectory {
  const home = homeOf(repository, env);
  const name = `${service}-${environment}`;
  const run = join(home, 'run', name);
  const directories: StateDirectory = {
    home,
    journal: join(home, 'journal', name),
    run,
    releases: join(home, 'releases'),
    audit: join(home, 'audit'),
    incidents: join(home, 'incidents'),
    rollouts: join(home, 'rollouts', name),
    lockFile: join(run, 'lock.json'),
    stableFile: join(run, 'stable.json'),
    controlSocket: shortSocketPath(join(run, 'control.sock')),
  };
  for (const directory of [home, directories.journal, run, dirname(directories.controlSocket)]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  return directories;
}

/** Where a rollout's evidence over time is kept, beside its pictures. */
export function evidenceFileOf({ rollouts }: StateDirectory, rollout: string): string {
  return join(rollouts, rollout, 'evidence.json');
}

export function homeOf(repository: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = env['EVENKEEL_HOME'];
  return home === undefined || home === '' ? join(repository, '.evenkeel') : resolve(repository, home);
}

function shortSocketPath(path: string): string {
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return path;
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 24);
  return join(tmpdir(), `evenkeel-${userInfo().uid}`, `${digest}.sock`);
}

/** Replaces a file as a whole: readers see the old or the new contents, also after a power cut. */
export function writeFileAtomically(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, contents);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The file's text, or null when there is none. */
export function readFileIfPresent(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
