/**
 * Validation rules (`x-kubernetes-validations`), evaluated over plain values. What the API server knows beyond CEL
 * (quantities, URLs, ...) is not known here, and a rule that uses it is undecided.
 */
import { mayRunLong } from '../../containment/judging/pattern-cost.ts';
import { entriesOf, isObject } from '../../document/document.ts';
import type { StructureNode } from './structure.ts';
import { expressionLimits } from '../../expression-limits.ts';

export type RuleOutcome = 'holds' | 'violated' | 'unknown';

export interface ValidationRule {
  text: string;
  /** It looks at the former value, so that it is about updates only. */
  isTransition: boolean;
  index: number;
}

/** Judges `self`, the value at a node; `old` is what it was, for a rule on updates. */
export type JudgeRule = (
  rule: string,
  node: StructureNode['schema'],
  self: unknown,
  old?: unknown,
) => RuleOutcome;

/** Blanks, and literals in which they count. */
const blanks = /('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|\s+/g;
const longestRule = 4_000;
const longestText = 100;
const maxRules = 200;

/** The rules of one place; blanks do not tell rules apart. */
export function rulesOf(node: StructureNode | undefined): ValidationRule[] {
  const list = node?.schema['x-kubernetes-validations'];
  if (!Array.isArray(list)) return [];
  return list.slice(0, maxRules).flatMap((entry: unknown, index) => {
    const rule = isObject(entry) ? entry['rule'] : undefined;
    if (typeof rule !== 'string') return [];
    const text = rule.trim().replaceAll(blanks, (_, literal?: string) => literal ?? ' ');
    return [{ text, isTransition: /\boldSelf\b/.test(text), index }];
  });
}

/** Loads CEL when the first rule is there. */
export async function openRuleJudge(): Promise<JudgeRule> {
  const { Environment } = await import('@marcbachmann/cel-js');
  const environment = new Environment({ limits: expressionLimits, enableOptionalTypes: true })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn');
  const compiled = new Map<string, ((context: Record<string, unknown>) => unknown) | undefined>();
  const compile = (rule: string) => {
    try {
      if (rule.length > longestRule || hasSlowPattern(rule)) return undefined;
      return environment.parse(rule);
    } catch {
      return undefined;
    }
  };
  return (rule, schema, self, old) => {
    if (!compiled.has(rule)) compiled.set(rule, compile(rule));
    const run = compiled.get(rule);
    if (run === undefined) return 'unknown';
    try {
      const value = run({ self: celValue(self, schema), oldSelf: celValue(old, schema) });
      return value === true ? 'holds' : value === false ? 'violated' : 'unknown';
    } catch (error) {
      // The API server takes a rule that fails for one that does not hold.
      const isMissing = error instanceof Error && error.message.startsWith('No such key');
      return isMissing ? 'violated' : 'unknown';
    }
  };
}

function hasSlowPattern(rule: string): boolean {
  if (!/\b(matches|find|findAll)\b/.test(rule)) return false;
  const literals = rule.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g) ?? [];
  return literals.some((literal) => {
    // Escapes are read the short way: a pattern that is another one then is as quick, or refused.
    const pattern = literal.slice(1, -1).replaceAll('\\\\', '\\');
    return mayRunLong(pattern, longestText);
  });
}

/** CEL tells ints and doubles apart by the schema, and JSON does not. */
function celValue(value: unknown, schema: unknown): unknown {
  const node = isObject(schema) ? schema : {};
  if (typeof value === 'number') {
    return node['type'] !== 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  }
  if (typeof value === 'string') return value.slice(0, longestText);
  if (Array.isArray(value)) return value.map((item: unknown) => celValue(item, node['items']));
  if (!isObject(value)) return value;
  const { properties, additionalProperties } = node;
  return new Map(
    entriesOf(value).map(([key, item]) => {
      const own =
        isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      return [key, celValue(item, own)];
    }),
  );
}

/**
 * Whether a rule plainly lets everything pass that another one did: a limit that is moved outwards, an alternative that
 * is added, a condition that is dropped. `false` says nothing.
 */
export function isPlainlyWeaker(former: string, present: string): boolean {
  // What a `?` chooses by would be the whole, so that nothing can be said of the parts.
  if ([former, present].some((rule) => rule.includes('?') || isUnbalanced(rule))) return false;
  if (present.startsWith(`${former} || `)) return true;
  const isConjunction = !former.includes('||');
  if (isConjunction && (former.startsWith(`${present} && `) || former.endsWith(` && ${present}`)))
    return true;
  const limit = /^([^<>=!&|]+?) ?(<=|>=|<|>) ?(-?\d+)$/;
  const [one, other] = [limit.exec(former), limit.exec(present)];
  if (one === null || other === null || one[1] !== other[1] || one[2] !== other[2]) return false;
  const [was, is] = [Number(one[3]), Number(other[3])];
  return one[2]?.startsWith('<') === true ? is >= was : is <= was;
}

function isUnbalanced(text: string): boolean {
  return text.split('(').length !== text.split(')').length;
}
