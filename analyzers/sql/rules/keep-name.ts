import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SqlSubject } from '../document.ts';
import { targetRelation, withFreshTables } from '../objects.ts';
import { isRecord, listAt, nameOf, nodesIn, relationName, textAt, type SqlNode } from '../syntax-tree.ts';

export const keepName = defineRule<SqlSubject>({
  id: 'sql/keep-name',
  level: 'error',
  covers: ['remove', 'rename'],
  problem: 'The version that still runs, and the one after a roll back, ask for a name that is gone.',
  remedy:
    'Add the new name beside the present one (a view, a second column that is kept in step), and drop the present one later.',
  *check({ change, after }): Iterable<Report> {
    if (after?.outcome !== 'parsed') return;
    const remade = new Set(after.statements.flatMap(({ node }) => madeName(node)));
    for (const { statement, fresh } of withFreshTables(after.statements)) {
      if (statement.isUndo || statement.moment === 'deferred') continue;
      for (const { what, of } of lostNames(statement.node, targetRelation(statement) ?? '')) {
        const owner = targetRelation(statement) ?? of;
        if (fresh.has(owner)) continue;
        const place = { path: change.path, key: `${what} ${of}`, span: statement.span };
        if (remade.has(of)) {
          const message = `${what} ${of}: it is made anew here, and whether its users still fit could not be decided`;
          yield { ...place, level: 'warning', proof: 'unproven', message };
        } else {
          const message = `${what} ${of}: whoever still uses this name fails`;
          yield { ...place, proof: 'breaking', message };
        }
      }
    }
  },
});

interface LostName {
  what: string;
  of: string;
}

/** What queries name; constraints, triggers, policies and indexes they do not. */
const renamed = new Map([
  ['OBJECT_TABLE', 'RENAME of table'],
  ['OBJECT_FOREIGN_TABLE', 'RENAME of table'],
  ['OBJECT_VIEW', 'RENAME of view'],
  ['OBJECT_MATVIEW', 'RENAME of materialized view'],
  ['OBJECT_COLUMN', 'RENAME of column'],
  ['OBJECT_ATTRIBUTE', 'RENAME of attribute'],
  ['OBJECT_SEQUENCE', 'RENAME of sequence'],
  ['OBJECT_SCHEMA', 'RENAME of schema'],
  ['OBJECT_TYPE', 'RENAME of type'],
  ['OBJECT_DOMAIN', 'RENAME of domain'],
  ['OBJECT_FUNCTION', 'RENAME of function'],
  ['OBJECT_PROCEDURE', 'RENAME of procedure'],
]);

/** What goes without data, which `sql/forbid-destructive` looks after. */
const dropped = new Map([
  ['OBJECT_VIEW', 'DROP VIEW'],
  ['OBJECT_MATVIEW', 'DROP MATERIALIZED VIEW'],
  ['OBJECT_FUNCTION', 'DROP FUNCTION'],
  ['OBJECT_PROCEDURE', 'DROP PROCEDURE'],
  ['OBJECT_AGGREGATE', 'DROP AGGREGATE'],
]);

/** What a statement gives a name to: dropped views and functions are mostly made again in the same file. */
function madeName({ tag, body }: SqlNode): string[] {
  if (tag === 'ViewStmt') return [relationName(body['view']) ?? ''];
  if (tag === 'CreateFunctionStmt') return [listAt(body, 'funcname').map(nameOf).join('.')];
  const { into } = body;
  return tag === 'CreateTableAsStmt' && isRecord(into) ? [relationName(into['rel']) ?? ''] : [];
}

function* lostNames(root: SqlNode, relation: string): Generator<LostName> {
  for (const { tag, body } of nodesIn({ [root.tag]: root.body })) {
    if (tag === 'RenameStmt') {
      const what = renamed.get(textAt(body, 'renameType') ?? '');
      if (what === undefined) continue;
      const name = [relation, textAt(body, 'subname') ?? nameOf(body['object'])].filter(
        (word) => word !== '',
      );
      yield { what, of: name.join('.') };
    } else if (tag === 'AlterObjectSchemaStmt') {
      yield { what: 'SET SCHEMA of', of: relation === '' ? nameOf(body['object']) : relation };
    } else if (tag === 'AlterEnumStmt' && textAt(body, 'oldVal') !== undefined) {
      const type = listAt(body, 'typeName').map(nameOf).join('.');
      yield { what: 'RENAME of value', of: `${type}.${textAt(body, 'oldVal') ?? ''}` };
    } else if (tag === 'DropStmt') {
      const what = dropped.get(textAt(body, 'removeType') ?? '');
      if (what !== undefined)
        for (const object of listAt(body, 'objects')) yield { what, of: nameOf(object) };
    }
  }
}
