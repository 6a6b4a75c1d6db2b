import { endOfFreeze, holdingWindows, nextFreeze } from './freeze-windows.ts';
import type { EnvironmentPolicy } from './gate-policy.ts';
import { describeInstant } from './wall-clock.ts';

/** What the freeze windows of an environment say of an instant and of the time after it; times are RFC 3339 in UTC. */
export interface FreezeOutlook {
  isFrozen: boolean;
  /** Those that hold; `until` null: without an end in sight. */
  holding: { window: string; zone: string; until: string | null }[];
  /** When none holds any more; null: it is not frozen, or no end is in sight. */
  opensAt: string | null;
  /** The next window to begin; null: none in sight. */
  next: { window: string; zone: string; from: string; until: string | null } | null;
  /** For people, one sentence a line, with local times. */
  lines: string[];
}

export function freezeOutlook({ freeze, name }: EnvironmentPolicy, at: Date): FreezeOutlook {
  const atMs = at.getTime();
  const holding = holdingWindows(freeze, atMs);
  const next = nextFreeze(freeze, atMs);
  const opensMs = holding.length === 0 ? null : endOfFreeze(freeze, atMs);
  const until = (ms: number | null, zone: string): string =>
    ms === null ? 'without an end in sight' : `until ${describeInstant(ms, zone)}`;
  return {
    isFrozen: holding.length > 0,
    holding: holding.map(({ window, untilMs }) => ({
      window: window.name,
      zone: window.zone,
      until: timeOf(untilMs),
    })),
    opensAt: timeOf(opensMs),
    next:
      next === null
        ? null
        : {
            window: next.window.name,
            zone: next.window.zone,
            from: new Date(next.fromMs).toISOString(),
            until: timeOf(next.untilMs),
          },
    lines: [
      ...(holding.length === 0 ? [`${name} is not frozen`] : []),
      ...holding.map(
        ({ window, untilMs }) =>
          `${name} is frozen by ${JSON.stringify(window.name)} ${until(untilMs, window.zone)}`,
      ),
      ...(next === null
        ? []
        : [
            `next freeze: ${JSON.stringify(next.window.name)} from ${describeInstant(next.fromMs, next.window.zone)} ${until(next.untilMs, next.window.zone)}`,
          ]),
    ],
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
