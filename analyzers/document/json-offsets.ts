import { tokensOf } from './document.ts';

/** Where a value of a JSON text stands, and its key where it has one: offsets, the end just after the last character. */
export interface JsonOffsets {
  start: number;
  end: number;
  key?: { start: number; end: number };
}

interface Container {
  isArray: boolean;
  /** Of an object, by key, the later of two equal ones; of an array by index. */
  children: Map<string, JsonOffsets>;
}

/**
 * Finds values in a text that JSON.parse took, without a syntax tree: a container is looked through once, when something
 * in it is asked for, so that a few places in a text of many megabytes cost a few passes over the containers around them.
 */
export function jsonLocator(text: string): (pointer: string) => JsonOffsets | undefined {
  const containers = new Map<number, Container>();
  const containerAt = (start: number): Container => {
    const known = containers.get(start);
    if (known !== undefined) return known;
    const container = readContainer(text, start);
    containers.set(start, container);
    return container;
  };
  const start = skipSpace(text, 0);
  // The text is one value: what ends it is its last character that is no white space.
  const root = { start, end: text.trimEnd().length };
  return (pointer) => {
    let at: JsonOffsets = root;
    for (const token of tokensOf(pointer)) {
      const opening = text.charCodeAt(at.start);
      if (opening !== 0x7b && opening !== 0x5b) return undefined;
      const child = containerAt(at.start).children.get(token);
      if (child === undefined) return undefined;
      at = child;
    }
    return at;
  };
}

function readContainer(text: string, start: number): Container {
  const isArray = text.charCodeAt(start) === 0x5b;
  const container: Container = { isArray, children: new Map() };
  let at = skipSpace(text, start + 1);
  for (let index = 0; at < text.length; index++) {
    const code = text.charCodeAt(at);
    if (code === 0x5d || code === 0x7d) break;
    const keyStart = at;
    const keyEnd = isArray ? at : endOfString(text, at);
    const valueStart = isArray ? at : skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart);
    const key = isArray ? {} : { key: { start: keyStart, end: keyEnd } };
    const name = isArray ? String(index) : keyText(text.slice(keyStart, keyEnd));
    container.children.set(name, { start: valueStart, end, ...key });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === 0x2c) at = skipSpace(text, at + 1);
  }
  return container;
}

function keyText(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const parsed: unknown = JSON.parse(quoted);
  return String(parsed);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;) {
    code = text.charCodeAt(++at);
  }
  return at;
}

/** Just after the closing quote of a string that begins here. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Just after the value that begins here: brackets are counted, strings passed over. */
function endOfValue(text: string, start: number): number {
  const opening = text.charCodeAt(start);
  if (opening === 0x22) return endOfString(text, start);
  if (opening !== 0x7b && opening !== 0x5b) {
    let at = start;
    while (at < text.length && !isEnd(text.charCodeAt(at))) at++;
    return at;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at) - 1;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return text.length;
}

// A comma, a closing bracket or white space ends a number or a word.
function isEnd(code: number): boolean {
  return code === 0x2c || code === 0x5d || code === 0x7d || code <= 0x20;
}
