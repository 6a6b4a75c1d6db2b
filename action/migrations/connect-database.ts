/**
 * Connections to a service's database. A trust boundary: the URL holds a password, so no message carries the URL or what
 * a parser says of it; what Postgres answers is redacted and made printable before anybody reads it.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { redactText } from '../../policies/audit/redact.ts';
import { readSecretReference } from '../../policies/policy-file/secret-reference.ts';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import { printable } from '../report/describe-finding.ts';

export type Database = pg.Client;

const connectTimeoutMs = 10_000;

/** The URL behind `env:NAME` or `file:/PATH`. */
export function databaseUrl(reference: string, env: Readonly<Record<string, string | undefined>>): URL {
  const text = readReference(reference, env);
  if (text === undefined || text === '') {
    throw inputFailure(
      'database-unknown',
      `migrations are applied to the database that ${reference} names, and it cannot be read here; set it to a URL such as postgresql://user@host/database`,
    );
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPostgres = url?.protocol === 'postgres:' || url?.protocol === 'postgresql:';
  if (url === null || !isPostgres || url.pathname.length < 2) {
    throw inputFailure(
      'database-unknown',
      `what ${reference} holds is no URL of a PostgreSQL database; set it to one such as postgresql://user@host/database`,
    );
  }
  return url;
}

function readReference(
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const read = readSecretReference(reference);
  if (read?.from === 'env') return env[read.name];
  try {
    return read === null ? undefined : readFileSync(read.path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The same server, another database. */
export function withDatabase(url: URL, name: string): URL {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other;
}

/** The server ends a session whose client is gone; one that is too old to know how keeps it until it writes. */
async function noticeLostClient(database: Database): Promise<void> {
  await database.query("SET client_connection_check_interval = '1s'").catch(() => undefined);
}

/** Takes back what a file has set for its session (a search path, a role), so that it means nothing to the next. */
export async function resetSession(database: Database): Promise<void> {
  await database.query('RESET SESSION AUTHORIZATION');
  await database.query('RESET ROLE');
  await database.query('RESET ALL');
  await noticeLostClient(database);
}

/** Opens one session; the caller ends it. A session whose client is gone is ended by the server, too. */
export async function connectDatabase(url: URL): Promise<Database> {
  const database = new pg.Client({
    connectionString: url.href,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'evenkeel',
  });
  // A connection that breaks while nothing is asked of it is met by the next query.
  database.on('error', () => undefined);
  try {
    await database.connect();
    await noticeLostClient(database);
    return database;
  } catch (error) {
    await database.end().catch(() => undefined);
    throw describeError(error, 'connecting to the database');
  }
}

/** Runs `work` in one session, and ends what the session is doing when the signal comes. */
export async function withConnection<Result>(
  url: URL,
  signal: AbortSignal,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const database = await connectDatabase(url);
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cancel = (): void => void cancelSession(url, rows[0]?.pid ?? 0);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    return await work(database);
  } finally {
    signal.removeEventListener('abort', cancel);
    await database.end().catch(() => undefined);
  }
}

async function cancelSession(url: URL, pid: number): Promise<void> {
  try {
    const other = await connectDatabase(url);
    await other.query('SELECT pg_cancel_backend($1)', [pid]).finally(() => other.end());
  } catch {
    // Closing the connection ends it as well, if later.
  }
}

/** The five characters that Postgres gives each kind of error; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null;
}

/** A lock that did not come in time, a deadlock, a conflict: trying again is the remedy. */
export function isContention(error: unknown): boolean {
  return ['55P03', '40P01', '40001'].includes(sqlStateOf(error) ?? '');
}

/** One sentence for what went wrong while `doing`; a `Failure` is passed on as it is. */
export function describeError(error: unknown, doing: string): Failure {
  if (error instanceof Failure) return error;
  const state = sqlStateOf(error);
  const said = saidBy(error);
  if (state === null || /^(08|57P)/.test(state)) {
    return effectFailure(
      'database-unreachable',
      `${doing} failed since the database does not answer (${said}); nothing half done is left, and going on is safe once it is back`,
      true,
    );
  }
  if (/^(28|42501|3D000)/.test(state)) {
    return effectFailure(
      'database-denied',
      `${doing} was refused by the database (${said}); give the role of the URL what it needs, or name another one`,
      false,
    );
  }
  if (state === '57014') {
    return effectFailure(
      'statement-timeout',
      `${doing} took longer than it may; lengthen \`migrations.statementTimeout\`, or make it smaller`,
      false,
    );
  }
  if (state === '53100')
    return effectFailure(
      'database-full',
      `${doing} failed: the database's disk is full; free some space`,
      true,
    );
  return effectFailure('migration-failed', `${doing} failed: ${said} (SQLSTATE ${state})`, false);
}

function saidBy(error: unknown): string {
  if (error instanceof AggregateError) return saidBy(error.errors[0]);
  const text = error instanceof Error ? error.message : String(error);
  return printable(redactText(text)).slice(0, 300);
}
