/** A real PostgreSQL of its own for the tests of one file: a cluster in a temporary directory, on 127.0.0.1 only. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** Invented, and hard to miss in a message where it must never stand. */
export const testPassword = 'p4ss-of-the-test';

export interface PostgresServer {
  /** Makes a database and runs `sql` in it; the URL holds the password. */
  createDatabase(name: string, sql?: string): Promise<string>;
  url(database: string): string;
  /** Runs a statement as the superuser. */
  query(database: string, sql: string): Promise<Record<string, unknown>[]>;
  /** A session of its own, for a test that holds a lock; the test ends it. */
  connect(database: string): Promise<pg.Client>;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The programs of the newest version that is installed; null where there is none. */
function binaries(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  return found ?? null;
}

/** For a test's `skip`: false where PostgreSQL is there, or where nothing may be skipped. */
export function skipWithoutPostgres(): string | false {
  if (binaries() !== null || process.env['EVENKEEL_TEST_STRICT'] !== undefined) return false;
  return 'PostgreSQL is not installed';
}

// PostgreSQL refuses to run as root; this is the account that owns nothing.
const nobody = 65_534;

export async function startPostgres(): Promise<PostgresServer> {
  const bin = binaries();
  if (bin === null) throw new Error('PostgreSQL is not installed under /usr/lib/postgresql');
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-postgres-'));
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, testPassword);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [directory, passwordFile]) chownSync(path, nobody, nobody);
  const command = (program: string, args: string[]): [string, string[]] => {
    const path = join(bin, program);
    const drop = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    return isRoot ? ['setpriv', [...drop, path, ...args]] : [path, args];
  };
  const data = join(directory, 'data');
  const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const [initdb, initdbArgs] = command('initdb', [
    '-D',
    data,
    '--no-sync',
    '--locale=C',
    '-E',
    'UTF8',
    ...access,
  ]);
  execFileSync(initdb, initdbArgs, { cwd: directory, stdio: 'pipe' });
  const port = await freePort();
  const url = (database: string): string =>
    `postgresql://postgres:${testPassword}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;

  async function connect(database: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url(database) });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async function start(): Promise<void> {
    const options = ['fsync=off', 'listen_addresses=127.0.0.1', `port=${port}`, 'max_connections=60'];
    const [postgres, args] = command('postgres', [
      ...['-D', data, '-k', directory],
      ...options.flatMap((option) => ['-c', option]),
    ]);
    server = spawn(postgres, args, { cwd: directory, stdio: 'ignore' });
    await until('PostgreSQL answering', async () => {
      try {
        await (await connect('postgres')).end();
        return true;
      } catch {
        return false;
      }
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    server = null;
    if (ending === null || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await gone;
  }

  async function query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = await connect(database);
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  await start();
  return {
    url,
    connect,
    query,
    start,
    async createDatabase(name, sql) {
      await query('postgres', `CREATE DATABASE "${name}"`);
      if (sql !== undefined) await query(name, sql);
      return url(name);
    },
    // Without its postmaster every session ends at once, as when the machine is gone.
    kill: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
