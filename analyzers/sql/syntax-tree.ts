/**
 * Reading Postgres' parse tree as the grammar gives it: objects whose one key is the node's tag, as in
 * `{ "DropStmt": { "objects": [...] } }`. The tree is foreign data, so it stays `unknown` and is asked, never cast.
 */
export interface SqlNode {
  tag: string;
  body: Readonly<Record<string, unknown>>;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The tagged node that a value is, or undefined when it is a plain value. */
export function asNode(value: unknown): SqlNode | undefined {
  if (!isRecord(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [tag, body] = entry;
  return /^[A-Z]/.test(tag) && isRecord(body) ? { tag, body } : undefined;
}

/** Every tagged node at and below a value, parents first. */
export function* nodesIn(value: unknown): Generator<SqlNode> {
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const current = stack.pop();
    if (Array.isArray(current)) {
      for (let index = current.length - 1; index >= 0; index -= 1) stack.push(current[index]);
    } else if (isRecord(current)) {
      const node = asNode(current);
      if (node !== undefined) yield node;
      stack.push(...Object.values(current).reverse());
    }
  }
}

export function textAt(body: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function listAt(body: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = body[key];
  return Array.isArray(value) ? value : [];
}

/** The literal that a node stands for: a string, a number, or undefined when it is computed. */
export function literalOf(value: unknown): string | number | undefined {
  const node = asNode(value);
  if (node?.tag === 'String') return textAt(node.body, 'sval');
  if (node?.tag === 'TypeCast') return literalOf(node.body['arg']);
  if (node?.tag !== 'A_Const') return undefined;
  const { sval, ival, fval } = node.body;
  if (isRecord(sval)) return textAt(sval, 'sval') ?? '';
  if (isRecord(fval)) return Number(textAt(fval, 'fval') ?? Number.NaN);
  // The grammar leaves out a zero.
  if (isRecord(ival)) return typeof ival['ival'] === 'number' ? ival['ival'] : 0;
  return undefined;
}

/** The name a list of identifiers spells: `["a", "b"]` is `a.b`. `public` is left out, as it is searched by default. */
export function nameOf(value: unknown): string {
  const node = asNode(value);
  const items = node?.tag === 'List' ? listAt(node.body, 'items') : [value];
  const words = items.map((item) => literalOf(item) ?? typeName(item)).map(String);
  return (words.length > 1 && words[0] === 'public' ? words.slice(1) : words).join('.');
}

function typeName(value: unknown): string {
  const node = asNode(value);
  if (node?.tag === 'TypeName') return listAt(node.body, 'names').map(nameOf).join('.');
  if (node?.tag === 'ObjectWithArgs') return listAt(node.body, 'objname').map(nameOf).join('.');
  return '';
}

/** The name of a table as a statement gives it (a RangeVar, tagged or not). */
export function relationName(value: unknown): string | undefined {
  const body = asNode(value)?.body ?? (isRecord(value) ? value : undefined);
  const name = body && textAt(body, 'relname');
  if (body === undefined || name === undefined) return undefined;
  const schema = textAt(body, 'schemaname');
  return schema === undefined || schema === 'public' ? name : `${schema}.${name}`;
}
