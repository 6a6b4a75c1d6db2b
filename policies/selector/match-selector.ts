/** Whether a series is one that a selector picks. Selectors have been let through by `readSelector`. */
import { partsOfSelector } from './read-selector.ts';

interface Matcher {
  label: string;
  isWanted(value: string): boolean;
}

/** A test of name and labels. Regular expressions are anchored, as a server takes them. */
export function matcherOf(
  selector: string,
): (name: string, labels: Readonly<Record<string, string>>) => boolean {
  const { name: wanted } = partsOfSelector(selector);
  const inner = /\{(.*)\}\s*$/s.exec(selector)?.[1] ?? '';
  const matchers = [
    ...inner.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g),
  ].map(([, label = '', operator = '=', text = '""']) => toMatcher(label, operator, unquote(text)));
  return (name, labels) =>
    (wanted === null || wanted === name) &&
    matchers.every(({ label, isWanted }) => isWanted(label === '__name__' ? name : (labels[label] ?? '')));
}

function toMatcher(label: string, operator: string, text: string): Matcher {
  if (operator === '=') return { label, isWanted: (value) => value === text };
  if (operator === '!=') return { label, isWanted: (value) => value !== text };
  const pattern = new RegExp(`^(?:${text})$`, 's');
  return { label, isWanted: (value) => pattern.test(value) === (operator === '=~') };
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped === 't' ? '\t' : escaped));
}
