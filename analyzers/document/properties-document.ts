import { parseLines } from 'dot-properties';
import { LineIndex } from '../finding.ts';
import { maxValues, pointerTo, tooLarge, type ParsedDocument, type Problem } from './document.ts';
import { positionsOf, type Place } from './places.ts';

/**
 * Reads Java properties: escapes, `\uXXXX` and continued lines as java.util.Properties does. Every key is one name,
 * whatever dots it has; all values are text. `text` has no byte order mark.
 */
export function parseProperties(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  const value = new Map<string, string>();
  const places = new Map<string, Place>();
  const duplicateKeys: Problem[] = [];
  const problems: Problem[] = [];
  const nodes = parseLines(text, true);
  if (nodes.length > maxValues) return tooLarge(lines.span(0, text.length));
  // A line ends at a carriage return as well; the library counts offsets in the text as it is.
  for (const node of nodes) {
    if (node.type !== 'PAIR' || !isPair(node)) continue;
    const [keyStart, keyEnd = keyStart, valueStart = keyEnd, valueEnd = valueStart] = node.range;
    const badEscape = /(?:^|[^\\])(?:\\\\)*\\u(?![0-9a-fA-F]{4})/.exec(text.slice(keyStart, valueEnd));
    if (badEscape !== null) {
      const at = keyStart + badEscape.index + badEscape[0].length - 2;
      problems.push({
        message: '`\\u` is not followed by four hexadecimal digits',
        span: lines.span(at, at + 2),
      });
    }
    if (value.has(node.key)) {
      const message = `the key ${JSON.stringify(node.key)} appears twice`;
      duplicateKeys.push({ message, span: lines.span(keyStart, keyEnd) });
    }
    value.set(node.key, node.value);
    places.set(pointerTo('', node.key), { key: [keyStart, keyEnd], value: [valueStart, valueEnd] });
  }
  if (problems.length > 0) return { ok: false, reasonCode: 'syntax', problems };
  const object = Object.fromEntries(value);
  return {
    ok: true,
    format: 'properties',
    value: object,
    documents: [object],
    ...positionsOf(text, () => places),
    duplicateKeys,
    ambiguousScalars: () => [],
  };
}

interface PairNode {
  key: string;
  value: string;
  range: readonly [number, number, number, number];
}

// The library's type does not say which node is which.
function isPair(node: object): node is PairNode {
  return 'key' in node && 'value' in node && 'range' in node && Array.isArray(node.range);
}
