import {
  parseTree,
  printParseErrorCode,
  visit,
  type Node,
  type ParseError,
  type ParseOptions,
} from 'jsonc-parser';
import { LineIndex, type Span } from '../finding.ts';
import { ambiguityOfNumber, mayHaveAmbiguousNumber } from './ambiguous-number.ts';
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
import { jsonLocator, type JsonOffsets } from './json-offsets.ts';
import { scanShape } from './json-shape.ts';
import { defineValue } from './places.ts';

const optionsOf: Record<'json' | 'jsonc', ParseOptions> = {
  json: { disallowComments: true, allowTrailingComma: false },
  jsonc: { disallowComments: false, allowTrailingComma: true },
};

/** Reads strict JSON, or JSON with comments and trailing commas. `text` has no byte order mark. */
export function parseJson(text: string, format: 'json' | 'jsonc'): ParsedDocument {
  const shape = scanShape(text, false);
  if (shape.deepAt !== undefined) return tooDeep(new LineIndex(text).span(shape.deepAt, shape.deepAt + 1));
  const parsed = format === 'json' ? parseStrict(text) : undefined;
  if (parsed !== undefined) return documentOf(text, format, parsed.value, shape.colons, undefined);

  // From here on a syntax tree is made.
  if (shape.colons + shape.commas > maxValues) return tooLarge(new LineIndex(text).span(0, text.length));
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
  let lines: LineIndex | undefined;
  let locate: ((pointer: string) => JsonOffsets | undefined) | undefined;
  const offsetsAt = (pointer: string): JsonOffsets | undefined => {
    // A syntax tree of what JSON.parse took would be made for its positions alone, and many times the text's size.
    locate ??= known === undefined ? jsonLocator(text) : (wanted) => offsetsOf(findNode(known, wanted));
    return locate(pointer);
  };
  const spanOf = (place: { start: number; end: number } | undefined): Span | undefined => {
    if (place === undefined) return undefined;
    lines ??= new LineIndex(text);
    return lines.span(place.start, place.end);
  };
  return {
    ok: true,
    format,
    value,
    documents: [value],
    spanOf: (pointer) => spanOf(offsetsAt(pointer)),
    keySpanOf: (pointer) => spanOf(offsetsAt(pointer)?.key),
    // Every key of the text has one colon, so equal counts mean that no key got lost to a later one of the same name.
    duplicateKeys: countKeys(value) === colons ? [] : findDuplicates(text, format),
    ambiguousScalars: () => (mayHaveAmbiguousNumber(text) ? findAmbiguous(text, format) : []),
  };
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
        if (open.at(-1)?.has(key) === true && problems.length < maxProblems) {
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

function findAmbiguous(text: string, format: 'json' | 'jsonc'): AmbiguousScalar[] {
  const lines = new LineIndex(text);
  const found: AmbiguousScalar[] = [];
  visit(
    text,
    {
      onLiteralValue: (value, offset, length, _line, _column, pathOf) => {
        if (typeof value !== 'number' || found.length >= maxProblems) return;
        const message = ambiguityOfNumber(text.slice(offset, offset + length));
        if (message === undefined) return;
        const pointer = pathOf().reduce<string>(pointerTo, '');
        found.push({ pointer, documentIndex: 0, message, span: lines.span(offset, offset + length) });
      },
    },
    optionsOf[format],
  );
  return found;
}

function problemsOf(text: string, errors: readonly ParseError[]): Problem[] {
  const lines = new LineIndex(text);
  if (errors.length === 0) return [{ message: 'not valid JSON', span: lines.span(0, text.length) }];
  return errors.slice(0, maxProblems).map((error) => ({
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

function offsetsOf(node: Node | undefined): JsonOffsets | undefined {
  if (node === undefined) return undefined;
  const key = node.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const place = { start: node.offset, end: node.offset + node.length };
  return key === undefined ? place : { ...place, key: { start: key.offset, end: key.offset + key.length } };
}

// Own properties are defined, not assigned: a key named `__proto__` is data like any other.
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  const object = {};
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue;
    defineValue(object, String(key.value), valueOf(value));
  }
  return object;
}
