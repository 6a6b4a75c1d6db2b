import { LineIndex } from '../finding.ts';
import { tooDeep, tooLarge, type ParsedDocument } from './document.ts';
import { HclFault, readHcl, type HclContent } from './hcl-reader.ts';
import { positionsOf } from './places.ts';

/**
 * Reads HCL's native syntax (Terraform, Packer, Nomad) into the values that its JSON syntax has: a block is an array of
 * bodies under its type and labels, and an expression that is not a literal is text, `${expression}`. It finds places
 * and repeated names, and what is not closed; `judgeHcl` says whether the real grammar accepts the expressions. `text`
 * has no byte order mark.
 */
export function parseHcl(text: string): ParsedDocument {
  const lines = new LineIndex(text);
  let content: HclContent;
  try {
    content = readHcl(text);
  } catch (error) {
    if (!(error instanceof HclFault)) throw error;
    const span = lines.span(error.offset, error.offset + 1);
    if (error.limit === 'depth') return tooDeep(span);
    if (error.limit === 'values') return tooLarge(lines.span(0, text.length));
    return { ok: false, reasonCode: 'syntax', problems: [{ message: error.message, span }] };
  }
  const { value, places, duplicates } = content;
  return {
    ok: true,
    format: 'hcl',
    value,
    documents: [value],
    ...positionsOf(text, () => places),
    duplicateKeys: duplicates.map(({ name, range }) => ({
      message: `the name ${JSON.stringify(name)} appears twice`,
      span: lines.span(range[0], range[1]),
    })),
    ambiguousScalars: () => [],
  };
}
