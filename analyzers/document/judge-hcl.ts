import { LineIndex } from '../finding.ts';
import type { Problem } from './document.ts';

/** Longer texts would take seconds; no file that people write is as long. */
const longestJudged = 1_000_000;

export type HclJudgement = { ok: true } | { ok: false; isDecided: boolean; problems: readonly Problem[] };

/**
 * What HCL's own parser (compiled to WebAssembly, loaded at the first call) says of a text that `parseHcl` has read: it
 * knows the grammar of expressions. It sees only text whose nesting is bounded. Its messages name constructs, not values.
 */
export async function judgeHcl(text: string): Promise<HclJudgement> {
  if (text.length > longestJudged) {
    const message = `longer than ${longestJudged} characters, so its expressions were not checked`;
    return { ok: false, isDecided: false, problems: [{ message, span: new LineIndex(text).span(0, 1) }] };
  }
  // Named imports of this package do not survive bundling.
  const { default: hcl } = await import('@cdktf/hcl2json');
  try {
    await hcl.parse('text', text);
    return { ok: true };
  } catch (error) {
    const problem = problemOf(text, error);
    if (problem !== undefined) return { ok: false, isDecided: true, problems: [problem] };
    const message = "HCL's own parser could not be asked, so the expressions of this file were not checked";
    return { ok: false, isDecided: false, problems: [{ message, span: new LineIndex(text).span(0, 1) }] };
  }
}

// `[text:2,8-3,1: Summary; Detail]`; the second line is left out where it is the first, and columns count characters.
const report = /\[text:(\d+),(\d+)-(?:(\d+),)?(\d+): ([^;\]]{1,200})/;

function problemOf(text: string, error: unknown): Problem | undefined {
  const { message: told } = error instanceof Error ? error : { message: '' };
  if (!told.startsWith('parse config:')) return undefined;
  const said = report.exec(told);
  if (said === null)
    return { message: "not valid for HCL's own parser", span: new LineIndex(text).span(0, 1) };
  const [, line = '1', column = '1', endLine = line, endColumn = column, summary = ''] = said;
  const message = summary.charAt(0).toLowerCase() + summary.slice(1);
  const start = { line: Number(line), column: Number(column) };
  return { message, span: { start, end: { line: Number(endLine), column: Number(endColumn) } } };
}
