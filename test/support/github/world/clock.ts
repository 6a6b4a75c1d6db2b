/** The time in a world. Each act takes a second, so that no two happen at once; nothing else makes it pass. */
export interface Clock {
  /** What time it is, as GitHub writes it. */
  now(): string;
  set(at: string): void;
  advance(seconds: number): void;
  /** A second passes; the time after it. */
  tick(): string;
}

export function startClock(at: string): Clock {
  let milliseconds = Date.parse(at);
  const now = (): string => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
  return {
    now,
    set(to) {
      milliseconds = Date.parse(to);
    },
    advance(seconds) {
      milliseconds += seconds * 1000;
    },
    tick() {
      milliseconds += 1000;
      return now();
    },
  };
}
