import type { Fault } from './state.ts';

/** The fault that holds for this request, counted down; undefined when none does. */
export function takeFault(
  faults: Fault[],
  method: string,
  path: string,
  operation: string | undefined,
): Fault | undefined {
  const index = faults.findIndex(
    (fault) =>
      (fault.method === undefined || fault.method === method) &&
      (fault.path === undefined || fault.path.test(path)) &&
      (fault.operation === undefined || fault.operation === operation),
  );
  const fault = faults[index];
  if (fault === undefined) return undefined;
  if ((fault.after ?? 0) > 0) {
    fault.after = (fault.after ?? 0) - 1;
    return undefined;
  }
  const left = (fault.times ?? 1) - 1;
  if (left > 0) fault.times = left;
  else faults.splice(index, 1);
  return fault;
}
