/**
 * The part of GitHub's workflow expressions that our workflows use: contexts, literals, `==`, `!=`, `!`, `&&`, `||` and
 * brackets. Whatever else stands in one fails loudly: a guess would test another workflow than the one that users get.
 */
import { isObject, member, type JsonObject } from '../json.ts';

/** The value of an expression, without its `${{ }}`. */
export function evaluate(text: string, contexts: JsonObject): unknown {
  const tokens = tokensOf(text);
  let position = 0;
  const next = (): string => tokens[position] ?? '';
  const take = (wanted?: string): string => {
    const token = next();
    if (token === '' || (wanted !== undefined && token !== wanted))
      throw new Error(`the expression ${JSON.stringify(text)} is not understood at ${JSON.stringify(token)}`);
    position++;
    return token;
  };
  const either = (): unknown => {
    let value = both();
    while (next() === '||') {
      take();
      const other = both();
      value = isTruthy(value) ? value : other;
    }
    return value;
  };
  const both = (): unknown => {
    let value = comparison();
    while (next() === '&&') {
      take();
      const other = comparison();
      value = isTruthy(value) ? other : value;
    }
    return value;
  };
  const comparison = (): unknown => {
    const value = single();
    if (next() !== '==' && next() !== '!=') return value;
    const isEqual = take() === '==';
    return isSame(value, single()) === isEqual;
  };
  const single = (): unknown => {
    const token = take();
    if (token === '!') return !isTruthy(single());
    if (token === '(') {
      const value = either();
      take(')');
      return value;
    }
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^\d/.test(token)) return Number(token);
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (!/^[a-z_]/i.test(token) || next() === '(')
      throw new Error(`the expression ${JSON.stringify(text)} is not understood at ${JSON.stringify(token)}`);
    return valueAt(token, contexts);
  };
  const value = either();
  if (position < tokens.length)
    throw new Error(`the expression ${JSON.stringify(text)} is not understood at ${JSON.stringify(next())}`);
  return value;
}

const token = /\s*('(?:[^']|'')*'|&&|\|\||==|!=|[!()]|\d+(?:\.\d+)?|[a-z_][\w-]*(?:\.[\w-]+|\[\d+\])*)/iy;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const from = token.lastIndex;
    const found = token.exec(text)?.[1];
    if (found === undefined)
      throw new Error(
        `the expression ${JSON.stringify(text)} is not understood at ${JSON.stringify(text.slice(from))}`,
      );
    tokens.push(found);
  }
  return tokens;
}

function valueAt(path: string, contexts: JsonObject): unknown {
  const [context = '', ...keys] = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  if (!(context in contexts)) throw new Error(`the context ${context} is not one that our workflows use`);
  return member(contexts[context], ...keys) ?? null;
}

/** Texts are compared without case. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase();
  if (typeof one === typeof other) return one === other;
  return numberOf(one) === numberOf(other);
}

function numberOf(value: unknown): number {
  return value === null ? 0 : typeof value === 'object' ? Number.NaN : Number(value);
}

/** Whether a condition holds; a text without `${{ }}` is an expression as well. */
export function holds(condition: unknown, contexts: JsonObject): boolean {
  if (condition === undefined) return true;
  if (typeof condition === 'boolean') return condition;
  if (typeof condition !== 'string') throw new Error('an `if` that is no text');
  const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(condition)?.[1] ?? condition;
  return isTruthy(evaluate(inner, contexts));
}

function isTruthy(value: unknown): boolean {
  return !(value === null || value === undefined || value === false || value === 0 || value === '');
}

/** A text with its `${{ }}` filled in. */
export function filled(text: string, contexts: JsonObject): string {
  return text.replace(/\$\{\{([\s\S]*?)\}\}/g, (_whole, expression: string) => {
    const value = evaluate(expression, contexts);
    if (isObject(value) || Array.isArray(value)) throw new Error(`${expression} is no text`);
    return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  });
}
