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
import { ambiguityOfNumber } from './ambiguous-number.ts';
import { ambiguityOfPlainScalar } from './ambiguous-yaml.ts';
import {
  maxProblems,
  maxValues,
  pointerTo,
  tokensOf,
  tooDeep,
  tooLarge,
  type AmbiguousScalar,
  type ParsedDocument,
  type Problem,
} from './document.ts';
import { scanYaml } from './yaml-shape.ts';
import { isMergeKey, valueOfYaml } from './yaml-values.ts';

/**
 * Reads YAML 1.2 with merge keys, one or many documents. Tags are kept (`tagOf`) and change no value: what `!Ref` or
 * `!!binary` make of it is the reader's business. `text` has no byte order mark.
 */
export function parseYaml(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  // Before the parser sees it: deep nesting does not fail there with an error, it ends the process.
  const shape = scanYaml(text);
  if (shape.deepAt !== undefined) return tooDeep(lines.span(shape.deepAt, shape.deepAt + 1));
  if (shape.values > maxValues) return tooLarge(lines.span(0, text.length));

  // Unique keys are checked below: the parser's own check takes quadratic time in the number of keys.
  const parsed = parseAllDocuments(text, {
    merge: true,
    prettyErrors: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const yamlDocuments: YamlDocument[] = Array.isArray(parsed) ? parsed : [];
  const problems: Problem[] = [];
  for (const { errors } of yamlDocuments) {
    for (const { message, pos } of errors.slice(0, maxProblems)) {
      problems.push({ message: lowerFirst(message), span: lines.span(pos[0], pos[1]) });
    }
  }
  if (problems.length > 0) return { ok: false, reasonCode: 'syntax', problems };

  const documents: unknown[] = [];
  for (const document of yamlDocuments) {
    const value = valueOfYaml(document);
    if (!value.ok) {
      const { message, node } = value.fault;
      const span = spanOfNode(node, text, lines) ?? lines.span(0, text.length);
      return { ok: false, reasonCode: 'syntax', problems: [{ message, span }] };
    }
    documents.push(value.value);
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
    ambiguousScalars: () => findAmbiguous(yamlDocuments, text, lines),
    tagOf: (pointer, index = 0) => {
      const node = nodeAt(pointer, index)?.value;
      return isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
    },
  };
}

/**
 * Values only: a key such as `on` has one spelling that everybody who reads the file knows. What an alias stands for is
 * looked at where its anchor is. As deep as the text, which is at most `maxDepth`.
 */
function findAmbiguous(
  documents: readonly YamlDocument[],
  text: string,
  lines: LineIndex,
): AmbiguousScalar[] {
  const found: AmbiguousScalar[] = [];
  for (const [documentIndex, document] of documents.entries()) {
    // Such a document says for itself how it is to be read.
    if (document.directives?.yaml.version !== '1.1') walk(document.contents, '', documentIndex);
  }
  return found;

  function walk(node: unknown, pointer: string, documentIndex: number): void {
    if (found.length >= maxProblems) return;
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) walk(item, pointerTo(pointer, index), documentIndex);
    } else if (isMap(node)) {
      for (const { key, value } of node.items)
        walk(value, pointerTo(pointer, keyOf(key) ?? ''), documentIndex);
    } else if (isScalar(node) && node.type === 'PLAIN' && node.tag === undefined) {
      const written = node.source ?? '';
      const message = ambiguityOfPlainScalar(written) ?? ambiguityOfNumber(written);
      const span = message === undefined ? undefined : spanOfNode(node, text, lines);
      if (message !== undefined && span !== undefined) found.push({ pointer, documentIndex, message, span });
    }
  }
}

function findDuplicates(document: YamlDocument, text: string, lines: LineIndex): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = keyOf(key);
        if (name === undefined || isMergeKey(key)) continue;
        if (seen.has(name) && problems.length < maxProblems) {
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
    if (!isMergeKey(pair.key)) continue;
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
