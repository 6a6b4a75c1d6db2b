import type { RunPolicy } from './policy.ts';
import type { PolicyFault } from './schema-faults.ts';

export interface RawZones {
  instances?: number;
  zones?: string[];
  minHealthy?: number;
}

/** What a capacity check would refuse for ever is refused here, where it is written. */
export function fillZones(
  { instances = 1, zones = [], minHealthy }: RawZones,
  at: (...parts: (string | number)[]) => string,
  faults: PolicyFault[],
): Pick<RunPolicy, 'zones' | 'minHealthy'> {
  if (minHealthy !== undefined && minHealthy > instances) {
    const message = `${minHealthy} instances can never be healthy when only ${instances} run; raise \`instances\`, or lower this`;
    faults.push({ pointer: at('run', 'minHealthy'), onKey: false, message });
  }
  if (zones.length > instances) {
    const message = `${zones.length} zones need at least as many instances, and ${instances} run`;
    faults.push({ pointer: at('run', 'zones'), onKey: false, message });
  }
  return { zones, minHealthy: minHealthy ?? null };
}
