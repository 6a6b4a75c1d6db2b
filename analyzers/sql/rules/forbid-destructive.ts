import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SqlStatement, SqlSubject } from '../document.ts';
import { isSelective, withFreshTables } from '../objects.ts';
import { listAt, nameOf, nodesIn, relationName, textAt, type SqlNode } from '../syntax-tree.ts';

export const forbidDestructive = defineRule<SqlSubject>({
  id: 'sql/forbid-destructive',
  level: 'error',
  covers: ['remove', 'narrow'],
  problem: 'The statement destroys data that a roll back of the change cannot bring back.',
  remedy:
    'Ship the code that no longer needs the data first, and remove the data in a change of its own, after a backup.',
  *check({ change, after }): Iterable<Report> {
    if (after?.outcome !== 'parsed') return;
    for (const { statement, fresh } of withFreshTables(after.statements)) {
      if (statement.isUndo) continue;
      for (const act of destructiveActs(statement, fresh)) {
        const key = `${act.what} ${act.of}`;
        const { span } = statement;
        const subject = act.of === '' ? act.what : `${act.what} ${act.of}`;
        if (statement.moment === 'deferred' || act.isDeferred) {
          const message = `${subject} will run whenever this definition is used`;
          yield { path: change.path, key, span, level: 'warning', proof: 'unproven', message };
        } else {
          const message = `${subject} destroys data for good`;
          yield { path: change.path, key, span, proof: 'breaking', message };
        }
      }
    }
  },
});

interface Act {
  what: string;
  of: string;
  isDeferred: boolean;
}

/** What DROP takes data with it, by the grammar's object types. Views, indexes, functions and the like hold none. */
const droppedWithData = new Map([
  ['OBJECT_TABLE', 'DROP TABLE'],
  ['OBJECT_FOREIGN_TABLE', 'DROP FOREIGN TABLE'],
  ['OBJECT_SCHEMA', 'DROP SCHEMA'],
  ['OBJECT_TYPE', 'DROP TYPE'],
  ['OBJECT_DOMAIN', 'DROP DOMAIN'],
  ['OBJECT_SEQUENCE', 'DROP SEQUENCE'],
  ['OBJECT_EXTENSION', 'DROP EXTENSION'],
]);

function* destructiveActs(statement: SqlStatement, fresh: ReadonlySet<string>): Generator<Act> {
  let isDeferred = false;
  for (const node of nodesIn({ [statement.node.tag]: statement.node.body })) {
    if (node.tag === 'RuleStmt' || node.tag === 'CreateFunctionStmt') isDeferred = true;
    for (const { what, of } of actsOf(node)) {
      if (!fresh.has(of)) yield { what, of, isDeferred };
    }
  }
}

function actsOf(node: SqlNode): { what: string; of: string }[] {
  const { tag, body } = node;
  const relation = relationName(body['relation']) ?? '';
  switch (tag) {
    case 'DropStmt':
      return dropActs(body);
    case 'DropdbStmt':
      return [{ what: 'DROP DATABASE', of: textAt(body, 'dbname') ?? '' }];
    case 'DropOwnedStmt':
      return [{ what: 'DROP OWNED', of: '' }];
    case 'DropTableSpaceStmt':
      return [{ what: 'DROP TABLESPACE', of: textAt(body, 'tablespacename') ?? '' }];
    case 'TruncateStmt':
      return listAt(body, 'relations').map((table) => ({ what: 'TRUNCATE', of: relationName(table) ?? '' }));
    case 'AlterTableStmt':
      return alterActs(body, relation);
    case 'DeleteStmt':
      return isSelective(body['whereClause']) ? [] : [{ what: 'DELETE without WHERE from', of: relation }];
    case 'UpdateStmt':
      return isSelective(body['whereClause']) ? [] : [{ what: 'UPDATE without WHERE of', of: relation }];
    case 'MergeStmt':
      return mergeActs(node, relation);
    default:
      return [];
  }
}

function dropActs(body: SqlNode['body']): { what: string; of: string }[] {
  const type = textAt(body, 'removeType') ?? '';
  const word = droppedWithData.get(type);
  // CASCADE reaches columns and tables that the statement does not name.
  const isCascade = textAt(body, 'behavior') === 'DROP_CASCADE';
  if (word === undefined && !isCascade) return [];
  const what = word ?? `DROP ${type.replace('OBJECT_', '').replaceAll('_', ' ')} CASCADE`;
  return listAt(body, 'objects').map((object) => ({ what, of: nameOf(object) }));
}

function alterActs(body: SqlNode['body'], relation: string): { what: string; of: string }[] {
  const dropped: { what: string; of: string }[] = [];
  for (const { tag, body: command } of nodesIn(listAt(body, 'cmds'))) {
    if (tag !== 'AlterTableCmd' || command['subtype'] !== 'AT_DropColumn') continue;
    const what = body['objtype'] === 'OBJECT_TYPE' ? 'DROP ATTRIBUTE' : 'DROP COLUMN';
    dropped.push({ what, of: `${relation}.${textAt(command, 'name') ?? ''}` });
  }
  return dropped;
}

function mergeActs(node: SqlNode, relation: string): { what: string; of: string }[] {
  if (isSelective(node.body['joinCondition'])) return [];
  for (const { tag, body } of nodesIn(listAt(node.body, 'mergeWhenClauses'))) {
    if (tag === 'MergeWhenClause' && body['commandType'] === 'CMD_DELETE') {
      return [{ what: 'MERGE that deletes every row of', of: relation }];
    }
  }
  return [];
}
