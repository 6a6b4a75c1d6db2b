/**
 * Applies one file so that a kill at any place leaves it done, not done, or done up to a statement that the ledger names.
 * A file is one transaction with its ledger row. One that builds an index CONCURRENTLY cannot be: its statements are
 * applied one by one, and what a broken build left behind is cleared before the next try.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { asNode, listAt, nodesIn, relationName, textAt } from '../../analyzers/sql/syntax-tree.ts';
import type { SqlStatement } from '../../analyzers/sql/document.ts';
import type { MigrationPolicy } from '../../policies/schema-steps/migration-policy.ts';
import { quoteName } from '../../policies/schema-steps/quote-name.ts';
import type { SchemaFile } from '../../policies/schema-steps/schema-steps.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';
import { describeError, isContention, resetSession, type Database } from './connect-database.ts';
import { enterInHistory, isInHistory } from './flyway-history.ts';
import { beginStep, endStep, markStatement, readLedger } from './ledger.ts';
import type { LoadedStep } from './step-files.ts';

export interface ApplyOptions {
  database: Database;
  policy: Pick<MigrationPolicy, 'runner' | 'lockTimeoutSeconds' | 'statementTimeoutSeconds'>;
  rollout: string;
  progress(line: string): void;
  signal: AbortSignal;
}

const maxTries = 5;

export type StepState = 'new' | 'begun' | 'applied';

/** How far a file has come in this database, by the ledger or by its runner's own record. */
export async function stateOfStep(
  step: SchemaFile,
  { database, policy }: Pick<ApplyOptions, 'database' | 'policy'>,
): Promise<StepState> {
  const row = await readLedger(database, step.path);
  if (row !== null && row.digest !== step.digest) {
    throw inputFailure(
      'migration-changed',
      `${step.path} was applied to the database as another text (${row.digest.slice(7, 19)}, now ${step.digest.slice(7, 19)}); restore the file, and write what should be different as a new migration`,
    );
  }
  if (row !== null) return row.state === 'done' ? 'applied' : 'begun';
  return policy.runner === 'flyway' && (await isInHistory(database, step)) ? 'applied' : 'new';
}

/** Applies a file that is new or was begun; one that has been applied is left alone. */
export async function applyStep(step: LoadedStep, options: ApplyOptions): Promise<void> {
  const { database, policy } = options;
  const { statements } = step;
  if ((await stateOfStep(step, options)) === 'applied') return;
  if (statements.some(isConcurrent)) await applyOneByOne(step, options);
  else {
    await inTransaction(statements, step.path, options, async () => {
      await beginStep(database, step, options.rollout);
      await endStep(database, step.path);
      if (policy.runner === 'flyway') await enterInHistory(database, step);
    });
  }
  await resetSession(database);
}

/** Runs statements that are not files of their own, such as those that take one back. */
export async function applyStatements(
  texts: readonly string[],
  path: string,
  options: ApplyOptions,
  then: () => Promise<void>,
): Promise<void> {
  await inTransaction(
    texts.map((text) => ({ text, tables: [] })),
    path,
    options,
    then,
  );
}

async function applyOneByOne(step: LoadedStep, options: ApplyOptions): Promise<void> {
  const { database } = options;
  await beginStep(database, step, options.rollout);
  const row = await readLedger(database, step.path);
  for (const [index, statement] of step.statements.entries()) {
    // What is set for the session went with the session that was killed.
    const isDone = index < (row?.statementsDone ?? 0);
    if (isDone && statement.node.tag !== 'VariableSetStmt') continue;
    const mark = (begun: number, done: number) => () =>
      isDone ? Promise.resolve() : markStatement(database, step.path, { begun, done });
    if (!isConcurrent(statement)) {
      await inTransaction([statement], step.path, options, mark(index + 1, index + 1));
      continue;
    }
    const wasBegun = (row?.statementsBegun ?? 0) > index;
    await inTransaction([], step.path, options, mark(index + 1, index));
    await buildIndex(statement, wasBegun, step.path, options);
    await inTransaction([], step.path, options, mark(index + 1, index + 1));
  }
  await inTransaction([], step.path, options, async () => {
    if (options.policy.runner === 'flyway') await enterInHistory(database, step);
    await endStep(database, step.path);
  });
}

function isConcurrent({ node }: SqlStatement): boolean {
  return node.tag === 'IndexStmt' && node.body['concurrent'] === true;
}

async function buildIndex(
  statement: SqlStatement,
  wasBegun: boolean,
  path: string,
  options: ApplyOptions,
): Promise<void> {
  const { database } = options;
  const relation = statement.node.body['relation'];
  const schema = textAt(asNode(relation)?.body ?? recordOf(relation), 'schemaname');
  const index = textAt(statement.node.body, 'idxname') ?? '';
  const name = quoteName(schema === undefined ? [index] : [schema, index]);
  await withRetries(statement, path, options, async () => {
    const { rows } = await database.query<{ valid: boolean }>(
      'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
      [name],
    );
    // It was built, and the process ended before it could say so.
    if (wasBegun && rows[0]?.valid === true) return;
    if (rows[0]?.valid === false) {
      options.progress(`migration: clearing index ${index}, which an earlier try left half built`);
      await database.query(`DROP INDEX CONCURRENTLY ${name}`);
    }
    // The build waits for every older transaction: a limit on locks would end it for nothing.
    await database.query('SET lock_timeout = 0');
    await database.query('SET statement_timeout = 0');
    await database.query(statement.text);
  });
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

type Runnable = Pick<SqlStatement, 'text'> & (SqlStatement | { tables: string[] });

async function inTransaction(
  statements: readonly Runnable[],
  path: string,
  options: ApplyOptions,
  then: () => Promise<void>,
): Promise<void> {
  const { database, policy } = options;
  let current: Runnable | null = null;
  await withRetries(
    () => current,
    path,
    options,
    async () => {
      await database.query('BEGIN');
      try {
        await database.query(`SET LOCAL lock_timeout = ${policy.lockTimeoutSeconds * 1000}`);
        await database.query(`SET LOCAL statement_timeout = ${policy.statementTimeoutSeconds * 1000}`);
        for (const statement of statements) {
          current = statement;
          await database.query(statement.text);
        }
        current = null;
        // The ledger is where it was made, whatever path or role the file has set.
        await database.query('SET LOCAL ROLE NONE');
        await database.query('SET LOCAL search_path TO DEFAULT');
        await then();
        await database.query('COMMIT');
      } catch (error) {
        await database.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  );
}

/** Gives up a lock that does not come, so that nobody queues behind it, and asks again a little later. */
async function withRetries(
  at: SqlStatement | (() => Runnable | null),
  path: string,
  options: ApplyOptions,
  work: () => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      await work();
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      const statement = typeof at === 'function' ? at() : at;
      if (!isContention(error)) throw describeError(error, `applying ${path}${lineOf(statement)}`);
      const holders = await lockHolders(options.database, tablesOf(statement));
      if (attempt >= maxTries) {
        throw effectFailure(
          'database-locked',
          `${path}${lineOf(statement)} did not get its lock in ${maxTries} tries of ${options.policy.lockTimeoutSeconds} s${holders}; end what holds it, or wait for it, and go on with \`evenkeel deploy --resume\``,
          true,
        );
      }
      options.progress(`migration: ${path} waits for a lock${holders}; try ${attempt} of ${maxTries}`);
      // Longer each time, so that those who queued behind the last try get through.
      await wait(options.policy.lockTimeoutSeconds * 1000 * attempt, undefined, { signal: options.signal });
    }
  }
}

function lineOf(statement: Runnable | null): string {
  return statement !== null && 'span' in statement ? ` at line ${statement.span.start.line}` : '';
}

function tablesOf(statement: Runnable | null): string[] {
  if (statement === null) return [];
  if (!('node' in statement)) return statement.tables;
  const names = new Set<string>();
  for (const { tag, body } of nodesIn({ [statement.node.tag]: statement.node.body })) {
    const own = tag === 'RangeVar' ? relationName(body) : relationName(body['relation']);
    if (own !== undefined) names.add(own);
    if (tag === 'DropStmt')
      for (const object of listAt(body, 'objects'))
        names.add(
          listAt(asNode(object)?.body ?? {}, 'items')
            .map(wordOf)
            .join('.'),
        );
  }
  return [...names];
}

function wordOf(value: unknown): string {
  return textAt(asNode(value)?.body ?? {}, 'sval') ?? '';
}

/** Who else has a lock on these tables: what a person needs to end it. What they run is theirs, and not shown. */
async function lockHolders(database: Database, tables: readonly string[]): Promise<string> {
  try {
    const { rows } = await database.query<{ pid: number; state: string | null; seconds: number | null }>(
      `SELECT DISTINCT a.pid, a.state, extract(epoch FROM now() - a.xact_start)::int AS seconds
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.granted AND a.pid <> pg_backend_pid()
         AND l.relation IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
       ORDER BY seconds DESC NULLS LAST LIMIT 3`,
      [tables],
    );
    const shown = rows.map(
      ({ pid, state, seconds }) =>
        `session ${pid}${state === null ? '' : `, ${state}`}${seconds === null ? '' : ` for ${seconds} s`}`,
    );
    return shown.length === 0 ? '' : ` (held by ${shown.join('; ')})`;
  } catch {
    return '';
  }
}
