import type { KeywordReading } from './keyword-reading.ts';
import { always, type Literal, type Statements } from '../statement.ts';

/** Tuples, `items`, `contains`. */
export function readArrayKeywords(reading: KeywordReading): void {
  const { schema, shapes, statements, readsAsAjv, has, at, within, add, read, senseless } = reading;
  const { any, intern } = statements;
  /** The last place of the tuple that demands anything. */
  let lastPlace = -1;
  const items = (prefix: Literal[], rest: Literal) => itemsLiteral(prefix, rest, statements);
  const tupleKeyword = Object.hasOwn(shapes, 'prefixItems') ? 'prefixItems' : 'items';
  const listed: unknown = schema[tupleKeyword];
  const tuple = Array.isArray(listed) ? listed : undefined;
  if (tuple !== undefined) {
    for (const index of tuple.keys()) {
      const target = within(tupleKeyword, index);
      const wrap = (inner: Literal) => {
        const prefix = Array.from({ length: index }, () => always);
        return items([...prefix, inner], always);
      };
      const inner = { place: target, step: { to: 'element', index } as const, wrap };
      const literal = wrap(read(target, false));
      if (literal !== always) lastPlace = index;
      add(tupleKeyword, literal, { place: target, inner });
    }
  }
  const restKeyword = tupleKeyword === 'items' && tuple !== undefined ? 'additionalItems' : 'items';
  if (has(restKeyword) && !(restKeyword === 'items' && Array.isArray(schema['items']))) {
    const skipped = Array.from({ length: tuple?.length ?? 0 }, () => always);
    const target = at(restKeyword);
    const wrap = (inner: Literal) => items(skipped, inner);
    add(restKeyword, wrap(read(target, false)), {
      inner: { place: target, step: { to: 'element' }, wrap },
    });
  } else if (restKeyword === 'items' && tuple === undefined && Array.isArray(schema['items'])) {
    add('items', senseless('items'));
  }
  if (has('contains')) {
    const item = read(at('contains'), false);
    const { minContains, maxContains } = schema;
    const least = has('minContains') && typeof minContains === 'number' ? minContains : 1;
    if (lastPlace >= 0) reading.onDifference('"contains" counts where the tuple is not filled');
    const heeded = (literal: Literal) =>
      readsAsAjv && lastPlace >= 0
        ? any([literal, intern({ op: 'array-maximum', limit: lastPlace })])
        : literal;
    if (least > 0) {
      add('contains', heeded(intern({ op: 'array-contains-minimum', item, limit: least })));
    }
    if (has('maxContains') && typeof maxContains === 'number') {
      add('maxContains', heeded(intern({ op: 'array-contains-maximum', item, limit: maxContains })));
    }
  }
}

/** What leading elements and all later ones satisfy. */
export function itemsLiteral(prefix: readonly Literal[], rest: Literal, { intern }: Statements): Literal {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === rest) length--;
  return length === 0 && rest === always
    ? always
    : intern({ op: 'array-items', prefix: prefix.slice(0, length), rest });
}
