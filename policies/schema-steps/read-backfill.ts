import type { SqlDocument, SqlStatement } from '../../analyzers/sql/document.ts';
import { asNode, listAt, nodesIn, textAt } from '../../analyzers/sql/syntax-tree.ts';

/**
 * What is wrong with the statement of a backfill; null when nothing is. It is one UPDATE, or one INSERT … SELECT, whose
 * WHERE takes `key BETWEEN $1 AND $2` as a condition of its own: so that a batch touches the rows of its keys and no
 * others, and every batch can be run again.
 */
export function backfillProblem(
  document: SqlDocument & { outcome: 'parsed' },
  key: string,
): { statement: SqlStatement | null; message: string } | null {
  const [statement, ...others] = document.statements;
  if (statement === undefined) return { statement: null, message: 'it holds no statement' };
  const second = others[0];
  if (second !== undefined) return { statement: second, message: 'it holds more than one statement' };
  const { node } = statement;
  const problem = (message: string) => ({ statement, message });
  const where = node.tag === 'UpdateStmt' ? node.body['whereClause'] : whereOfInsert(node);
  if (node.tag !== 'UpdateStmt' && node.tag !== 'InsertStmt')
    return problem('it is neither an UPDATE nor an INSERT … SELECT');
  const parameters = new Set<unknown>();
  for (const { tag, body } of nodesIn({ [node.tag]: node.body }))
    if (tag === 'ParamRef') parameters.add(body['number']);
  if (!conjuncts(where).some((condition) => isKeyRange(condition, key)))
    return problem(`its WHERE does not hold \`${key} BETWEEN $1 AND $2\`, alone or joined by AND`);
  if ([...parameters].some((number) => number !== 1 && number !== 2))
    return problem('it has other parameters than $1 and $2');
  return null;
}

function whereOfInsert({ body }: SqlStatement['node']): unknown {
  const select = asNode(body['selectStmt']);
  return select?.tag === 'SelectStmt' ? select.body['whereClause'] : undefined;
}

function conjuncts(where: unknown): unknown[] {
  const node = asNode(where);
  const isAnd = node?.tag === 'BoolExpr' && node.body['boolop'] === 'AND_EXPR';
  return isAnd ? listAt(node.body, 'args').flatMap(conjuncts) : [where];
}

function isKeyRange(condition: unknown, key: string): boolean {
  const node = asNode(condition);
  if (node?.tag !== 'A_Expr' || node.body['kind'] !== 'AEXPR_BETWEEN') return false;
  const column = asNode(node.body['lexpr']);
  const field = column?.tag === 'ColumnRef' ? asNode(listAt(column.body, 'fields').at(-1)) : undefined;
  const bounds = asNode(node.body['rexpr']);
  const numbers = listAt(bounds?.body ?? {}, 'items').map((item) => {
    const parameter = asNode(item);
    return parameter?.tag === 'ParamRef' ? parameter.body['number'] : undefined;
  });
  return (
    field !== undefined &&
    textAt(field.body, 'sval') === key &&
    numbers.length === 2 &&
    numbers[0] === 1 &&
    numbers[1] === 2
  );
}
