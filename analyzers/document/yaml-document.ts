import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  visit,
  type Document as YamlDocument,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { LineIndex, type Span } from '../finding.ts';
import { maxDepth, tokensOf, tooDeep, type ParsedDocument, type Problem } from './document.ts';

/** Enough for every honest use of anchors; a "billion laughs" file passes it within a few lines. */
const maxAliasCount = 10_000;

/** Reads YAML 1.2 with merge keys, one or many documents. `text` has no byte order mark. */
export function parseYaml(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  // Before the parser sees it: deep nesting does not fail there with an error, it ends the process.
  const deepAt = findTooDeep(text);
  if (deepAt !== undefined) return tooDeep(lines.span(deepAt, deepAt + 1));

  // Unique keys are checked below: the parser's own check takes quadratic time in the number of keys.
  const parsed = parseAllDocuments(text, { merge: true, prettyErrors: false, uniqueKeys: false });
  const yamlDocuments: YamlDocument[] = Array.isArray(parsed) ? parsed : [];
  const problems = yamlDocuments.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => ({ message: lowerFirst(message), span: lines.span(pos[0], pos[1]) })),
  );
  if (problems.length > 0) return { ok: false, reasonCode: 'syntax', problems };

  const documents: unknown[] = [];
  for (const document of yamlDocuments) {
    try {
      const value: unknown = document.toJS({ maxAliasCount });
      documents.push(value);
    } catch (error) {
      const message = error instanceof Error ? lowerFirst(error.message) : 'cannot be expanded';
      return { ok: false, reasonCode: 'syntax', problems: [{ message, span: lines.span(0, text.length) }] };
    }
  }
  const nodeAt = (pointer: string, index: number) => {
    const document = yamlDocuments[index];
    return document === undefined ? undefined : find(document, pointer);
  };
  return {
    ok: true,
    format: 'yaml',
    value: documents[0] ?? null,
    documents: documents.length > 0 ? documents : [null],
    spanOf: (pointer, index = 0) => spanOfNode(nodeAt(pointer, index)?.value, text, lines),
    keySpanOf: (pointer, index = 0) => spanOfNode(nodeAt(pointer, index)?.key, text, lines),
    duplicateKeys: yamlDocuments.flatMap((document) => findDuplicates(document, text, lines)),
  };
}

/**
 * The offset of the first place that may be nested too deep: open flow brackets, growing indentation and runs of
 * `- ` or `? ` each open at most one level. Brackets inside text count as well, so this may refuse a file that has
 * hundreds of unclosed brackets in its prose; that is the safe side.
 */
function findTooDeep(text: string): number | undefined {
  const indents: number[] = [];
  let brackets = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    let at = start;
    while (at < end && /[ \t\-?]/.test(text.charAt(at))) at++;
    if (at < end) {
      while ((indents.at(-1) ?? -1) >= at - start) indents.pop();
      indents.push(at - start);
    }
    const markers = countMarkers(text, start, at);
    if (indents.length + markers > maxDepth) return at - 1;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x5b || code === 0x7b) brackets++;
      else if ((code === 0x5d || code === 0x7d) && brackets > 0) brackets--;
      if (brackets > maxDepth) return at;
    }
    start = end + 1;
  }
  return undefined;
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

function findDuplicates(document: YamlDocument, text: string, lines: LineIndex): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = keyOf(key);
        if (name === undefined || name === '<<') continue;
        if (seen.has(name)) {
          const span = spanOfNode(key, text, lines) ?? lines.span(0, 0);
          problems.push({ message: `the key ${JSON.stringify(name)} appears twice`, span });
        }
        seen.add(name);
      }
    },
  });
  return problems;
}

interface Found {
  key: unknown;
  value: unknown;
}

function find(document: YamlDocument, pointer: string): Found | undefined {
  let found: Found | undefined = { key: undefined, value: document.contents };
  for (const token of tokensOf(pointer)) {
    const node: unknown = followAlias(found.value, document);
    if (isMap(node)) found = findInMap(node, token, document);
    else if (isSeq(node)) found = { key: undefined, value: node.items[Number(token)] };
    else return undefined;
    if (found === undefined) return undefined;
  }
  return found;
}

function findInMap(map: YAMLMap, token: string, document: YamlDocument): Found | undefined {
  const own: Pair | undefined = map.items.findLast((pair) => keyOf(pair.key) === token);
  if (own !== undefined) return { key: own.key, value: own.value ?? own.key };
  for (const pair of map.items) {
    if (keyOf(pair.key) !== '<<') continue;
    const source = followAlias(pair.value, document);
    for (const merged of isSeq(source) ? source.items : [source]) {
      const target = followAlias(merged, document);
      const inherited = isMap(target) ? findInMap(target, token, document) : undefined;
      if (inherited !== undefined) return inherited;
    }
  }
  return undefined;
}

function followAlias(node: unknown, document: YamlDocument): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function keyOf(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const { value } = key;
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : key.source;
}

// A block collection's range runs to the start of the next token; what people see ends with its last character.
function spanOfNode(node: unknown, text: string, lines: LineIndex): Span | undefined {
  const range = isNodeWithRange(node) ? node.range : undefined;
  if (!range) return undefined;
  const [start, end] = range;
  return lines.span(start, start + text.slice(start, end).trimEnd().length);
}

function isNodeWithRange(node: unknown): node is Node {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
