import type { Procedure, RunningProcedure } from './procedure.ts';
import { alpha, beta, type Scenario } from './scenario.ts';
import { seedRandom } from './seeded-random.ts';
import { startTraffic } from './traffic.ts';

/** When a procedure first said fail and first said pass, in seconds since the rollout began; null: never. */
export interface Outcome {
  failSeconds: number | null;
  passSeconds: number | null;
}

/** Half an hour of the stable version before the deployment, for procedures that learn from it. */
const ticksBefore = 180;

/**
 * One simulated rollout: all procedures see the same ticks, each until its own verdict of harm. A pass does not end it,
 * except where passes are what is asked for: a false rollback counts whenever in the horizon it comes.
 */
export function simulateRun(
  scenario: Scenario,
  procedures: readonly Procedure[],
  seed: number,
  run: number,
): Outcome[] {
  const traffic = startTraffic(scenario, seedRandom(seed, scenario.name, run));
  const { metric, horizonSeconds, tickSeconds, share } = scenario;
  const shareStepsSeconds = scenario.shareSteps.map(({ atSeconds }) => atSeconds);
  const setup = { metric, alpha, beta, horizonSeconds, tickSeconds, share, shareStepsSeconds };
  const running: { procedure: RunningProcedure; outcome: Outcome }[] = procedures.map((procedure) => ({
    procedure: procedure.start(setup),
    outcome: { failSeconds: null, passSeconds: null },
  }));
  for (let tick = 0; tick < ticksBefore; tick++) {
    const before = traffic.before();
    for (const { procedure } of running) procedure.learn?.(before);
  }
  let open = running;
  const ticks = Math.round(horizonSeconds / tickSeconds);
  for (let tick = 0; tick < ticks && open.length > 0; tick++) {
    const seen = traffic.next();
    let hasDecided = false;
    for (const { procedure, outcome } of open) {
      const verdict = procedure.tick(seen);
      if (verdict === null) continue;
      if (verdict === 'fail') outcome.failSeconds = seen.atSeconds;
      else outcome.passSeconds ??= seen.atSeconds;
      hasDecided ||= verdict === 'fail' || scenario.question === 'false-pass';
    }
    if (hasDecided) open = open.filter(({ outcome }) => !isDecided(outcome, scenario));
  }
  return running.map(({ outcome }) => outcome);
}

function isDecided({ failSeconds, passSeconds }: Outcome, { question }: Scenario): boolean {
  return failSeconds !== null || (question === 'false-pass' && passSeconds !== null);
}
