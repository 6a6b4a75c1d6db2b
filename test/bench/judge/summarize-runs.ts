import type { Scenario } from './scenario.ts';
import type { Outcome } from './simulate-run.ts';

/** One procedure in one scenario. Shares carry their binomial standard error. */
export interface Summary {
  scenario: string;
  procedure: string;
  runs: number;
  /** Of all runs: rolled back though harmless, or before the harm began. */
  falseRollbackShare: Share | null;
  /** From the change to the verdict, over runs that were not rolled back before it; a miss counts as never. */
  medianDelaySeconds: number | null;
  delayOverBound: number | null;
  /** Of the same runs: not rolled back by the end of the horizon. */
  missedShare: Share | null;
  /** Of harmful runs: passed before any rollback. */
  falsePassShare: Share | null;
  /** Of harmless runs: how many passed, and when. */
  passShare: Share | null;
  medianPassSeconds: number | null;
}

export interface Share {
  value: number;
  standardError: number;
}

/** What the runs of one procedure in one scenario say. An infinite median (more than half missed) is `Infinity`. */
export function summarizeRuns(scenario: Scenario, procedure: string, outcomes: readonly Outcome[]): Summary {
  const runs = outcomes.length;
  const isHarmless = scenario.question === 'false-rollback';
  const hasFailedEarly = ({ failSeconds }: Outcome): boolean =>
    failSeconds !== null && (isHarmless || failSeconds <= scenario.changeAtSeconds);
  const early = outcomes.filter(hasFailedEarly).length;
  const rest = outcomes.filter((outcome) => !hasFailedEarly(outcome));
  const delays = rest.map(({ failSeconds }) =>
    failSeconds === null ? Number.POSITIVE_INFINITY : failSeconds - scenario.changeAtSeconds,
  );
  const hasDelay = scenario.question === 'delay' || scenario.question === 'miss';
  const delay = hasDelay ? median(delays) : null;
  const passes = outcomes.filter(isPassedFirst);
  return {
    scenario: scenario.name,
    procedure,
    runs,
    falseRollbackShare: isHarmless || scenario.changeAtSeconds > 0 ? shareOf(early, runs) : null,
    medianDelaySeconds: delay,
    delayOverBound: delay === null || scenario.boundSeconds === null ? null : delay / scenario.boundSeconds,
    missedShare: hasDelay
      ? shareOf(delays.filter((seconds) => seconds === Infinity).length, rest.length)
      : null,
    falsePassShare: scenario.question === 'false-pass' ? shareOf(passes.length, runs) : null,
    passShare: isHarmless ? shareOf(passes.length, runs) : null,
    medianPassSeconds: isHarmless ? median(outcomes.map(({ passSeconds }) => passSeconds ?? Infinity)) : null,
  };
}

function isPassedFirst({ passSeconds, failSeconds }: Outcome): boolean {
  return passSeconds !== null && (failSeconds === null || passSeconds < failSeconds);
}

/** The standard error is that of one more success and one more failure, so that none of 400 is not "exactly 0". */
export function shareOf(count: number, runs: number): Share {
  const smoothed = (count + 1) / (runs + 2);
  return {
    value: runs === 0 ? 0 : count / runs,
    standardError: Math.sqrt((smoothed * (1 - smoothed)) / (runs + 2)),
  };
}

/** The lower median, so that it is a delay that was seen. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? null;
}
