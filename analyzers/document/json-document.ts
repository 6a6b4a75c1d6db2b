import {
  parseTree,
  printParseErrorCode,
  visit,
  type Node,
  type ParseError,
  type ParseOptions,
} from 'jsonc-parser';
import { LineIndex, type Span } from '../finding.ts';
import { maxDepth, tokensOf, tooDeep, type ParsedDocument, type Problem } from './document.ts';

const optionsOf: Record<'json' | 'jsonc', ParseOptions> = {
  json: { disallowComments: true, allowTrailingComma: false },
  jsonc: { disallowComments: false, allowTrailingComma: true },
};

/** Reads strict JSON, or JSON with comments and trailing commas. `text` has no byte order mark. */
export function parseJson(text: string, format: 'json' | 'jsonc'): ParsedDocument {
  const shape = scanShape(text);
  if (shape.deepAt !== undefined) return tooDeep(new LineIndex(text).span(shape.deepAt, shape.deepAt + 1));
  const parsed = format === 'json' ? parseStrict(text) : undefined;
  if (parsed !== undefined) return documentOf(text, format, parsed.value, shape.colons, undefined);

  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, optionsOf[format]);
  if (errors.length > 0 || tree === undefined || format === 'json') {
    return { ok: false, reasonCode: 'syntax', problems: problemsOf(text, errors) };
  }
  return documentOf(text, format, valueOf(tree), shape.colons, tree);
}

function parseStrict(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

function documentOf(
  text: string,
  format: 'json' | 'jsonc',
  value: unknown,
  colons: number,
  known: Node | undefined,
): ParsedDocument {
  let tree = known;
  let lines: LineIndex | undefined;
  const nodeAt = (pointer: string) => {
    tree ??= parseTree(text, [], optionsOf[format]);
    return findNode(tree, pointer);
  };
  const spanOfNode = (node: Node | undefined): Span | undefined => {
    if (node === undefined) return undefined;
    lines ??= new LineIndex(text);
    return lines.span(node.offset, node.offset + node.length);
  };
  return {
    ok: true,
    format,
    value,
    documents: [value],
    spanOf: (pointer) => spanOfNode(nodeAt(pointer)),
    keySpanOf: (pointer) => {
      const parent = nodeAt(pointer)?.parent;
      return parent?.type === 'property' ? spanOfNode(parent.children?.[0]) : undefined;
    },
    // Every key of the text has one colon, so equal counts mean that no key got lost to a later one of the same name.
    duplicateKeys: countKeys(value) === colons ? [] : findDuplicates(text, format),
  };
}

/** Counts colons outside strings and comments and finds the first bracket that is too deep, in one pass. */
function scanShape(text: string): { colons: number; deepAt: number | undefined } {
  let colons = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x2f: // /
        at = endOfComment(text, at);
        break;
      case 0x3a: // :
        colons++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return { colons, deepAt: at };
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return { colons, deepAt: undefined };
}

// A string that is not closed ends with its line, as it does for the parser.
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22 || code === 0x0a || code === 0x0d) return at;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (next !== 0x2f && next !== 0x2a) return start;
  const end = next === 0x2f ? text.indexOf('\n', start) : text.indexOf('*/', start + 2);
  return end === -1 ? text.length : next === 0x2f ? end : end + 1;
}

function countKeys(root: unknown): number {
  let count = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (!Array.isArray(value)) count += children.length;
    for (const child of children) if (typeof child === 'object') pending.push(child);
  }
  return count;
}

function findDuplicates(text: string, format: 'json' | 'jsonc'): Problem[] {
  const lines = new LineIndex(text);
  const problems: Problem[] = [];
  const open: Set<string>[] = [];
  visit(
    text,
    {
      onObjectBegin: () => void open.push(new Set()),
      onObjectEnd: () => void open.pop(),
      onObjectProperty: (key, offset, length) => {
        if (open.at(-1)?.has(key) === true) {
          problems.push({
            message: `the key ${JSON.stringify(key)} appears twice`,
            span: lines.span(offset, offset + length),
          });
        }
        open.at(-1)?.add(key);
      },
    },
    optionsOf[format],
  );
  return problems;
}

function problemsOf(text: string, errors: readonly ParseError[]): Problem[] {
  const lines = new LineIndex(text);
  if (errors.length === 0) return [{ message: 'not valid JSON', span: lines.span(0, text.length) }];
  return errors.map((error) => ({
    message: sentenceOf(printParseErrorCode(error.error)),
    span: lines.span(error.offset, error.offset + error.length),
  }));
}

// "CommaExpected" -> "comma expected"
function sentenceOf(code: string): string {
  return code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

function findNode(tree: Node | undefined, pointer: string): Node | undefined {
  let node = tree;
  for (const token of tokensOf(pointer)) {
    if (node?.type === 'array') node = node.children?.[Number(token)];
    // The last of several equal keys is the one whose value counts.
    else if (node?.type === 'object') {
      node = node.children?.findLast((property) => property.children?.[0]?.value === token)?.children?.[1];
    } else return undefined;
  }
  return node;
}

// Own properties are defined, not assigned: a key named `__proto__` is data like any other.
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  const object = {};
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue;
    Object.defineProperty(object, String(key.value), {
      value: valueOf(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
