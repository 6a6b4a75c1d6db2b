import { asNode, isRecord, listAt, textAt } from '../../analyzers/sql/syntax-tree.ts';

/** A name as SQL takes it, whatever it holds: `shop`.`order` is `"shop"."order"`. */
export function quoteName(parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');
}

/** The quoted name of a table as a statement gives it (a RangeVar), in `schema` where it has none of its own. */
export function quoteRelation(value: unknown): string {
  const body = asNode(value)?.body ?? (isRecord(value) ? value : {});
  const parts = [textAt(body, 'schemaname'), textAt(body, 'relname')];
  return quoteName(parts.filter((part) => part !== undefined));
}

/** The quoted name that a list of identifiers spells. */
export function quoteList(value: readonly unknown[]): string {
  return quoteName(namesIn(value));
}

/** The words of a list of identifiers: `["shop", "mood"]`. */
export function namesIn(value: readonly unknown[]): string[] {
  return value.flatMap((item) => {
    const node = asNode(item);
    const name = node?.tag === 'String' ? textAt(node.body, 'sval') : undefined;
    return name === undefined ? [] : [name];
  });
}

export function lastOf(list: readonly unknown[]): string {
  return namesIn(list).at(-1) ?? '';
}

/** The words of what a DROP names: a list, a type, a function with its arguments. */
export function droppedName(object: unknown): string {
  const node = asNode(object);
  if (node?.tag === 'List') return lastOf(listAt(node.body, 'items'));
  if (node?.tag === 'TypeName') return lastOf(listAt(node.body, 'names'));
  if (node?.tag === 'ObjectWithArgs') return lastOf(listAt(node.body, 'objname'));
  return node?.tag === 'String' ? (textAt(node.body, 'sval') ?? '') : '';
}
