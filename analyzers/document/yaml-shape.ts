import { maxDepth } from './document.ts';

/**
 * Looks at a YAML text in one pass, before the parser meets it: deep nesting does not fail there with an error, it ends
 * the process. `values` counts lines, and commas within brackets. `deepAt` is the offset of the first place that may be
 * nested too deep: open flow brackets, growing indentation and runs of `- ` or `? ` each open at most one level. Brackets
 * inside text count as well, so this may refuse a file that has hundreds of unclosed brackets in its prose; that is the
 * safe side.
 */
export function scanYaml(text: string): { values: number; deepAt: number | undefined } {
  const indents: number[] = [];
  let brackets = 0;
  let values = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    let at = start;
    while (at < end && /[ \t\-?]/.test(text.charAt(at))) at++;
    if (at < end) {
      values++;
      while ((indents.at(-1) ?? -1) >= at - start) indents.pop();
      indents.push(at - start);
    }
    const markers = countMarkers(text, start, at);
    if (indents.length + markers > maxDepth) return { values, deepAt: at - 1 };
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x2c && brackets > 0) values++;
      else if (code === 0x5b || code === 0x7b) brackets++;
      else if ((code === 0x5d || code === 0x7d) && brackets > 0) brackets--;
      if (brackets > maxDepth) return { values, deepAt: at };
    }
    start = end + 1;
  }
  return { values, deepAt: undefined };
}

function countMarkers(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const next = text.charAt(at + 1);
    const isMarker = text.charAt(at) === '-' || text.charAt(at) === '?';
    if (isMarker && (next === ' ' || next === '\t')) count++;
  }
  return count;
}
