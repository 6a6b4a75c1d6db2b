import { forwardEffects } from '../rollout/state.ts';
import type { LimitedEffect, RolloutLimits, RolloutPolicy } from './policy.ts';
import { readSeconds } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';

/** `rollout.limits`, as its JSON Schema lets it through. */
export type RawLimits = Partial<Record<'rollout' | LimitedEffect, string>>;

type Steps = Pick<RolloutPolicy, 'stepBasisPoints' | 'minSoakSeconds' | 'bakeSeconds' | 'noDataSeconds'>;

/** Only what the policy says; what it leaves out depends on the service, and is chosen when a rollout is planned. */
export function fillLimits(raw: RawLimits, steps: Steps, faults: PolicyFault[]): RolloutLimits {
  const { rollout, ...effects } = raw;
  const leastSeconds = steps.stepBasisPoints.length * steps.minSoakSeconds + steps.bakeSeconds;
  const rolloutSeconds = rollout === undefined ? null : readSeconds(rollout);
  if (rolloutSeconds !== null && rolloutSeconds <= leastSeconds) {
    faults.push({
      pointer: '/rollout/limits/rollout',
      onKey: false,
      message: `the steps and the bake alone take ${leastSeconds} s, so every rollout would be taken back; give it more`,
    });
  }
  const effectSeconds: RolloutLimits['effectSeconds'] = {};
  for (const name of forwardEffects) {
    const written = effects[name];
    if (written !== undefined) effectSeconds[name] = readSeconds(written);
  }
  return { rolloutSeconds, effectSeconds };
}

/** `rollout.noDataDeadline`; a deadline before the first word of the judge would be none. */
export function readNoDataDeadline(raw: string | undefined, steps: Steps, faults: PolicyFault[]): number {
  const deadlineSeconds = raw === undefined ? 20 * steps.noDataSeconds : readSeconds(raw);
  if (deadlineSeconds <= steps.noDataSeconds) {
    faults.push({
      pointer: '/rollout/noDataDeadline',
      onKey: false,
      message: `only after ${steps.noDataSeconds} s (noData) is it known that there is no data; make the deadline longer`,
    });
  }
  return deadlineSeconds;
}
