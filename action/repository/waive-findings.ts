import { waiverPaths } from '../../analyzers/claim.ts';
import { textOf } from '../../analyzers/change.ts';
import { fingerprintOf } from '../../analyzers/finding.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { applyWaivers, type WaiverQuestion } from '../../policies/waivers/apply-waivers.ts';
import { readWaivers, type ReadWaivers } from '../../policies/waivers/read-waivers.ts';
import { waiverRules } from '../../policies/waivers/rules.ts';
import type { Finding } from '../../analyzers/finding.ts';

/** Reads the waivers of both revisions, and marks what they cover. */
export async function waiveFindings({
  before,
  after,
  ...question
}: Omit<WaiverQuestion, 'base' | 'head'> & { before: Tree; after: Tree }): Promise<Finding[]> {
  const head = await waiversOf(after);
  // Without waivers at head nothing is waived, whatever the base has.
  const base = head === null ? null : await waiversOf(before);
  return applyWaivers({ ...question, base, head });
}

async function waiversOf(tree: Tree): Promise<ReadWaivers | null> {
  for (const path of waiverPaths) {
    const file = await tree.read(path);
    if (file === undefined) continue;
    const text = textOf(file);
    return text === undefined ? unreadable(path, file.content.form) : readWaivers(text, path);
  }
  return null;
}

function unreadable(path: string, form: string): ReadWaivers {
  const { id: ruleId, level, remedy } = waiverRules.readWaivers;
  const message = `${path} is not a text file (${form}), so it waives nothing`;
  const fingerprint = fingerprintOf(ruleId, path, 'form');
  return { file: path, waivers: [], faults: [{ ruleId, level, message, remedy, path, fingerprint }] };
}
