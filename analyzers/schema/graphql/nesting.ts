/** How deep a GraphQL text nests, and whether it holds anything but comments; in one pass, without a parser's stack. */
export function nestingOf(text: string): { depth: number; isEmpty: boolean } {
  let depth = 0;
  let deepest = 0;
  let isEmpty = true;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '#') {
      at = endOr(text, text.indexOf('\n', at));
      continue;
    }
    if (/[\s,\uFEFF]/.test(character)) continue;
    isEmpty = false;
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[' || character === '(')
      deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']' || character === ')') depth--;
  }
  return { depth: deepest, isEmpty };
}

function endOfString(text: string, start: number): number {
  const isBlock = text.startsWith('"""', start);
  for (let at = start + (isBlock ? 3 : 1); at < text.length; at++) {
    const character = text.charAt(at);
    if (isBlock && text.startsWith('\\"""', at)) at += 3;
    else if (isBlock && text.startsWith('"""', at)) return at + 2;
    else if (!isBlock && character === '\\') at++;
    else if (!isBlock && (character === '"' || character === '\n')) return at;
  }
  return text.length;
}

function endOr(text: string, found: number): number {
  return found === -1 ? text.length : found;
}
