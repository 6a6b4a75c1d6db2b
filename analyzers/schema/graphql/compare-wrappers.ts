import { getNamedType, isCompositeType, type GraphQLOutputType } from 'graphql';

/**
 * What clients see of a field whose type has changed; types as written (`[Item!]!`). Covariant: what is returned may be
 * narrowed, so a nullable type may become non-null, also within lists; the named type has to stay.
 */
export function compareOutputTypes(before: string, after: string): 'same' | 'nullable' | 'other' {
  const [from, to] = [unwrap(before), unwrap(after)];
  const isNullable = from.isNonNull && !to.isNonNull;
  if (from.item !== undefined && to.item !== undefined) {
    const inner = compareOutputTypes(from.item, to.item);
    return inner === 'same' && isNullable ? 'nullable' : inner;
  }
  if (from.item !== to.item || from.name !== to.name) return 'other';
  return isNullable ? 'nullable' : 'same';
}

/**
 * Whether an argument or input field takes all that it took. Contravariant: non-null may become nullable. A list in the
 * place of a single value is no widening: a literal still fits, as it stands for a list of one, but a variable does not.
 */
export function takesWhatItTook(before: string, after: string): boolean {
  const [from, to] = [unwrap(before), unwrap(after)];
  if (to.isNonNull && !from.isNonNull) return false;
  if (from.item !== undefined && to.item !== undefined) return takesWhatItTook(from.item, to.item);
  return from.item === to.item && from.name === to.name;
}

function unwrap(text: string): { isNonNull: boolean; item?: string; name?: string } {
  const isNonNull = text.endsWith('!');
  const inner = isNonNull ? text.slice(0, -1) : text;
  return inner.startsWith('[') ? { isNonNull, item: inner.slice(1, -1) } : { isNonNull, name: inner };
}

/** Whether operations select within a field of this type. */
export function hasSelection(type: GraphQLOutputType): boolean {
  return isCompositeType(getNamedType(type));
}
