import { parse, TomlDate, TomlError } from 'smol-toml';
import { parseTOML, type AST } from 'toml-eslint-parser';
import { LineIndex } from '../finding.ts';
import { ambiguityOfNumber, mayHaveAmbiguousNumber } from './ambiguous-number.ts';
import {
  entriesOf,
  maxDepth,
  maxProblems,
  maxValues,
  pointerTo,
  tooDeep,
  tooLarge,
  type AmbiguousScalar,
  type ParsedDocument,
} from './document.ts';
import { defineValue, positionsOf, type Place } from './places.ts';

/** Reads TOML 1.0: dates become RFC 3339 text, integers beyond 2^53 the nearest number. `text` has no byte order mark. */
export function parseToml(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  const shape = scanToml(text);
  if (shape.deepAt !== undefined) return tooDeep(lines.span(shape.deepAt, shape.deepAt + 1));
  if (shape.values > maxValues) return tooLarge(lines.span(0, text.length));
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
  const allPlaces = () => (places ??= placesOrNone(text));
  return {
    ok: true,
    format: 'toml',
    value,
    documents: [value],
    ...positionsOf(text, allPlaces),
    // The parser refuses a key that is defined twice.
    duplicateKeys: [],
    ambiguousScalars: () =>
      mayHaveAmbiguousNumber(text.replaceAll('_', '')) ? findAmbiguous(text, lines, allPlaces()) : [],
  };
}

/**
 * Looks at every line once, before a parser does: a key of very many parts makes a table in a table for each, and is
 * looked at by the parsers once per part.
 */
function scanToml(text: string): { values: number; deepAt: number | undefined } {
  let values = 0;
  let dots = 0;
  let brackets = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x2e: // .
        dots++;
        break;
      case 0x3d: // =
      case 0x2c: // ,
        values++;
        dots = 0;
        break;
      case 0x0a:
        dots = 0;
        break;
      case 0x5b: // [
      case 0x7b: // {
        brackets++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        brackets--;
        break;
      case 0x22: // Text may have any number of dots.
      case 0x27: {
        const quote = text.charAt(at);
        at = text.startsWith(quote.repeat(3), at)
          ? endOfLongText(text, at, quote)
          : endOfText(text, at, quote);
        break;
      }
      case 0x23: // #
        at = (text.indexOf('\n', at) + 1 || text.length + 1) - 2;
        break;
    }
    if (dots > maxDepth || brackets > maxDepth) return { values, deepAt: at };
  }
  return { values, deepAt: undefined };
}

function endOfText(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && quote === '"') at++;
    else if (character === quote || character === '\n') return at;
  }
  return text.length;
}

function endOfLongText(text: string, start: number, quote: string): number {
  const close = quote.repeat(3);
  for (let at = start + 3; at < text.length; at++) {
    if (text.charAt(at) === '\\' && quote === '"') at++;
    else if (text.startsWith(close, at)) return at + 2;
  }
  return text.length;
}

function findAmbiguous(
  text: string,
  lines: LineIndex,
  places: ReadonlyMap<string, Place>,
): AmbiguousScalar[] {
  const found: AmbiguousScalar[] = [];
  for (const [pointer, { value }] of places) {
    const message =
      value[1] - value[0] > 1000
        ? undefined
        : ambiguityOfNumber(text.slice(value[0], value[1]).replaceAll('_', ''));
    if (message === undefined) continue;
    found.push({ pointer, documentIndex: 0, message, span: lines.span(value[0], value[1]) });
    if (found.length >= maxProblems) break;
  }
  return found;
}

class DepthExceeded extends Error {}

// Dotted keys nest without a bracket, so the parser's own limit does not see them.
function plainValue(value: unknown, depth: number): unknown {
  if (depth > maxDepth) throw new DepthExceeded();
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof TomlDate) return value.toISOString();
  if (Array.isArray(value)) return value.map((item: unknown) => plainValue(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const object = {};
  for (const [key, item] of entriesOf(value)) defineValue(object, key, plainValue(item, depth + 1));
  return object;
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
