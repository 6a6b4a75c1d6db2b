import { pointerTo } from '../../analyzers/document/document.ts';
import { readFraction } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';

/** Canary steps in basis points; `pointer` is where the list stands. */
export function readSteps(raw: readonly string[], pointer: string, faults: PolicyFault[]): number[] {
  const steps = raw.map((step) => Math.round(readFraction(step) * 10_000));
  steps.forEach((step, index) => {
    const message =
      step < 1 || step > 9999
        ? 'a step is more than 0% and less than 100%; all traffic comes with the flip'
        : index > 0 && step <= (steps[index - 1] ?? 0)
          ? 'each step is wider than the one before it'
          : null;
    if (message !== null) faults.push({ pointer: pointerTo(pointer, String(index)), onKey: false, message });
  });
  return steps;
}
