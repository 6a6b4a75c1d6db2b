/** A value that JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * The one way to write a JSON value as text: RFC 8785. Numbers and strings are written as ECMAScript writes them, members
 * are sorted by the UTF-16 code units of their names, and nothing else is between the tokens.
 *
 * Fails with a `TypeError` on what the RFC forbids: NaN, infinities, and strings with a lone surrogate.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a string with a lone surrogate has no canonical form');
    return JSON.stringify(value);
  }
  if (isJsonArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`).join(',')}}`;
}

// `Array.isArray` does not narrow a readonly array out of a union.
function isJsonArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value of a text in canonical form; undefined when it is another form of it, or no JSON at all. */
export function parseCanonicalJson(text: string): JsonValue | undefined {
  try {
    // JSON.parse yields JSON values and nothing else.
    const value = JSON.parse(text) as JsonValue;
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
