import { maxDepth } from './document.ts';

/** What can be said of a JSON text before it is parsed. */
interface JsonShape {
  /** Colons and commas outside of strings and comments: with every key and every further value comes one. */
  colons: number;
  commas: number;
  /** The offset of the first bracket that is nested deeper than `maxDepth`. */
  deepAt: number | undefined;
}

/**
 * Looks at the brackets of a JSON text in one pass, before a recursive parser meets them. JSON5 has strings in single
 * quotes, and strings that go on behind an escaped line end.
 */
export function scanShape(text: string, isJson5: boolean): JsonShape {
  const shape: JsonShape = { colons: 0, commas: 0, deepAt: undefined };
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at, 0x22);
        break;
      case 0x27: // '
        if (isJson5) at = endOfString(text, at, 0x27);
        break;
      case 0x2f: // /
        at = endOfComment(text, at);
        break;
      case 0x2c: // ,
        shape.commas++;
        break;
      case 0x3a: // :
        shape.colons++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return { ...shape, deepAt: at };
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return shape;
}

// A string that is not closed ends with its line, as it does for the parsers.
function endOfString(text: string, start: number, quote: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) {
      at++;
      if (text.charCodeAt(at) === 0x0d && text.charCodeAt(at + 1) === 0x0a) at++;
    } else if (code === quote || code === 0x0a || code === 0x0d) return at;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (next !== 0x2f && next !== 0x2a) return start;
  const end = next === 0x2f ? text.indexOf('\n', start) : text.indexOf('*/', start + 2);
  return end === -1 ? text.length : next === 0x2f ? end : end + 1;
}
