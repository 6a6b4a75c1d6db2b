import type { SqlStatement } from './document.ts';
import { asNode, isRecord, nodesIn, relationName } from './syntax-tree.ts';

/**
 * The tables that a file has created before each of its statements, so are empty or unknown to any running version.
 * `IF NOT EXISTS` does not count: the table may have been there.
 */
export function* withFreshTables(
  statements: readonly SqlStatement[],
): Generator<{ statement: SqlStatement; fresh: ReadonlySet<string> }> {
  const fresh = new Set<string>();
  for (const statement of statements) {
    yield { statement, fresh };
    if (statement.moment === 'deferred') continue;
    const created = createdRelation(statement);
    if (created !== undefined) fresh.add(created);
  }
}

function createdRelation({ node }: SqlStatement): string | undefined {
  if (node.body['if_not_exists'] === true) return undefined;
  if (node.tag === 'CreateStmt' || node.tag === 'CreateForeignTableStmt') {
    return relationName(node.body['relation'] ?? node.body['base']);
  }
  const into = node.tag === 'CreateTableAsStmt' ? node.body['into'] : node.body['intoClause'];
  return isRecord(into) ? relationName(into['rel']) : undefined;
}

/** The table that a statement itself names, in whichever place its grammar keeps it. */
export function targetRelation({ node }: SqlStatement): string | undefined {
  return relationName(node.body['relation']) ?? relationName(node.body['table']);
}

/** Whether a condition can be false for some row: it reads a column, a row, a parameter or a function's result. */
export function isSelective(condition: unknown): boolean {
  if (condition === undefined) return false;
  const reading = new Set(['ColumnRef', 'SubLink', 'FuncCall', 'ParamRef', 'CurrentOfExpr']);
  for (const node of nodesIn(condition)) if (reading.has(node.tag)) return true;
  return asNode(condition) === undefined;
}
