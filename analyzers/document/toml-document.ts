import { parse, TomlDate, TomlError } from 'smol-toml';
import { parseTOML, type AST } from 'toml-eslint-parser';
import { LineIndex, type Span } from '../finding.ts';
import { entriesOf, maxDepth, pointerTo, tooDeep, type ParsedDocument } from './document.ts';

interface Place {
  key: [number, number] | undefined;
  value: [number, number];
}

/** Reads TOML 1.0: dates become RFC 3339 text, integers beyond 2^53 the nearest number. `text` has no byte order mark. */
export function parseToml(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  let value: unknown;
  try {
    value = plainValue(parse(text, { integersAsBigInt: 'asNeeded', maxDepth }), 0);
  } catch (error) {
    if (error instanceof DepthExceeded) return tooDeep(lines.span(0, text.length));
    const offset = error instanceof TomlError ? offsetOf(text, error.line, error.column) : 0;
    const message = error instanceof Error ? firstLine(error.message) : 'not valid TOML';
    return { ok: false, reasonCode: 'syntax', problems: [{ message, span: lines.span(offset, offset + 1) }] };
  }
  let places: Map<string, Place> | undefined;
  const placeOf = (pointer: string) => (places ??= placesOrNone(text)).get(pointer);
  const spanOf = (range: [number, number] | undefined): Span | undefined =>
    range && lines.span(range[0], range[1]);
  return {
    ok: true,
    format: 'toml',
    value,
    documents: [value],
    spanOf: (pointer) => (pointer === '' ? lines.span(0, text.length) : spanOf(placeOf(pointer)?.value)),
    keySpanOf: (pointer) => spanOf(placeOf(pointer)?.key),
    // The parser refuses a key that is defined twice.
    duplicateKeys: [],
  };
}

class DepthExceeded extends Error {}

// Dotted keys nest without a bracket, so the parser's own limit does not see them.
function plainValue(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new DepthExceeded();
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map((item: unknown) => plainValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(entriesOf(value).map(([key, item]) => [key, plainValue(item, depth + 1)]));
}

// The two parsers disagree on a few rarities. Then a finding goes without its place, which is better than the reverse.
function placesOrNone(text: string): Map<string, Place> {
  try {
    return findPlaces(text);
  } catch {
    return new Map();
  }
}

function findPlaces(text: string): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const node of parseTOML(text).body[0].body) {
    if (node.type === 'TOMLKeyValue') placeKeyValue(places, '', node);
    else {
      const pointer = pointerOf('', node.resolvedKey);
      if (!places.has(pointer)) places.set(pointer, { key: node.key.range, value: node.range });
      for (const pair of node.body) placeKeyValue(places, pointer, pair);
    }
  }
  return places;
}

function placeKeyValue(places: Map<string, Place>, parent: string, node: AST.TOMLKeyValue): void {
  let pointer = parent;
  for (const key of node.key.keys) {
    pointer = pointerTo(pointer, key.type === 'TOMLBare' ? key.name : key.value);
    // `a.b = 1` also makes `a`, which stands nowhere else.
    if (!places.has(pointer)) places.set(pointer, { key: key.range, value: node.range });
  }
  places.set(pointer, { key: node.key.range, value: node.value.range });
  placeValue(places, pointer, node.value);
}

function placeValue(places: Map<string, Place>, pointer: string, node: AST.TOMLContentNode): void {
  if (node.type === 'TOMLInlineTable') {
    for (const pair of node.body) placeKeyValue(places, pointer, pair);
  } else if (node.type === 'TOMLArray') {
    for (const [index, element] of node.elements.entries()) {
      const own = pointerTo(pointer, index);
      places.set(own, { key: undefined, value: element.range });
      placeValue(places, own, element);
    }
  }
}

function pointerOf(parent: string, keys: readonly (string | number)[]): string {
  return keys.reduce<string>(pointerTo, parent);
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1;
  return Math.min(text.length, start + column - 1);
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/^Invalid TOML document: /, '').trim();
}
