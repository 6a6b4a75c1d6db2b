/**
 * Statements about one JSON value, in the form that the solver works on. A schema becomes one literal: the number of an
 * interned statement, negative for "does not hold". Equal statements have one number, so that sameness is a comparison.
 * There is no `or` and no `not`: `a or b` is the negation of `not a and not b`.
 *
 * A statement that begins with a type (`number…`, `string…`, `array…`, `object…`) says something about values of that
 * type only, and holds for all others, as JSON Schema's keywords do; its negation holds for values of the type only.
 */
export type Literal = number;

export type ValueType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';
export const valueTypes: readonly ValueType[] = ['object', 'array', 'string', 'number', 'boolean', 'null'];

export type Statement =
  | { op: 'true' }
  | { op: 'all'; parts: readonly Literal[] }
  /** Exactly one of the parts holds. */
  | { op: 'one'; parts: readonly Literal[] }
  | { op: 'type'; types: readonly ValueType[] }
  /** Canonical JSON texts. */
  | { op: 'among'; values: readonly string[] }
  /** A recursive part, read when it is needed; `target` tells it from others. */
  | { op: 'part'; target: string }
  /** Not decidable here. Equal ones still cancel each other out. */
  | { op: 'opaque'; about: string; reason: string }
  | { op: 'number-minimum' | 'number-maximum'; limit: number; isExclusive: boolean }
  | { op: 'number-multiple'; of: number }
  | { op: 'number-integer' }
  | { op: 'string-minimum' | 'string-maximum'; limit: number }
  | { op: 'string-pattern'; pattern: string }
  | { op: 'string-format'; format: string }
  | { op: 'array-minimum' | 'array-maximum'; limit: number }
  | { op: 'array-items'; prefix: readonly Literal[]; rest: Literal }
  /** At least that many elements satisfy `item`; `contains-maximum`: at most. */
  | { op: 'array-contains-minimum' | 'array-contains-maximum'; item: Literal; limit: number }
  | { op: 'array-unique' }
  | { op: 'object-minimum' | 'object-maximum'; limit: number }
  | { op: 'object-required'; name: string }
  /** Where the key is there, its value satisfies `value`. */
  | { op: 'object-property'; name: string; value: Literal }
  | { op: 'object-pattern'; pattern: string; value: Literal }
  /** Values of the keys that are none of the names and match none of the patterns. */
  | { op: 'object-others'; names: readonly string[]; patterns: readonly string[]; value: Literal }
  | { op: 'object-names'; name: Literal }
  /** True of everything: the keys that the accepting side describes. What others describe is then taken as not sent. */
  | { op: 'object-declares'; names: readonly string[]; patterns: readonly string[] };

export const always: Literal = 1;
export const never: Literal = -1;

/** The statements of one comparison. */
export interface Statements {
  of(literal: Literal): Statement;
  intern(statement: Statement): Literal;
  all(parts: readonly Literal[]): Literal;
  any(parts: readonly Literal[]): Literal;
  one(parts: readonly Literal[]): Literal;
  type(types: readonly ValueType[]): Literal;
  among(values: readonly string[]): Literal;
}

export function createStatements(): Statements {
  const statements: Statement[] = [{ op: 'true' }];
  const known = new Map<string, Literal>([['true', always]]);

  const intern = (statement: Statement): Literal => {
    const key = JSON.stringify(statement);
    const found = known.get(key);
    if (found !== undefined) return found;
    statements.push(statement);
    known.set(key, statements.length);
    return statements.length;
  };
  const of = (literal: Literal): Statement => statements[Math.abs(literal) - 1] ?? { op: 'true' };

  const all = (parts: readonly Literal[]): Literal => {
    const flat = new Set<Literal>();
    for (const part of parts) {
      const statement = of(part);
      for (const inner of part > 0 && statement.op === 'all' ? statement.parts : [part]) {
        if (inner === never || flat.has(-inner)) return never;
        if (inner !== always) flat.add(inner);
      }
    }
    const [only] = flat;
    if (only === undefined) return always;
    return flat.size === 1 ? only : intern({ op: 'all', parts: [...flat].sort(ascending) });
  };
  return {
    of,
    intern,
    all,
    any: (parts) => -all(parts.map((part) => -part)),
    one: (parts) => {
      // Whatever stands twice cannot be the only one.
      const counts = new Map<Literal, number>();
      for (const part of parts) if (part !== never) counts.set(part, (counts.get(part) ?? 0) + 1);
      const [only] = counts.keys();
      if (only === undefined) return never;
      const single = [...counts].filter(([, count]) => count === 1).map(([part]) => part);
      const repeated = [...counts].filter(([, count]) => count > 1).map(([part]) => -part);
      if (repeated.includes(never)) return never;
      if (single.length === 0) return never;
      const exactly =
        single.length === 1 ? all(single) : intern({ op: 'one', parts: single.sort(ascending) });
      return all([exactly, ...repeated]);
    },
    type: (types) => {
      const sorted = valueTypes.filter((type) => types.includes(type));
      if (sorted.length === 0) return never;
      return sorted.length === valueTypes.length ? always : intern({ op: 'type', types: sorted });
    },
    among: (values) => {
      const sorted = [...new Set(values)].sort();
      return sorted.length === 0 ? never : intern({ op: 'among', values: sorted });
    },
  };
}

/** The type that a statement is about, or undefined for one that is about all of them. */
export function typeOfStatement({ op }: Statement): ValueType | undefined {
  if (op.startsWith('number-')) return 'number';
  if (op.startsWith('string-')) return 'string';
  if (op.startsWith('array-')) return 'array';
  return op.startsWith('object-') ? 'object' : undefined;
}

export function typeOfValue(value: unknown): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

/** One text for equal JSON values: sorted keys, `1` for `1.0`. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

function ascending(a: number, b: number): number {
  return a - b;
}
