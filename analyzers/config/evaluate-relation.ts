import { isObject } from '../document/document.ts';
import { expressionLimits } from '../expression-limits.ts';

export type RelationOutcome =
  | { outcome: 'holds' }
  | { outcome: 'violated' }
  /** Why it could not be evaluated, in words that name no value. */
  | { outcome: 'unknown'; reason: string };

/** A relation that was read: bound to nothing yet. */
export interface Relation {
  evaluate(doc: unknown, files: Readonly<Record<string, unknown>>): RelationOutcome;
}

export type ReadRelation =
  | { ok: true; relation: Relation }
  /** `offset` counts characters of the expression. */
  | { ok: false; message: string; offset: number };

const longestExpression = 2000;
/** Values of the documents that an expression sees. */
const maxValues = 200_000;
/** Steps that nested `all`, `exists`, `map` and `filter` may take together. */
const maxSteps = 1_000_000;

let loading: Promise<typeof import('@marcbachmann/cel-js')> | undefined;

/**
 * Reads a relation between keys, in CEL over `doc` (the file) and `files` (others, by their paths). Loaded when the
 * first one is there. Integers are CEL's ints, other numbers doubles.
 */
export async function readRelation(expression: string): Promise<ReadRelation> {
  if (expression.length > longestExpression) {
    return { ok: false, message: `longer than ${longestExpression} characters`, offset: 0 };
  }
  loading ??= import('@marcbachmann/cel-js');
  const { Environment } = await loading;
  const environment = new Environment({ limits: expressionLimits })
    .registerVariable('doc', 'dyn')
    .registerVariable('files', 'map');
  try {
    const checked = environment.check(expression);
    if (!checked.valid) return { ok: false, ...faultOf(checked.error) };
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      return {
        ok: false,
        message: `it is a ${String(checked.type)}, and has to be true or false`,
        offset: 0,
      };
    }
    const run = environment.parse(expression);
    return { ok: true, relation: { evaluate: (doc, files) => evaluate(run, expression, doc, files) } };
  } catch (error) {
    return { ok: false, ...faultOf(error) };
  }
}

/** The other files that an expression names, as `files['path']`. */
export function filesNamedIn(expression: string): string[] {
  return [
    ...new Set(
      [...expression.matchAll(/\bfiles\s*\[\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*\]/g)].map(
        ([, a, b]) => a ?? b ?? '',
      ),
    ),
  ];
}

function evaluate(
  run: (context: Record<string, unknown>) => unknown,
  expression: string,
  doc: unknown,
  files: Readonly<Record<string, unknown>>,
): RelationOutcome {
  const budget = { left: maxValues, longest: 1 };
  const context = { doc: celValue(doc, budget), files: celValue(files, budget) };
  if (budget.left < 0) return { outcome: 'unknown', reason: `the files hold more than ${maxValues} values` };
  const loops = [...expression.matchAll(/\.\s*(?:all|exists|exists_one|map|filter)\s*\(/g)].length;
  if (budget.longest ** loops > maxSteps) {
    return { outcome: 'unknown', reason: 'its loops would take too many steps over lists this long' };
  }
  try {
    const value = run(context);
    if (value === true) return { outcome: 'holds' };
    if (value === false) return { outcome: 'violated' };
    return { outcome: 'unknown', reason: 'it is neither true nor false' };
  } catch (error) {
    return { outcome: 'unknown', reason: faultOf(error).message };
  }
}

/** CEL tells ints and doubles apart, and JSON does not. */
function celValue(value: unknown, budget: { left: number; longest: number }): unknown {
  if (--budget.left < 0) return null;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) {
    budget.longest = Math.max(budget.longest, value.length);
    return budget.left < 0 ? [] : value.map((item) => celValue(item, budget));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  budget.longest = Math.max(budget.longest, entries.length);
  return new Map(entries.map(([key, item]) => [key, celValue(item, budget)]));
}

/** What the library says, without the excerpt of the expression that it draws below. */
function faultOf(error: unknown): { message: string; offset: number } {
  const message = error instanceof Error ? error.message : String(error);
  const range: unknown = isErrorLike(error) ? error.range : undefined;
  const start = isObject(range) ? range['start'] : undefined;
  return {
    message: (message.split('\n')[0] ?? message).trim(),
    offset: typeof start === 'number' ? start : 0,
  };
}

function isErrorLike(error: unknown): error is { range?: unknown } {
  return typeof error === 'object' && error !== null && 'range' in error;
}
