import { evaluate, parse, type DocumentNode, type Node, type ValueNode } from '@humanwhocodes/momoa';
import { LineIndex } from '../finding.ts';
import { ambiguityOfNumber, mayHaveAmbiguousNumber } from './ambiguous-number.ts';
import {
  maxProblems,
  maxValues,
  pointerTo,
  tooDeep,
  tooLarge,
  type AmbiguousScalar,
  type ParsedDocument,
  type Problem,
} from './document.ts';
import { scanShape } from './json-shape.ts';
import { positionsOf, type Place } from './places.ts';

/** Reads JSON5. `text` has no byte order mark. */
export function parseJson5(text: string): ParsedDocument {
  const shape = scanShape(text, true);
  if (shape.deepAt !== undefined) return tooDeep(new LineIndex(text).span(shape.deepAt, shape.deepAt + 1));
  if (shape.colons + shape.commas > maxValues) return tooLarge(new LineIndex(text).span(0, text.length));
  let tree: DocumentNode;
  let value: unknown;
  try {
    tree = parse(text, { mode: 'json5', allowTrailingCommas: true });
    value = evaluate(tree);
  } catch (error) {
    return { ok: false, reasonCode: 'syntax', problems: [problemOf(text, error)] };
  }
  const lines = new LineIndex(text);
  const places = new Map<string, Place>();
  const duplicateKeys: Problem[] = [];
  const ambiguous: AmbiguousScalar[] = [];
  const isChecked = mayHaveAmbiguousNumber(text);
  walk(tree.body, '');
  return {
    ok: true,
    format: 'json5',
    value,
    documents: [value],
    ...positionsOf(text, () => places),
    duplicateKeys,
    ambiguousScalars: () => ambiguous,
  };

  // As deep as the text, which is at most `maxDepth`.
  function walk(node: ValueNode, pointer: string): void {
    const range = rangeOf(node);
    if (node.type === 'Number' && isChecked && ambiguous.length < maxProblems) {
      const message = ambiguityOfNumber(text.slice(...range));
      if (message !== undefined) {
        ambiguous.push({ pointer, documentIndex: 0, message, span: lines.span(...range) });
      }
    } else if (node.type === 'Array') {
      for (const [index, { value: element }] of node.elements.entries()) {
        const own = pointerTo(pointer, index);
        places.set(own, { key: undefined, value: rangeOf(element) });
        walk(element, own);
      }
    } else if (node.type === 'Object') {
      const names = new Set<string>();
      for (const { name: key, value: member } of node.members) {
        const name = key.type === 'Identifier' ? key.name : key.value;
        if (names.has(name)) {
          const message = `the key ${JSON.stringify(name)} appears twice`;
          duplicateKeys.push({ message, span: lines.span(...rangeOf(key)) });
        }
        names.add(name);
        const own = pointerTo(pointer, name);
        places.set(own, { key: rangeOf(key), value: rangeOf(member) });
        walk(member, own);
      }
    }
  }
}

function rangeOf({ loc }: Node): [number, number] {
  return [loc.start.offset, loc.end.offset];
}

function problemOf(text: string, error: unknown): Problem {
  const lines = new LineIndex(text);
  const said = error instanceof Error ? error.message.replace(/\s*\(\d+:\d+\)$/, '') : 'not valid JSON5';
  const offset =
    error instanceof Error && 'offset' in error && typeof error.offset === 'number' ? error.offset : 0;
  // At the end of the text the parser says where the text starts.
  const at = said.startsWith('Unexpected end') ? text.length : offset;
  const message =
    said.charAt(0).toLowerCase() +
    said
      .slice(1)
      .replace(/\.$/, '')
      .replace(/ found$/, '');
  return { message: message.slice(0, 200), span: lines.span(at, at + 1) };
}
