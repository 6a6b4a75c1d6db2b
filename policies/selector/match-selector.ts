/** Whether a series is one that a selector picks. Selectors have been let through by `readSelector`. */
import { partsOfSelector } from './read-selector.ts';

interface Matcher {
  label: string;
  isWanted(value: string): boolean;
}

/** The first regular expression of a selector that cannot be read here; a server reads some that this program does not. */
export function unreadablePattern(selector: string): string | null {
  const unreadable = matchersOf(selector).find(
    ({ operator, text }) => operator.endsWith('~') && readPattern(text) === null,
  );
  return unreadable?.text ?? null;
}

function readPattern(text: string): RegExp | null {
  try {
    return new RegExp(`^(?:${text})$`, 's');
  } catch {
    return null;
  }
}

/** A test of name and labels. Regular expressions are anchored, as a server takes them. */
export function matcherOf(
  selector: string,
): (name: string, labels: Readonly<Record<string, string>>) => boolean {
  const { name: wanted } = partsOfSelector(selector);
  const matchers = matchersOf(selector).map(({ label, operator, text }) => toMatcher(label, operator, text));
  return (name, labels) =>
    (wanted === null || wanted === name) &&
    matchers.every(({ label, isWanted }) => isWanted(label === '__name__' ? name : (labels[label] ?? '')));
}

function matchersOf(selector: string): { label: string; operator: string; text: string }[] {
  const inner = /\{(.*)\}\s*$/s.exec(selector)?.[1] ?? '';
  return [
    ...inner.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g),
  ].map(([, label = '', operator = '=', text = '""']) => ({ label, operator, text: unquote(text) }));
}

function toMatcher(label: string, operator: string, text: string): Matcher {
  if (operator === '=') return { label, isWanted: (value) => value === text };
  if (operator === '!=') return { label, isWanted: (value) => value !== text };
  const pattern = readPattern(text);
  return { label, isWanted: (value) => pattern !== null && pattern.test(value) === (operator === '=~') };
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped === 't' ? '\t' : escaped));
}
