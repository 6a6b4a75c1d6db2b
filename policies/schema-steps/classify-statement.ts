/**
 * Whether one statement only adds, so that the version that runs does not notice. What is not known to be harmless is
 * contract: a list of what is allowed, never of what is forbidden. Postgres' manual on each statement is the reference.
 */
import type { SqlStatement } from '../../analyzers/sql/document.ts';
import { targetRelation } from '../../analyzers/sql/objects.ts';
import {
  asNode,
  isRecord,
  listAt,
  nameOf,
  nodesIn,
  relationName,
  textAt,
  type SqlNode,
} from '../../analyzers/sql/syntax-tree.ts';
import { droppedName, lastOf, quoteList, quoteName, quoteRelation } from './quote-name.ts';

type Body = SqlNode['body'];

/** `undo`: statements that take an expand back, last first; null: none can be derived. */
export type StatementClass =
  { step: 'expand'; undo: string[] | null } | { step: 'contract'; why: string; removes: string[] };

const additive = (...undo: string[]): StatementClass => ({ step: 'expand', undo });
const additiveForGood: StatementClass = { step: 'expand', undo: null };

function contract(why: string, ...removes: string[]): StatementClass {
  return { step: 'contract', why, removes: removes.filter((name) => name !== '') };
}

/** `fresh`: the tables that the same file has created, which nobody uses yet. */
export function classifyStatement(statement: SqlStatement, fresh: ReadonlySet<string>): StatementClass {
  const { tag, body } = statement.node;
  if (hidesWrites(statement.node)) return contract('changes rows in a WITH, all in one go');
  const relation = targetRelation(statement);
  const isFresh = relation !== undefined && fresh.has(relation);
  switch (tag) {
    case 'AlterTableStmt':
      return alterClass(body, isFresh);
    case 'IndexStmt':
      return indexClass(body, isFresh);
    case 'CreateStmt':
      return created(body, `DROP TABLE ${quoteRelation(body['relation'])}`);
    case 'CreateTableAsStmt':
      return intoClass(body);
    case 'CreateSeqStmt':
      return created(body, `DROP SEQUENCE ${quoteRelation(body['sequence'])}`);
    case 'CreateSchemaStmt':
      return created(body, `DROP SCHEMA ${quoteName([textAt(body, 'schemaname') ?? ''])}`);
    case 'CreateEnumStmt':
    case 'CreateRangeStmt':
      return additive(`DROP TYPE ${quoteList(listAt(body, 'typeName'))}`);
    case 'CompositeTypeStmt':
      return additive(`DROP TYPE ${quoteRelation(body['typevar'])}`);
    case 'CreateDomainStmt':
      return additive(`DROP DOMAIN ${quoteList(listAt(body, 'domainname'))}`);
    case 'ViewStmt':
      return body['replace'] === true
        ? contract('replaces a view that may be in use', relationName(body['view']) ?? '')
        : additive(`DROP VIEW ${quoteRelation(body['view'])}`);
    case 'CreateFunctionStmt':
      return body['replace'] === true
        ? contract('replaces a function that may be in use', lastOf(listAt(body, 'funcname')))
        : additive(`DROP FUNCTION ${quoteList(listAt(body, 'funcname'))}`);
    case 'CreateTrigStmt':
      return triggerClass(body);
    case 'CreateExtensionStmt':
      return additiveForGood;
    case 'AlterEnumStmt':
      return textAt(body, 'oldVal') === undefined
        ? additiveForGood
        : contract('renames a value', textAt(body, 'oldVal') ?? '');
    case 'CommentStmt':
      return additive();
    case 'GrantStmt':
      return body['is_grant'] === true ? additive() : contract('takes a right away');
    case 'VariableSetStmt':
      return /^(lock|statement)_timeout$/.test(textAt(body, 'name') ?? '')
        ? additive()
        : contract(`sets ${textAt(body, 'name') ?? 'everything'}, which changes what the file means`);
    case 'VacuumStmt':
      return body['is_vacuumcmd'] === true ? contract('cannot be classified') : additive();
    case 'DoStmt':
      return additiveForGood;
    case 'InsertStmt': {
      const onConflict = body['onConflictClause'];
      if (!isFresh && isRecord(onConflict) && textAt(onConflict, 'action') === 'ONCONFLICT_UPDATE')
        return contract('changes rows that are there, all in one go');
      return isFresh ? additive() : additiveForGood;
    }
    case 'UpdateStmt':
    case 'DeleteStmt':
      return isFresh ? additive() : contract('changes rows that are there, all in one go');
    case 'DropStmt':
      return dropClass(body);
    case 'RenameStmt':
      return contract('renames what is in use', textAt(body, 'subname') ?? relation ?? '');
    case 'TruncateStmt':
      return contract('empties tables', ...listAt(body, 'relations').map((one) => relationName(one) ?? ''));
    default:
      return contract('cannot be classified');
  }
}

/** `WITH gone AS (DELETE …) INSERT …` does more than its first word says. */
function hidesWrites({ tag, body }: SqlNode): boolean {
  if (!['InsertStmt', 'CreateTableAsStmt', 'ViewStmt'].includes(tag)) return false;
  return [...nodesIn(Object.values(body))].some((node) => /^(Update|Delete|Merge)Stmt$/.test(node.tag));
}

function created(body: Body, undo: string): StatementClass {
  // What was there already is not to be dropped.
  return body['if_not_exists'] === true ? additiveForGood : additive(undo);
}

function intoClass(body: Body): StatementClass {
  const into = isRecord(body['into']) ? body['into']['rel'] : undefined;
  const kind = textAt(body, 'objtype') === 'OBJECT_MATVIEW' ? 'MATERIALIZED VIEW' : 'TABLE';
  return created(body, `DROP ${kind} ${quoteRelation(into)}`);
}

function triggerClass(body: Body): StatementClass {
  if (body['replace'] === true) return contract('replaces a trigger');
  const name = quoteName([textAt(body, 'trigname') ?? '']);
  return additive(`DROP TRIGGER ${name} ON ${quoteRelation(body['relation'])}`);
}

function indexClass(body: Body, isFresh: boolean): StatementClass {
  if (body['unique'] === true && !isFresh)
    return contract('tightens: rows that the running version writes may be refused');
  const name = textAt(body, 'idxname');
  if (name === undefined || body['if_not_exists'] === true) return additiveForGood;
  const relation = isRecord(body['relation']) ? body['relation'] : {};
  const schema = textAt(relation, 'schemaname');
  return additive(`DROP INDEX ${quoteName(schema === undefined ? [name] : [schema, name])}`);
}

function dropClass(body: Body): StatementClass {
  const type = textAt(body, 'removeType') ?? '';
  const isNamedByQueries = !/INDEX|TRIGGER|RULE|POLICY|CONSTRAINT/.test(type);
  const names = isNamedByQueries ? listAt(body, 'objects').map(droppedName) : [];
  return contract(`drops (${type.replace('OBJECT_', '').toLowerCase()})`, ...names);
}

function alterClass(body: Body, isFresh: boolean): StatementClass {
  if (body['objtype'] !== 'OBJECT_TABLE') return contract('alters what is no table');
  const table = quoteRelation(body['relation']);
  const undo: string[] = [];
  const removes: string[] = [];
  let why = '';
  let hasUndo = true;
  for (const item of listAt(body, 'cmds')) {
    const found = commandClass(asNode(item)?.body ?? {}, table, isFresh);
    if (found.step === 'contract') {
      why ||= found.why;
      removes.push(...found.removes);
    } else if (found.undo === null) hasUndo = false;
    else undo.unshift(...found.undo);
  }
  if (why !== '') return { step: 'contract', why, removes };
  return hasUndo ? additive(...undo) : additiveForGood;
}

function commandClass(command: Body, table: string, isFresh: boolean): StatementClass {
  const name = textAt(command, 'name') ?? '';
  const alter = (what: string): string => `ALTER TABLE ${table} ${what}`;
  switch (textAt(command, 'subtype')) {
    case 'AT_AddColumn':
      return columnClass(command, table, isFresh);
    case 'AT_DropNotNull':
      return additive(alter(`ALTER COLUMN ${quoteName([name])} SET NOT NULL`));
    case 'AT_ColumnDefault':
      return command['def'] === undefined
        ? contract('drops a default that the running version may rely on')
        : additiveForGood;
    case 'AT_AddConstraint': {
      const constraint = textAt(asNode(command['def'])?.body ?? {}, 'conname');
      if (!isFresh) return contract('tightens: rows that the running version writes may be refused');
      return constraint === undefined
        ? additiveForGood
        : additive(alter(`DROP CONSTRAINT ${quoteName([constraint])}`));
    }
    case 'AT_SetNotNull':
    case 'AT_ValidateConstraint':
      return isFresh ? additiveForGood : contract('tightens what may be written');
    case 'AT_DropColumn':
      return contract('drops a column', name);
    case 'AT_AlterColumnType':
      return contract('gives a column another type', name);
    case 'AT_DropConstraint':
      return contract('drops a constraint');
    default:
      return contract('alters a table in a way that cannot be classified');
  }
}

/** Whether its CHECK asks for more than what a row that leaves the column out has. */
function checksOthers(definition: Body): boolean {
  const own = textAt(definition, 'colname');
  return [...nodesIn(listAt(definition, 'constraints'))].some(({ tag, body }) => {
    if (tag !== 'Constraint' || textAt(body, 'contype') !== 'CONSTR_CHECK') return false;
    return [...nodesIn([body['raw_expr']])].some(
      (node) =>
        node.tag === 'NullTest' ||
        (node.tag === 'ColumnRef' &&
          textAt(asNode(listAt(node.body, 'fields').at(-1))?.body ?? {}, 'sval') !== own),
    );
  });
}

/** A new column is harmless as long as a row may leave it out. */
function columnClass(command: Body, table: string, isFresh: boolean): StatementClass {
  const definition = asNode(command['def'])?.body ?? {};
  const kinds = new Set<string>();
  for (const { tag, body } of nodesIn(listAt(definition, 'constraints'))) {
    if (tag === 'Constraint') kinds.add(textAt(body, 'contype') ?? '');
  }
  const isSerial = /serial/.test(nameOf({ TypeName: definition['typeName'] }));
  const isFilled =
    isSerial || ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((kind) => kinds.has(kind));
  const isRequired = kinds.has('CONSTR_NOTNULL') || kinds.has('CONSTR_PRIMARY');
  if (!isFresh && isRequired && !isFilled)
    return contract('adds a column that every row needs and that has no default');
  if (!isFresh && kinds.has('CONSTR_UNIQUE') && isFilled)
    return contract('adds a column whose default is refused for the second row');
  if (!isFresh && checksOthers(definition))
    return contract('tightens: rows that the running version writes may be refused');
  const column = quoteName([textAt(definition, 'colname') ?? '']);
  return command['missing_ok'] === true
    ? additiveForGood
    : additive(`ALTER TABLE ${table} DROP COLUMN ${column}`);
}
