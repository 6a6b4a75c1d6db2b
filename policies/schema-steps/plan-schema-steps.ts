import { createHash } from 'node:crypto';
import type { Span } from '../../analyzers/finding.ts';
import { parseSql, type SqlDocument, type SqlStatement } from '../../analyzers/sql/document.ts';
import { withFreshTables } from '../../analyzers/sql/objects.ts';
import type { PostgresParser } from '../../analyzers/sql/parser.ts';
import { asNode, listAt, textAt } from '../../analyzers/sql/syntax-tree.ts';
import { classifyStatement } from './classify-statement.ts';
import { flywayVersion, inRunnersOrder, roleOf, undoPathOf } from './migration-files.ts';
import { backfillProblem } from './read-backfill.ts';
import { readHeader } from './read-header.ts';
import { noSchemaSteps, type ContractStep, type ExpandStep, type SchemaSteps } from './schema-steps.ts';

/** What stands in the way of a release's schema steps. An `error` refuses the release, a `warning` is said. */
export interface StepFault {
  level: 'error' | 'warning';
  path: string;
  span?: Span;
  message: string;
  remedy: string;
}

export interface PlannedSteps {
  steps: SchemaSteps;
  faults: StepFault[];
}

export interface MigrationFiles {
  parser: PostgresParser;
  runner: string;
  /** Texts by path; null: nothing has been deployed, so that there is no running version to be compatible with. */
  stable: ReadonlyMap<string, string> | null;
  candidate: ReadonlyMap<string, string>;
}

/** Where a fault is shown, and what made a file what it is. */
interface Place {
  path: string;
  span: Span | undefined;
  why: string;
}

/**
 * The migrations that a release adds to those of the stable one, in the runner's order and by what they do. A file that
 * cannot be classified is contract; one that mixes is contract, too. A first deployment takes every file as it is.
 */
export function planSchemaSteps({ parser, runner, stable, candidate }: MigrationFiles): PlannedSteps {
  const steps = structuredClone(noSchemaSteps);
  const faults: StepFault[] = stable === null ? [] : changedFaults(stable, candidate, runner);
  const expands: Place[] = [];
  const contracts: Place[] = [];
  const added = [...candidate.keys()].filter((path) => stable?.has(path) !== true);
  for (const path of inRunnersOrder(added, runner)) {
    const text = candidate.get(path) ?? '';
    const role = roleOf(path, runner);
    if (role === 'undo') continue;
    const file = { path, digest: digestOf(text) };
    const named = nameFault(path, runner, role);
    if (named !== null) faults.push(named);
    const document = parseSql(parser, text, path, runner);
    const header = readHeader(text);
    for (const { line, message } of header.faults) {
      const at = { line, column: 1 };
      faults.push(headerFault(path, { start: at, end: at }, message));
    }
    if (role === 'backfill') {
      const fault = backfillFault(path, document, header.backfill);
      if (fault !== null) faults.push(fault);
      if (header.backfill !== null) steps.backfill.push({ ...file, ...header.backfill });
      continue;
    }
    if (header.backfill !== null) faults.push(headerFault(path, undefined, 'only *.backfill.sql is one'));
    const outside = document.outcome === 'parsed' ? document.statements.find(standsOutside) : undefined;
    if (outside !== undefined) faults.push(outsideFault(path, outside));
    const found = classifyFile(document);
    const place = { path, span: found.span, why: found.why };
    if (found.step === 'contract' && stable !== null) {
      steps.contract.push({ ...file, removes: found.removes, unused: header.unused });
      contracts.push(place);
      continue;
    }
    const undo = undoOf(path, runner, candidate) ?? found.undo;
    steps.expand.push({ ...file, undo });
    expands.push(place);
    if (undo === null && stable !== null) faults.push(noWayBack(path, undoPathOf(path, runner)));
  }
  return { steps, faults: [...faults, ...mixFaults(steps, expands, contracts)] };
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

interface FileClass {
  step: 'expand' | 'contract';
  span: Span | undefined;
  why: string;
  removes: ContractStep['removes'];
  undo: ExpandStep['undo'];
}

function classifyFile(document: SqlDocument): FileClass {
  const cannotRead = (why: string, span: Span): FileClass => ({
    step: 'contract',
    span,
    why,
    removes: [],
    undo: null,
  });
  if (document.outcome === 'refused') return cannotRead(`cannot be read: ${document.message}`, document.span);
  const removes = new Set<string>();
  let against: { why: string; span: Span } | null = null;
  let undo: string[] | null = [];
  let first: Span | undefined;
  for (const { statement, fresh } of withFreshTables(document.statements)) {
    if (statement.moment === 'deferred' || statement.isUndo) continue;
    first ??= statement.span;
    const found = classifyStatement(statement, fresh);
    if (found.step === 'contract') {
      against ??= { why: found.why, span: statement.span };
      for (const name of found.removes) removes.add(name.slice(name.lastIndexOf('.') + 1));
    } else undo = undo === null || found.undo === null ? null : [...found.undo, ...undo];
  }
  // What a function holds runs when it is called; what a block holds runs now.
  const unread = hasBlock(document.statements) ? document.unread[0] : undefined;
  if (against === null && unread !== undefined)
    return cannotRead(`runs what cannot be read: ${unread.reason}`, unread.span);
  if (against !== null)
    return { step: 'contract', span: against.span, why: against.why, removes: [...removes], undo: null };
  const derived = undo === null ? null : { from: 'derived' as const, statements: undo };
  return { step: 'expand', span: first, why: 'adds', removes: [], undo: derived };
}

function hasBlock(statements: readonly SqlStatement[]): boolean {
  return statements.some(({ node }) => node.tag === 'DoStmt');
}

function undoOf(path: string, runner: string, files: ReadonlyMap<string, string>): ExpandStep['undo'] {
  const undoPath = undoPathOf(path, runner);
  const text = undoPath === path ? undefined : files.get(undoPath);
  return text === undefined ? null : { from: 'file', path: undoPath, digest: digestOf(text) };
}

/** Whether a statement can be run in no transaction of ours, or is one itself. */
function standsOutside({ node, moment }: SqlStatement): boolean {
  if (moment !== 'migration') return false;
  const { tag, body } = node;
  if (tag === 'IndexStmt') return body['concurrent'] === true && textAt(body, 'idxname') === undefined;
  if (tag === 'ReindexStmt' || tag === 'DropStmt')
    return (
      body['concurrent'] === true ||
      listAt(body, 'params').some(
        (option) => textAt(asNode(option)?.body ?? {}, 'defname') === 'concurrently',
      )
    );
  if (tag === 'VacuumStmt') return body['is_vacuumcmd'] === true;
  return ['TransactionStmt', 'CreatedbStmt', 'DropdbStmt', 'AlterSystemStmt'].includes(tag);
}

function outsideFault(path: string, { node, span }: SqlStatement): StepFault {
  const isIndex = node.tag === 'IndexStmt';
  return {
    level: 'error',
    path,
    span,
    message: isIndex
      ? `${path} builds an index CONCURRENTLY without a name, so that one left half built could not be found again`
      : `${path} holds a statement that cannot be applied inside a transaction, or begins or ends one itself`,
    remedy: isIndex
      ? 'Give the index a name.'
      : 'Leave BEGIN and COMMIT out, since each file is applied in one transaction, and run such a statement by hand.',
  };
}

function nameFault(path: string, runner: string, role: string): StepFault | null {
  if (role === 'repeatable') {
    const message = `${path} is repeatable, and such files are not applied in a rollout`;
    return { level: 'error', path, message, remedy: 'Write it as a versioned migration.' };
  }
  if (runner !== 'flyway' || flywayVersion(path) !== null) return null;
  const message = `${path} is not named as Flyway names migrations`;
  return { level: 'error', path, message, remedy: 'Name it as in V12__add_name.sql.' };
}

function headerFault(path: string, span: Span | undefined, message: string): StepFault {
  return {
    level: 'error',
    path,
    ...(span !== undefined && { span }),
    message: `what ${path} says of itself cannot be read: ${message}`,
    remedy: 'Correct the comment; policies/schema-steps/README.md shows the two forms.',
  };
}

function backfillFault(
  path: string,
  document: SqlDocument,
  header: ReturnType<typeof readHeader>['backfill'],
): StepFault | null {
  const remedy =
    'Write `-- evenkeel: backfill table=users key=id batch=1000` and one UPDATE or INSERT … SELECT with `WHERE id BETWEEN $1 AND $2`.';
  const fault = (why: string, span?: Span): StepFault => ({
    level: 'error',
    path,
    ...(span !== undefined && { span }),
    message: `${path} is no backfill that can be run in batches: ${why}`,
    remedy,
  });
  if (document.outcome === 'refused') return fault(document.message, document.span);
  if (header === null) return fault('it does not name its table and key in a comment at its head');
  const problem = backfillProblem(document, header.key);
  return problem === null ? null : fault(problem.message, problem.statement?.span);
}

function noWayBack(path: string, undoPath: string): StepFault {
  return {
    level: 'warning',
    path,
    message: `no way back can be derived for ${path}, so that taking it back is not tried before it is applied`,
    remedy: `Add ${undoPath} with the statements that take it back.`,
  };
}

/** A file that was applied has to stay as it was. */
function changedFaults(
  stable: ReadonlyMap<string, string>,
  candidate: ReadonlyMap<string, string>,
  runner: string,
): StepFault[] {
  return [...stable].flatMap(([path, text]): StepFault[] => {
    const now = candidate.get(path);
    if (now === text || now === undefined || roleOf(path, runner) === 'undo') return [];
    const message = `${path} differs from the file that the stable release was deployed with`;
    const remedy =
      'Leave the file as it stands there, and write what should be different as a new migration.';
    return [{ level: 'error', path, message, remedy }];
  });
}

/** What adds is in use before what it replaces may go: they are never one release. */
function mixFaults(steps: SchemaSteps, expands: readonly Place[], contracts: readonly Place[]): StepFault[] {
  const other = expands[0]?.path ?? steps.backfill[0]?.path;
  if (other === undefined) return [];
  return contracts.map(({ path, span, why }) => ({
    level: 'error',
    path,
    ...(span !== undefined && { span }),
    message: `${path} ${why}, and ${other} of the same release adds: a release that goes back would find neither the one schema nor the other`,
    remedy: `Ship ${other} first; once its rollout has settled everywhere, ship ${path} as a change of its own.`,
  }));
}
