import type { CommandResult } from '../../commands/command.ts';
import { showEvidence, type ShownEvidence } from '../show-evidence.ts';
import { resultOfTrain } from './result-of-train.ts';
import { runTrain, type RunTrainOptions } from './run-train.ts';

/** Runs a train as far as was asked for, draws what its members were judged on, and says what came of it. */
export async function finishTrain(
  options: RunTrainOptions,
  leftOut: readonly string[] = [],
): Promise<CommandResult> {
  const { found, context } = options;
  const end = await runTrain(options);
  const shown = new Map<string, ShownEvidence>();
  for (const [index, { state, run }] of end.members.entries()) {
    const place = found.members[index];
    if (place?.rollout == null || state === null || run === null) continue;
    const atSeconds = (context.now().getTime() - Date.parse(place.rollout.startedAt)) / 1000;
    const { directories, rollout, name } = place;
    const seen = await showEvidence(directories, rollout.rollout, { state, atSeconds }, (line) =>
      context.progress(line),
    );
    shown.set(name, { ...seen, lines: seen.lines.map((line) => `${name}: ${line}`) });
  }
  return resultOfTrain(found, end, shown, leftOut);
}
