import { compareConfig, compareConfigTrees, type ConfigText } from '../config/compare-config.ts';
import type { Finding } from '../finding.ts';
import type { Comparison, TextTree } from './comparison.ts';

/** The rules on configuration that need nothing but the versions; what is only questioned there is `unproven`. */
export async function compareConfigTexts({ before, after }: Comparison): Promise<Finding[]> {
  const earlier: TextTree = before.at(-1) ?? new Map<string, string>();
  if (earlier.size > 1 || after.size > 1) return await compareConfigTrees(earlier, after);
  // Two single files are two versions of one, whatever they are called.
  const older = before.slice(0, -1).flatMap((tree) => [...tree.values()]);
  const history = older.length === 0 ? {} : { history: older.toReversed() };
  return await compareConfig(onlyOne(earlier), onlyOne(after), history);
}

function onlyOne(tree: TextTree): ConfigText | undefined {
  const [entry] = tree;
  return entry && { path: entry[0], text: entry[1] };
}
