import type { ExpandStep, SchemaFile, SchemaSteps } from '../../policies/schema-steps/schema-steps.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { applyStatements, applyStep, type ApplyOptions } from './apply-step.ts';
import { checkBackfill } from './backfill-key.ts';
import { ensureLedger, forgetStep } from './ledger.ts';
import { withScratchCopy, type ScratchCopy, type ScratchOptions } from './scratch-copy.ts';
import type { StepFiles } from './step-files.ts';

export interface StepRehearsal {
  /** What was taken back and applied once more. */
  undone: string[];
  seconds: number;
}

/**
 * Tries what a release does to the schema on a copy: applied, taken back so that the schema is what it was, applied
 * again. Steps behind the last one that has no way back are tried that way; the others, and contracts, are only applied.
 */
export async function rehearseSteps(
  todo: { steps: SchemaSteps; expand: readonly ExpandStep[]; contract: readonly SchemaFile[] },
  files: StepFiles,
  scratch: ScratchOptions,
  apply: Omit<ApplyOptions, 'database'>,
): Promise<StepRehearsal> {
  const startedMs = performance.now();
  const lastForGood = todo.expand.findLastIndex(({ undo }) => undo === null);
  const forGood = todo.expand.slice(0, lastForGood + 1);
  const undoable = todo.expand.slice(lastForGood + 1);
  await withScratchCopy(scratch, async (copy) => {
    const options = { ...apply, database: copy.database };
    await ensureLedger(copy.database);
    for (const step of [...forGood, ...todo.contract]) await applyStep(await files.read(step), options);
    if (undoable.length > 0) await upDownUp(undoable, files, copy, options);
    for (const step of todo.steps.backfill) await checkBackfill(step, await files.read(step), copy.database);
  });
  return { undone: undoable.map(({ path }) => path), seconds: (performance.now() - startedMs) / 1000 };
}

async function upDownUp(
  steps: readonly ExpandStep[],
  files: StepFiles,
  copy: ScratchCopy,
  options: ApplyOptions,
): Promise<void> {
  const before = await copy.dump();
  for (const step of steps) await applyStep(await files.read(step), options);
  for (const step of steps.toReversed()) await takeBack(step, files, options);
  if ((await copy.dump()) !== before) {
    const paths = steps.map(({ path }) => path).join(', ');
    throw effectFailure(
      'undo-incomplete',
      `taking ${paths} back on a copy of the schema did not leave it as it was; correct what takes it back (a file beside it), and deploy again`,
      false,
    );
  }
  for (const step of steps) await applyStep(await files.read(step), options);
}

async function takeBack(step: ExpandStep, files: StepFiles, options: ApplyOptions): Promise<void> {
  const { undo, path } = step;
  if (undo === null) return;
  const texts =
    undo.from === 'derived' ? undo.statements : (await files.read(undo)).statements.map(({ text }) => text);
  await applyStatements(texts, `what takes ${path} back`, options, () => forgetStep(options.database, path));
}
