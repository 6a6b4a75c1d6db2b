/**
 * A copy of the schema, without rows, on which steps are tried before they touch the real database. Its name follows from
 * the service, its environment and its database, so that one that a killed process left behind is found, and dropped, by
 * the next, and two that share a server do not drop each other's.
 */
import { createHash } from 'node:crypto';
import { quoteName } from '../../policies/schema-steps/quote-name.ts';
import {
  connectDatabase,
  describeError,
  withConnection,
  withDatabase,
  type Database,
} from './connect-database.ts';
import { dumpSchema } from './dump-schema.ts';

export interface ScratchOptions {
  /** The database whose schema is copied. */
  source: URL;
  /** Any database of the server that the copy is made on. */
  server: URL;
  /** What the copy is for: one copy at a time for each. */
  place: { service: string; environment: string };
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

export interface ScratchCopy {
  database: Database;
  /** Its schema as it is now. */
  dump(): Promise<string>;
}

/** Makes the copy, hands it to `work`, and drops it whatever happens. */
export async function withScratchCopy<Result>(
  options: ScratchOptions,
  work: (copy: ScratchCopy) => Promise<Result>,
): Promise<Result> {
  const { source, server, env, signal } = options;
  const name = scratchName(options.place, source);
  const url = withDatabase(server, name);
  const schema = await dumpSchema(source, env, signal);
  await withServer(server, async (database) => {
    await database.query(dropStatement(name));
    await database.query(`CREATE DATABASE ${quoteName([name])} TEMPLATE template0`);
  });
  try {
    // The dump sets its own search path, so it is read in a session of its own.
    await withConnection(url, signal, (database) => restore(database, schema));
    return await withConnection(url, signal, (database) =>
      work({ database, dump: () => dumpSchema(url, env, signal) }),
    );
  } finally {
    // What cannot be dropped now is dropped by the next run, and must not hide what went wrong here.
    await withServer(server, (database) => database.query(dropStatement(name))).catch(() => undefined);
  }
}

export function scratchName(
  { service, environment }: ScratchOptions['place'],
  { host, pathname }: URL,
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([service, environment, host, pathname]))
    .digest('hex');
  return `evenkeel_scratch_${digest.slice(0, 16)}`;
}

function dropStatement(name: string): string {
  return `DROP DATABASE IF EXISTS ${quoteName([name])} WITH (FORCE)`;
}

async function withServer(server: URL, work: (database: Database) => Promise<unknown>): Promise<void> {
  const database = await connectDatabase(server);
  try {
    await work(database);
  } catch (error) {
    throw describeError(
      error,
      'making a copy of the schema to try the migrations on (it needs CREATEDB, or `migrations.scratch` with a server where it has that)',
    );
  } finally {
    await database.end();
  }
}

async function restore(database: Database, schema: string): Promise<void> {
  try {
    if (/^CREATE SCHEMA public;$/m.test(schema)) await database.query('DROP SCHEMA public');
    await database.query(schema);
  } catch (error) {
    throw describeError(error, 'copying the schema to try the migrations on');
  }
}
