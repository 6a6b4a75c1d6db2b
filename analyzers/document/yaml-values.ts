import { isAlias, isMap, isPair, isScalar, isSeq, type Document as YamlDocument } from 'yaml';
import { entriesOf, maxDepth } from './document.ts';
import { defineValue } from './places.ts';

/**
 * Aliases in one document, and values that it may have once they are followed. Few files that people write have a
 * hundred aliases; a "billion laughs" passes the second within a few lines, however few aliases it has.
 */
const maxAliases = 10_000;
const maxExpandedValues = 2_000_000;

/** Why a document has no value, and the node that says so. */
export interface YamlFault {
  message: string;
  node: unknown;
}

export type YamlValue = { ok: true; value: unknown } | { ok: false; fault: YamlFault };

interface Measured {
  value: unknown;
  /** Values in it, itself counted and aliases followed. */
  size: number;
  /** Levels below it. */
  depth: number;
}

class ExpansionFault extends Error {
  readonly node: unknown;

  constructor(message: string, node: unknown) {
    super(message);
    this.node = node;
  }
}

/**
 * The plain value of a document. Aliases share the value of their anchor, `<<` merges, and tags change nothing. An alias
 * to an anchor that it stands in, or expansion without bounds, is a fault. Time is linear in what is written.
 */
export function valueOfYaml(document: YamlDocument): YamlValue {
  const anchors = new Map<string, Measured | 'open'>();
  let aliases = 0;
  let expanded = 0;
  try {
    return { ok: true, value: measure(document.contents).value };
  } catch (error) {
    if (!(error instanceof ExpansionFault)) throw error;
    return { ok: false, fault: { message: error.message, node: error.node } };
  }

  function measure(node: unknown): Measured {
    if (isAlias(node)) return follow(node.source, node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, 'open');
    const measured = measureOwn(node);
    if (measured.depth > maxDepth) {
      throw new ExpansionFault(`is nested deeper than ${maxDepth} levels through its aliases`, node);
    }
    if (anchor !== undefined) anchors.set(anchor, measured);
    return measured;
  }

  function measureOwn(node: unknown): Measured {
    if (isMap(node)) return measureMap(node.items);
    if (isSeq(node)) {
      const items = node.items.map((item) => (isPair(item) ? measureMap([item]) : measure(item)));
      return { value: items.map(({ value }) => value), ...sum(items) };
    }
    if (!isScalar(node)) return { value: null, size: 1, depth: 0 };
    const { value } = node;
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    return {
      value: isPlain ? value : typeof value === 'bigint' ? Number(value) : (node.source ?? null),
      size: 1,
      depth: 0,
    };
  }

  function measureMap(pairs: readonly { key: unknown; value: unknown }[]): Measured {
    const object = {};
    const parts: Measured[] = [];
    const merged: Measured[] = [];
    for (const { key, value } of pairs) {
      const part = measure(value);
      parts.push(part);
      if (isMergeKey(key)) merged.push(...sourcesOf(part, value));
      else {
        // A key may be an anchor for somebody, or an alias.
        const name = measure(key).value;
        defineValue(object, typeof name === 'string' ? name : nameOf(name, key), part.value);
      }
    }
    // What is written here wins over what is merged, and the earlier source over the later one (yaml.org/type/merge).
    for (const { value: source } of merged) {
      for (const [name, value] of entriesOf(source)) {
        if (!Object.hasOwn(object, name)) defineValue(object, name, value);
      }
    }
    return { value: object, ...sum(parts) };
  }

  function sourcesOf(part: Measured, node: unknown): Measured[] {
    const sources = Array.isArray(part.value) ? part.value : [part.value];
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        throw new ExpansionFault('`<<` merges something that is no mapping', node);
      }
    }
    return sources.map((value: unknown) => ({ ...part, value }));
  }

  function follow(name: string, node: unknown): Measured {
    if (++aliases > maxAliases) throw new ExpansionFault(`has more than ${maxAliases} aliases`, node);
    const found = anchors.get(name);
    if (found === undefined) throw new ExpansionFault(`the alias *${name} has no anchor before it`, node);
    if (found === 'open')
      throw new ExpansionFault(`the alias *${name} stands inside of its own anchor`, node);
    // Before anything is made of it: `<<` copies what it merges.
    expanded += found.size;
    if (expanded > maxExpandedValues) {
      throw new ExpansionFault(`expands to more than ${maxExpandedValues} values through its aliases`, node);
    }
    return found;
  }
}

function sum(parts: readonly Measured[]): { size: number; depth: number } {
  let size = 1;
  let depth = 0;
  for (const part of parts) {
    size += part.size;
    depth = Math.max(depth, part.depth + 1);
  }
  return { size, depth };
}

export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && (key.value === '<<' || key.source === '<<');
}

/** A key that is no text, as JSON would write it. */
function nameOf(value: unknown, key: unknown): string {
  if (value === null) return isScalar(key) ? (key.source ?? '') : '';
  return JSON.stringify(value);
}
