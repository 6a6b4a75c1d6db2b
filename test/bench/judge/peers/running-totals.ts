import type { ScenarioTick } from '../procedure.ts';

export interface Totals {
  candidateRequests: number;
  candidateErrors: number;
  baselineRequests: number;
  baselineErrors: number;
}

export function noTotals(): Totals {
  return { candidateRequests: 0, candidateErrors: 0, baselineRequests: 0, baselineErrors: 0 };
}

/** Adds a tick that both versions could be read in; leaves others out, so that the two sides cover the same time. */
export function addTick(totals: Totals, { candidate, baseline }: ScenarioTick, sign: 1 | -1 = 1): void {
  if (candidate === null || baseline === null) return;
  totals.candidateRequests += sign * candidate.requests;
  totals.candidateErrors += sign * candidate.errors;
  totals.baselineRequests += sign * baseline.requests;
  totals.baselineErrors += sign * baseline.errors;
}

/** Procedures that know no evidence of safety let through what raised no alarm until the end. */
export function passAtTheEnd(atSeconds: number, horizonSeconds: number): 'pass' | null {
  return atSeconds >= horizonSeconds ? 'pass' : null;
}
