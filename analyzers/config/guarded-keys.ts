import type { AnalysisContext } from '../analyzer.ts';
import { textOf } from '../change.ts';
import { pointerTo, valueAt } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';
import type { Tree } from '../scope.ts';
import type { Move } from './compare-values.ts';

/** `pool.max`, or a JSON pointer; a key stands for everything below it. */
function pointerOf(key: string): string {
  return key.startsWith('/')
    ? key
    : key.split('.').reduce<string>((pointer, part) => pointerTo(pointer, part), '');
}

/** Whether a key of the policy stands for the place of a move. */
export function stands({ after }: Move, key: string): boolean {
  const pointer = pointerOf(key);
  return after.pointer === pointer || after.pointer.startsWith(`${pointer}/`);
}

/** The first of these keys whose value in a file is not the same in both revisions. */
export async function changedKey(
  path: string,
  keys: readonly string[],
  { before, after }: AnalysisContext,
): Promise<string | undefined> {
  const [was, is] = [await valuesOf(before, path), await valuesOf(after, path)];
  return keys.find((key) => JSON.stringify(was(key)) !== JSON.stringify(is(key)));
}

async function valuesOf(tree: Tree, path: string): Promise<(key: string) => unknown> {
  const text = textOf(await tree.read(path));
  const parsed = text === undefined ? undefined : parseDocument(path, text);
  return (key) => (parsed?.ok === true ? valueAt(parsed.value, pointerOf(key)) : undefined);
}
