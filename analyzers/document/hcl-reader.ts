import { maxValues, pointerTo } from './document.ts';
import {
  HclFault,
  isEnd,
  readHeredoc,
  refuseDepth,
  scanExpression,
  scanQuoted,
  skipSpace,
  unescapeQuoted,
  type ExpressionEnd,
} from './hcl-scanner.ts';
import { defineValue, type Place, type Range } from './places.ts';

export { HclFault };

export interface HclContent {
  value: object;
  places: Map<string, Place>;
  /** Names that stand twice where a name has one meaning; the range is the later one's. */
  duplicates: { name: string; range: Range }[];
}

interface Expression {
  value: unknown;
  /** Just after the expression, its trailing spaces left out. */
  end: number;
}

/** What Terraform takes once for a pair of type and labels; other blocks may be repeated. */
const uniqueBlocks: readonly string[] = ['resource', 'data', 'variable', 'output', 'module'];

/** Reads one text; throws an `HclFault` for what is no HCL. Time is linear, and nesting bounded by `maxDepth`. */
export function readHcl(text: string): HclContent {
  const places = new Map<string, Place>();
  const duplicates: HclContent['duplicates'] = [];
  const value = {};
  const end = readBody(0, value, '', 0);
  if (end < text.length) throw new HclFault('a } that nothing opened', end);
  return { value, places, duplicates };

  /** Reads attributes and blocks up to the end of the text or a `}`, whose offset it returns. */
  function readBody(from: number, body: object, pointer: string, depth: number): number {
    refuseDepth(depth, from);
    const attributes = new Set<string>();
    for (let at = skipSpace(text, from, true); ; at = skipSpace(text, at, true)) {
      if (places.size > maxValues) throw new HclFault('too many values', at, 'values');
      if (at >= text.length || text.charAt(at) === '}') return at;
      const name = identifierAt(at);
      if (name === undefined) throw new HclFault('neither an attribute `name = value` nor a block', at);
      const after = skipSpace(text, at + name.length, false);
      if (text.charAt(after) === '=' && text.charAt(after + 1) !== '=') {
        if (attributes.has(name)) duplicates.push({ name, range: [at, at + name.length] });
        attributes.add(name);
        at = readPair(body, pointer, name, [at, at + name.length], after + 1, 'line', depth);
      } else {
        at = readBlock(body, pointer, name, at, after, depth);
      }
    }
  }

  function readBlock(
    body: object,
    pointer: string,
    type: string,
    start: number,
    from: number,
    depth: number,
  ): number {
    const labels: string[] = [];
    let at = from;
    while (text.charAt(at) !== '{') {
      const label = identifierAt(at);
      if (label !== undefined) {
        labels.push(label);
        at += label.length;
      } else if (text.charAt(at) === '"') {
        const quoted = scanQuoted(text, at, depth);
        labels.push(unescapeQuoted(text.slice(at + 1, quoted.end - 1)));
        at = quoted.end;
      } else throw new HclFault(`after ${type} there is neither \`=\` nor a block`, at);
      refuseDepth(labels.length, at);
      at = skipSpace(text, at, false);
    }
    const bodies = bodiesAt(body, [type, ...labels]);
    const own: object = {};
    const steps = [...bodies.path, bodies.list.length];
    const slot = steps.reduce<string>(pointerTo, pointer);
    if (depth === 0 && uniqueBlocks.includes(type) && bodies.list.length > 0) {
      duplicates.push({ name: [type, ...labels].join(' '), range: [start, at] });
    }
    bodies.list.push(own);
    const close = readBody(at + 1, own, slot, depth + 1);
    if (text.charAt(close) !== '}') throw new HclFault(`the block ${type} is not closed`, start);
    let outer = pointer;
    for (const token of steps) {
      outer = pointerTo(outer, token);
      if (!places.has(outer) || outer === slot)
        places.set(outer, { key: [start, start + type.length], value: [start, close + 1] });
    }
    return close + 1;
  }

  function readPair(
    object: object,
    pointer: string,
    name: string,
    key: Range,
    from: number,
    end: ExpressionEnd,
    depth: number,
  ): number {
    const start = skipSpace(text, from, false);
    const own = pointerTo(pointer, name);
    const expression = readExpression(start, own, end, depth + 1);
    if (expression.end === start) throw new HclFault(`${name} has no value`, key[0]);
    defineValue(object, name, expression.value);
    places.set(own, { key, value: [start, expression.end] });
    return expression.end;
  }

  function readExpression(start: number, pointer: string, end: ExpressionEnd, depth: number): Expression {
    refuseDepth(depth, start);
    const literal = readLiteral(start, pointer, depth);
    if (literal !== undefined) {
      const after = skipSpace(text, literal.end, end === 'tuple');
      if (isEnd(text, after, end)) return literal;
    }
    const stop = scanExpression(text, literal?.end ?? start, depth, end);
    const written = text.slice(start, stop).trimEnd();
    return { value: `\${${written}}`, end: start + written.length };
  }

  function readLiteral(start: number, pointer: string, depth: number): Expression | undefined {
    const character = text.charAt(start);
    if (character === '"') {
      const { end: stop, isTemplate } = scanQuoted(text, start, depth);
      const inner = text.slice(start + 1, stop - 1);
      return { value: isTemplate ? inner : unescapeQuoted(inner), end: stop };
    }
    if (character === '<') return readHeredoc(text, start);
    if (character === '[' || character === '{') {
      const first = skipSpace(text, start + 1, true);
      if (identifierAt(first) === 'for') return undefined;
      return character === '[' ? readTuple(first, pointer, depth) : readObject(first, pointer, depth);
    }
    const word = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b/y;
    word.lastIndex = start;
    const found = word.exec(text)?.[0];
    if (found === undefined) return undefined;
    const known =
      found === 'null' ? null : found === 'true' ? true : found === 'false' ? false : Number(found);
    return { value: known, end: start + found.length };
  }

  function readTuple(from: number, pointer: string, depth: number): Expression {
    const items: unknown[] = [];
    let at = from;
    while (text.charAt(at) !== ']') {
      const own = pointerTo(pointer, items.length);
      const item = readExpression(at, own, 'tuple', depth + 1);
      if (item.end === at) throw new HclFault('the ] is missing', at);
      places.set(own, { key: undefined, value: [at, item.end] });
      items.push(item.value);
      at = skipSpace(text, item.end, true);
      if (text.charAt(at) === ',') at = skipSpace(text, at + 1, true);
      else if (text.charAt(at) !== ']') throw new HclFault('the ] is missing', at);
    }
    return { value: items, end: at + 1 };
  }

  function readObject(from: number, pointer: string, depth: number): Expression {
    const object = {};
    let at = from;
    while (text.charAt(at) !== '}') {
      const key = readKey(at, depth);
      const name = key.name;
      const after = skipSpace(text, key.end, true);
      if (!/[=:]/.test(text.charAt(after))) throw new HclFault('a key of the object has no value', at);
      if (Object.hasOwn(object, name)) duplicates.push({ name, range: [at, key.end] });
      at = readPair(object, pointer, name, [at, key.end], skipSpace(text, after + 1, true), 'object', depth);
      at = skipSpace(text, at, false);
      if (text.charAt(at) === ',' || text.charAt(at) === '\n') at = skipSpace(text, at + 1, true);
      else if (text.charAt(at) !== '}') throw new HclFault('the } is missing', at);
    }
    return { value: object, end: at + 1 };
  }

  /** A key is a name, a text, a number or an expression in brackets; what has to be worked out stays as written. */
  function readKey(at: number, depth: number): { name: string; end: number } {
    const name = identifierAt(at);
    if (name !== undefined && /^[ \t]*[=:]/.test(text.slice(at + name.length, at + name.length + 100)))
      return { name, end: at + name.length };
    if (text.charAt(at) === '"') {
      const { end: stop } = scanQuoted(text, at, depth);
      return { name: unescapeQuoted(text.slice(at + 1, stop - 1)), end: stop };
    }
    const other = /[^\s=:{}[\]",()]+/y;
    other.lastIndex = at;
    const written = other.exec(text)?.[0];
    if (written !== undefined) return { name: written, end: at + written.length };
    if (text.charAt(at) !== '(') throw new HclFault('neither a key nor the end of the object', at);
    const stop = scanExpression(text, at + 1, depth + 1, 'bracket') + 1;
    return { name: `\${${text.slice(at + 1, stop - 1)}}`, end: stop };
  }

  function identifierAt(at: number): string | undefined {
    const pattern = /[\p{L}_][\p{L}\d_-]*/uy;
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  }
}

/** The list of bodies under a block's type and labels; where the same type also has fewer labels, `''` stands for none. */
function bodiesAt(body: object, names: readonly string[]): { list: unknown[]; path: string[] } {
  let holder = body;
  const path: string[] = [];
  for (const [index, name] of names.entries()) {
    path.push(name);
    const found: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    const isLast = index === names.length - 1;
    if (isLast && Array.isArray(found)) return { list: found, path };
    if (Array.isArray(found)) {
      const wrapper = {};
      defineValue(wrapper, '', found);
      defineValue(holder, name, wrapper);
      holder = wrapper;
    } else if (typeof found === 'object' && found !== null) {
      holder = found;
      if (isLast) return bodiesUnder(holder, path);
    } else {
      const made = isLast ? [] : {};
      defineValue(holder, name, made);
      if (Array.isArray(made)) return { list: made, path };
      holder = made;
    }
  }
  return bodiesUnder(holder, path);
}

function bodiesUnder(holder: object, path: string[]): { list: unknown[]; path: string[] } {
  const found: unknown = Object.getOwnPropertyDescriptor(holder, '')?.value;
  const list: unknown[] = Array.isArray(found) ? found : [];
  if (list !== found) defineValue(holder, '', list);
  return { list, path: [...path, ''] };
}
