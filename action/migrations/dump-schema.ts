import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { redactText } from '../../policies/audit/redact.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { printable } from '../report/describe-finding.ts';

/** Where Debian and Homebrew keep the programs of each version. */
const debianRoot = '/usr/lib/postgresql';
const otherPlaces = ['/opt/homebrew/opt/libpq/bin', '/usr/local/opt/libpq/bin'];

/** `pg_dump`: the newest that Debian has beside each other, else the one on PATH. */
function findPgDump(env: Readonly<Record<string, string | undefined>>): string {
  const versions = existsSync(debianRoot)
    ? readdirSync(debianRoot).sort((a, b) => Number(b) - Number(a))
    : [];
  const places = [
    ...versions.map((version) => join(debianRoot, version, 'bin')),
    ...(env['PATH'] ?? '').split(delimiter),
    ...otherPlaces,
  ];
  const found = places.map((place) => join(place, 'pg_dump')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw effectFailure(
    'pg-dump-missing',
    'migrations are tried on a copy of the schema first, and there is no pg_dump here to copy it with; install the PostgreSQL client programs (Debian: postgresql-client)',
    false,
  );
}

/** The schema of a database as SQL, without rows, owners and rights. The password goes by the environment, never by the command line. */
export async function dumpSchema(
  url: URL,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const program = findPgDump(env);
  const args = ['--schema-only', '--no-owner', '--no-privileges', '--no-comments', '--no-security-labels'];
  const { stdout, message } = await run(
    program,
    [...args, '--no-publications', '--no-subscriptions', '--no-tablespaces'],
    connectionEnvironment(url, env),
    signal,
  );
  signal.throwIfAborted();
  if (message === null) return withoutMetaCommands(stdout);
  throw effectFailure(
    'schema-unreadable',
    `the schema of the database cannot be copied, so the migrations cannot be tried first (${message}); give the role of the URL the right to read it`,
    false,
  );
}

function connectionEnvironment(
  url: URL,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const { host, port, user, database, password } = new pg.Client({ connectionString: url.href });
  const mode = url.searchParams.get('sslmode');
  return {
    PATH: env['PATH'],
    HOME: env['HOME'],
    PGHOST: host,
    PGPORT: String(port),
    ...(user !== undefined && { PGUSER: user }),
    ...(database !== undefined && { PGDATABASE: database }),
    ...(typeof password === 'string' && password !== '' && { PGPASSWORD: password }),
    ...(mode !== null && { PGSSLMODE: mode }),
    PGCONNECT_TIMEOUT: '10',
  };
}

function run(
  program: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<{ stdout: string; message: string | null }> {
  return new Promise((resolve) => {
    execFile(program, args, { env, signal, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const said = printable(
        redactText(stderr || (error?.message ?? ''))
          .trim()
          .split('\n')[0] ?? '',
      );
      resolve({ stdout, message: error === null ? null : said.slice(0, 300) });
    });
  });
}

/** Newer versions begin and end a dump with a command for psql, which holds a random word. */
function withoutMetaCommands(dump: string): string {
  return dump.replace(/^\\(un)?restrict .*$/gm, '');
}
