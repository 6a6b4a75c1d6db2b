/** What one environment asks for before anything in it is widened: the `environments` part of the policy file. */
export interface EnvironmentPolicy {
  name: string;
  freeze: FreezeWindow[];
  /** Who approved a change neither starts nor promotes its rollout. */
  separateDuties: boolean;
  /** False: neither does anybody who made the change. */
  makersMayDeploy: boolean;
}

/** The environment of this name; one that the policy does not name asks for nothing of its own. */
export function environmentNamed(
  environments: readonly EnvironmentPolicy[],
  name: string,
): EnvironmentPolicy {
  const named = environments.find((environment) => environment.name === name);
  return named ?? { name, freeze: [], separateDuties: false, makersMayDeploy: true };
}

/** A time in which nothing is widened. Its times are wall-clock times of `zone`. */
export interface FreezeWindow {
  name: string;
  /** A name of the IANA time zone database. */
  zone: string;
  when: WeeklyWindow | DatedWindow;
  /** Spans in which the window does not hold. */
  except: FreezeException[];
  /** What may pass while the window holds. */
  allow: { commits: string[]; labels: string[]; kinds: string[] };
}

/** From `fromMinute` of each of the days up to, not including, `toMinute`, which may lie days later (over 1440). */
export interface WeeklyWindow {
  kind: 'weekly';
  /** 1 is Monday, 7 is Sunday. */
  days: number[];
  fromMinute: number;
  toMinute: number;
}

/** From one date and time up to, not including, another: `2026-12-20T18:00`, without an offset. */
export interface DatedWindow {
  kind: 'dated';
  from: string;
  to: string;
}

export interface FreezeException {
  from: string;
  to: string;
  reason: string | null;
}
