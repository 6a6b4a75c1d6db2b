/** Which lock a statement takes: the Postgres manual, chapter "Explicit Locking" and the pages of the statements. */
import type { SqlStatement } from './document.ts';
import { targetRelation } from './objects.ts';
import { asNode, listAt, nameOf, nodesIn, relationName, textAt } from './syntax-tree.ts';

/** A lock that writers or readers have to wait for. `of`: the table, view or index. */
export interface Lock {
  what: string;
  mode: string;
  of: string;
}

const simpleLocks = new Map<string, Omit<Lock, 'of'>>([
  ['ClusterStmt', { what: 'CLUSTER', mode: 'ACCESS EXCLUSIVE' }],
  ['CreateTrigStmt', { what: 'CREATE TRIGGER', mode: 'SHARE ROW EXCLUSIVE' }],
  ['RuleStmt', { what: 'CREATE RULE', mode: 'ACCESS EXCLUSIVE' }],
  ['CreatePolicyStmt', { what: 'CREATE POLICY', mode: 'ACCESS EXCLUSIVE' }],
  ['AlterPolicyStmt', { what: 'ALTER POLICY', mode: 'ACCESS EXCLUSIVE' }],
  ['RenameStmt', { what: 'RENAME', mode: 'ACCESS EXCLUSIVE' }],
  ['AlterObjectSchemaStmt', { what: 'SET SCHEMA', mode: 'ACCESS EXCLUSIVE' }],
]);

/** Every strong lock that a statement takes, in the order in which it names what it locks. */
export function locksOf(statement: SqlStatement): Lock[] {
  const { tag, body } = statement.node;
  const of = targetRelation(statement);
  const simple = simpleLocks.get(tag);
  if (simple !== undefined) return of === undefined ? [] : [{ ...simple, of }];
  switch (tag) {
    case 'AlterTableStmt':
      return [...alterLocks(body, of ?? ''), ...referencedLocks(body)];
    case 'CreateStmt':
      return [
        ...listAt(body, 'inhRelations').map((parent) => lockOn('CREATE TABLE', 'ACCESS EXCLUSIVE', parent)),
        ...referencedLocks(body),
      ];
    case 'IndexStmt':
      return body['concurrent'] === true ? [] : [{ what: 'CREATE INDEX', mode: 'SHARE', of: of ?? '' }];
    case 'ReindexStmt':
      return hasOption(body, 'concurrently')
        ? []
        : [{ what: 'REINDEX', mode: 'SHARE', of: of ?? textAt(body, 'name') ?? 'everything' }];
    case 'VacuumStmt':
      return hasOption(body, 'full')
        ? [{ what: 'VACUUM FULL', mode: 'ACCESS EXCLUSIVE', of: vacuumed(body) }]
        : [];
    case 'RefreshMatViewStmt':
      return body['concurrent'] === true
        ? []
        : [{ what: 'REFRESH MATERIALIZED VIEW', mode: 'ACCESS EXCLUSIVE', of: of ?? '' }];
    case 'TruncateStmt':
      return listAt(body, 'relations').map((table) => lockOn('TRUNCATE', 'ACCESS EXCLUSIVE', table));
    case 'LockStmt':
      return lockStatementLocks(body);
    case 'DropStmt':
      return dropLocks(body);
    default:
      return [];
  }
}

function lockOn(what: string, mode: string, relation: unknown): Lock {
  return { what, mode, of: relationName(relation) ?? '' };
}

// These take SHARE UPDATE EXCLUSIVE, which readers and writers pass.
const gentleCommands = new Set([
  'AT_ValidateConstraint',
  'AT_SetStatistics',
  'AT_ClusterOn',
  'AT_DropCluster',
]);
const alterable = new Map([
  ['OBJECT_TABLE', 'ALTER TABLE'],
  ['OBJECT_FOREIGN_TABLE', 'ALTER FOREIGN TABLE'],
  ['OBJECT_INDEX', 'ALTER INDEX'],
  ['OBJECT_VIEW', 'ALTER VIEW'],
  ['OBJECT_MATVIEW', 'ALTER MATERIALIZED VIEW'],
]);

function alterLocks(body: Readonly<Record<string, unknown>>, of: string): Lock[] {
  const what = alterable.get(textAt(body, 'objtype') ?? '');
  const commands = listAt(body, 'cmds').map(
    (command) => textAt(asNode(command)?.body ?? {}, 'subtype') ?? '',
  );
  if (what === undefined || commands.every((command) => gentleCommands.has(command))) return [];
  return [{ what, mode: 'ACCESS EXCLUSIVE', of }];
}

/** A foreign key locks the table that it points to as well. */
function referencedLocks(body: Readonly<Record<string, unknown>>): Lock[] {
  const locks: Lock[] = [];
  for (const node of nodesIn([body['cmds'], body['tableElts']])) {
    if (node.tag === 'Constraint' && node.body['contype'] === 'CONSTR_FOREIGN') {
      const of = relationName(node.body['pktable']);
      if (of !== undefined) locks.push({ what: 'a foreign key', mode: 'SHARE ROW EXCLUSIVE', of });
    }
  }
  return locks;
}

// The grammar numbers lock modes from 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE); from SHARE (5) on writers wait.
const modes = ['SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'];

function lockStatementLocks(body: Readonly<Record<string, unknown>>): Lock[] {
  const mode = modes[Number(body['mode']) - 5];
  if (mode === undefined || body['nowait'] === true) return [];
  return listAt(body, 'relations').map((table) => lockOn('LOCK', mode, table));
}

const droppedUnderLock = new Map([
  ['OBJECT_TABLE', 'DROP TABLE'],
  ['OBJECT_FOREIGN_TABLE', 'DROP FOREIGN TABLE'],
  ['OBJECT_VIEW', 'DROP VIEW'],
  ['OBJECT_MATVIEW', 'DROP MATERIALIZED VIEW'],
  ['OBJECT_INDEX', 'DROP INDEX'],
  ['OBJECT_TRIGGER', 'DROP TRIGGER'],
  ['OBJECT_RULE', 'DROP RULE'],
  ['OBJECT_POLICY', 'DROP POLICY'],
]);
const namedAfterTheirTable = new Set(['OBJECT_TRIGGER', 'OBJECT_RULE', 'OBJECT_POLICY']);

function dropLocks(body: Readonly<Record<string, unknown>>): Lock[] {
  const type = textAt(body, 'removeType') ?? '';
  const what = droppedUnderLock.get(type);
  if (what === undefined || body['concurrent'] === true) return [];
  return listAt(body, 'objects').map((object) => {
    const name = nameOf(object);
    const of = namedAfterTheirTable.has(type) ? name.slice(0, Math.max(0, name.lastIndexOf('.'))) : name;
    return { what, mode: 'ACCESS EXCLUSIVE', of };
  });
}

function hasOption(body: Readonly<Record<string, unknown>>, name: string): boolean {
  return [...listAt(body, 'params'), ...listAt(body, 'options')].some((option) => {
    const node = asNode(option);
    return node !== undefined && textAt(node.body, 'defname') === name;
  });
}

function vacuumed(body: Readonly<Record<string, unknown>>): string {
  for (const node of nodesIn(listAt(body, 'rels'))) {
    const name = relationName(node.body['relation']);
    if (name !== undefined) return name;
  }
  return 'every table';
}
