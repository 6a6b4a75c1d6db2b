import { parseXml as parseTree, XmlElement, XmlText, type XmlDocument } from '@rgrove/parse-xml';
import { LineIndex } from '../finding.ts';
import { maxDepth, maxValues, pointerTo, tooDeep, tooLarge, type ParsedDocument } from './document.ts';
import { defineValue, positionsOf, type Place } from './places.ts';

/**
 * Reads XML 1.0 as JSON-like values: an element is an object with its attributes as `@name`, its text as `#text` and its
 * children by name, in an array where one name stands more than once; an element with text only is that text. Nothing
 * is fetched or expanded: a document type may name a DTD, but one that declares entities is refused. `text` has no byte
 * order mark.
 */
export function parseXml(text: string): ParsedDocument {
  const shape = scanTags(text);
  if (shape.deepAt !== undefined) return tooDeep(new LineIndex(text).span(shape.deepAt, shape.deepAt + 1));
  if (shape.tags > maxValues) return tooLarge(new LineIndex(text).span(0, text.length));
  if (shape.entityAt !== undefined) {
    const message = 'the document type declares entities, which are not expanded here; write their text out';
    const span = new LineIndex(text).span(shape.entityAt, shape.entityAt + '<!ENTITY'.length);
    return { ok: false, reasonCode: 'syntax', problems: [{ message, span }] };
  }
  let tree: XmlDocument;
  try {
    tree = parseTree(text, { includeOffsets: true });
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not valid XML';
    const at = error instanceof Error && 'pos' in error && typeof error.pos === 'number' ? error.pos : 0;
    const message = lowerFirst(said.replace(/ \(line \d+, column \d+\)$/, '')).slice(0, 200);
    return {
      ok: false,
      reasonCode: 'syntax',
      problems: [{ message, span: new LineIndex(text).span(at, at + 1) }],
    };
  }
  const value = {};
  const { root } = tree;
  if (root !== null) defineValue(value, root.name, valueOf(root));
  let places: Map<string, Place> | undefined;
  return {
    ok: true,
    format: 'xml',
    value,
    documents: [value],
    ...positionsOf(text, () => (places ??= findPlaces(root, text))),
    // The parser refuses an attribute that is there twice, and elements may be.
    duplicateKeys: [],
    ambiguousScalars: () => [],
  };
}

interface TagShape {
  tags: number;
  deepAt: number | undefined;
  entityAt: number | undefined;
}

/** Counts tags and their nesting in one pass, before a recursive parser meets them. */
function scanTags(text: string): TagShape {
  const shape: TagShape = { tags: 0, deepAt: undefined, entityAt: undefined };
  let depth = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const next = text.charAt(at + 1);
    if (text.startsWith('<!ENTITY', at)) return { ...shape, entityAt: at };
    if (next === '/') {
      depth--;
      at += 2;
    } else if (next === '!' || next === '?') {
      const close = text.startsWith('<!--', at)
        ? '-->'
        : text.startsWith('<![CDATA[', at)
          ? ']]>'
          : next === '?'
            ? '?>'
            : '';
      // A document type may hold declarations, which are looked at one by one.
      const end = close === '' ? at + 1 : text.indexOf(close, at + 2);
      if (end === -1) return shape;
      at = end + close.length;
    } else {
      const end = endOfTag(text, at);
      shape.tags++;
      if (text.charAt(end - 1) !== '/' && ++depth > maxDepth) return { ...shape, deepAt: at };
      at = end;
    }
  }
  return shape;
}

// The `>` that closes a tag is the first one outside of its quotes.
function endOfTag(text: string, start: number): number {
  let quote = 0;
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 0x22 || code === 0x27) quote = code;
    else if (code === 0x3e || code === 0x3c) return at;
  }
  return text.length;
}

function textOf(element: XmlElement): string {
  return element.children
    .map((child) => (child instanceof XmlText ? child.text : ''))
    .join('')
    .trim();
}

function childrenByName(element: XmlElement): Map<string, XmlElement[]> {
  const groups = new Map<string, XmlElement[]>();
  for (const child of element.children) {
    if (!(child instanceof XmlElement)) continue;
    const group = groups.get(child.name);
    if (group === undefined) groups.set(child.name, [child]);
    else group.push(child);
  }
  return groups;
}

function valueOf(element: XmlElement): unknown {
  const groups = childrenByName(element);
  const attributes = Object.entries(element.attributes);
  const text = textOf(element);
  if (groups.size === 0 && attributes.length === 0) return text;
  const object = {};
  for (const [name, value] of attributes) defineValue(object, `@${name}`, value);
  if (text !== '') defineValue(object, '#text', text);
  for (const [name, group] of groups) {
    const [first] = group;
    defineValue(
      object,
      name,
      group.length === 1 && first !== undefined ? valueOf(first) : group.map(valueOf),
    );
  }
  return object;
}

function findPlaces(root: XmlElement | null, text: string): Map<string, Place> {
  const places = new Map<string, Place>();
  if (root !== null) place(root, pointerTo('', root.name));
  return places;

  function place(element: XmlElement, pointer: string): void {
    const { start, end, name } = element;
    places.set(pointer, { key: [start + 1, start + 1 + name.length], value: [start, end] });
    placeAttributes(element, pointer);
    const texts = element.children.filter((child) => child instanceof XmlText && child.text.trim() !== '');
    const [first, last] = [texts[0], texts.at(-1)];
    if (first !== undefined && last !== undefined) {
      places.set(pointerTo(pointer, '#text'), { key: undefined, value: [first.start, last.end] });
    }
    for (const [childName, group] of childrenByName(element)) {
      const own = pointerTo(pointer, childName);
      const [only] = group;
      if (group.length === 1 && only !== undefined) place(only, own);
      else {
        for (const [index, child] of group.entries()) place(child, pointerTo(own, index));
        places.set(own, { key: undefined, value: [group[0]?.start ?? 0, group.at(-1)?.end ?? 0] });
      }
    }
  }

  function placeAttributes(element: XmlElement, pointer: string): void {
    const pattern = /\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/y;
    pattern.lastIndex = element.start + 1 + element.name.length;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const [whole, name = '', quoted = ''] = found;
      const keyAt = found.index + whole.length - whole.trimStart().length;
      const valueAt = found.index + whole.length - quoted.length;
      places.set(pointerTo(pointer, `@${name}`), {
        key: [keyAt, keyAt + name.length],
        value: [valueAt, valueAt + quoted.length],
      });
    }
  }
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
