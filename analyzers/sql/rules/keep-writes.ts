import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { SqlSubject } from '../document.ts';
import { targetRelation, withFreshTables } from '../objects.ts';
import { asNode, listAt, nameOf, nodesIn, textAt, type SqlNode } from '../syntax-tree.ts';

export const keepWrites = defineRule<SqlSubject>({
  id: 'sql/keep-writes',
  level: 'error',
  covers: ['add', 'narrow', 'widen'],
  problem:
    'A row that the running version writes, or one that is there already, is refused or read otherwise.',
  remedy:
    'Add the column with a default, or the constraint as NOT VALID, bring every writer and row into line, and validate later.',
  *check({ change, after }): Iterable<Report> {
    if (after?.outcome !== 'parsed') return;
    for (const { statement, fresh } of withFreshTables(after.statements)) {
      const relation = targetRelation(statement) ?? '';
      if (statement.isUndo || statement.moment === 'deferred' || fresh.has(relation)) continue;
      for (const { what, of, isCertain, doubt = undecided } of refusals(statement.node, relation)) {
        const place = { path: change.path, key: `${what} ${of}`, span: statement.span };
        if (isCertain) {
          const message = `${what} ${of}: a row without a value, as the running version may write it, is refused`;
          yield { ...place, proof: 'breaking', message };
        } else {
          const message = `${what} ${of}: ${doubt}`;
          yield { ...place, level: 'warning', proof: 'unproven', message };
        }
      }
    }
  },
});

interface Refusal {
  what: string;
  of: string;
  isCertain: boolean;
  doubt?: string;
}

const undecided = 'whether every row that is there or written meanwhile fits could not be decided';

const constraints = new Map([
  ['CONSTR_CHECK', 'ADD CHECK on'],
  ['CONSTR_UNIQUE', 'ADD UNIQUE on'],
  ['CONSTR_PRIMARY', 'ADD PRIMARY KEY on'],
  ['CONSTR_FOREIGN', 'ADD FOREIGN KEY on'],
  ['CONSTR_EXCLUSION', 'ADD EXCLUDE on'],
]);

function* refusals({ tag, body }: SqlNode, relation: string): Generator<Refusal> {
  if (tag === 'IndexStmt') {
    if (body['unique'] === true) yield { what: 'CREATE UNIQUE INDEX on', of: relation, isCertain: false };
    else if (body['concurrent'] !== true) {
      const doubt = 'writers wait until it is built, and CONCURRENTLY would let them pass';
      yield { what: 'CREATE INDEX on', of: relation, isCertain: false, doubt };
    }
  }
  if (tag !== 'AlterTableStmt' || body['objtype'] !== 'OBJECT_TABLE') return;
  for (const command of listAt(body, 'cmds')) {
    const refusal = refusalOf(asNode(command)?.body ?? {}, relation);
    if (refusal !== undefined) yield refusal;
  }
}

function refusalOf(command: SqlNode['body'], relation: string): Refusal | undefined {
  const column = `${relation}.${textAt(command, 'name') ?? ''}`;
  switch (textAt(command, 'subtype')) {
    case 'AT_SetNotNull':
      return { what: 'SET NOT NULL on', of: column, isCertain: true };
    case 'AT_AddColumn':
      return addedColumn(asNode(command['def']), relation);
    case 'AT_AlterColumnType':
      return { what: 'another TYPE for', of: column, isCertain: false };
    case 'AT_ColumnDefault':
      return command['def'] === undefined
        ? { what: 'DROP DEFAULT on', of: column, isCertain: false }
        : undefined;
    case 'AT_EnableRowSecurity':
    case 'AT_ForceRowSecurity':
      return { what: 'ROW LEVEL SECURITY on', of: relation, isCertain: false };
    case 'AT_AddConstraint': {
      const what = constraints.get(textAt(asNode(command['def'])?.body ?? {}, 'contype') ?? '');
      return what === undefined ? undefined : { what, of: relation, isCertain: false };
    }
    default:
      return undefined;
  }
}

/** A new column is harmless as long as a row may leave it out. */
function addedColumn(definition: SqlNode | undefined, relation: string): Refusal | undefined {
  if (definition === undefined) return undefined;
  const of = `${relation}.${textAt(definition.body, 'colname') ?? ''}`;
  const kinds = new Set<string>();
  for (const { tag, body } of nodesIn(listAt(definition.body, 'constraints'))) {
    if (tag === 'Constraint') kinds.add(textAt(body, 'contype') ?? '');
  }
  const fills = ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((kind) => kinds.has(kind));
  const isSerial = /serial/.test(nameOf({ TypeName: definition.body['typeName'] }));
  const isRequired = kinds.has('CONSTR_NOTNULL') || kinds.has('CONSTR_PRIMARY');
  if (isRequired && !fills && !isSerial)
    return { what: 'ADD COLUMN NOT NULL without a default:', of, isCertain: true };
  const narrowing = [...kinds].find((kind) => kind === 'CONSTR_UNIQUE' && fills);
  return narrowing === undefined
    ? undefined
    : { what: 'ADD COLUMN UNIQUE with a default:', of, isCertain: false };
}
