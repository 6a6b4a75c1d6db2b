import type { FreezeWindow } from './gate-policy.ts';
import {
  dateAt,
  exactSpansOfReadings,
  parseReading,
  readingOf,
  spanOfReadings,
  type Span,
} from './wall-clock.ts';

const dayMs = 86_400_000;
/** How far ahead the end of a freeze is looked for, one after the other; beyond the last one there is none to tell. */
const horizonsDays = [15, 60, 400];

/** A window that holds, and the instant at which it does no more; null: not within the longest horizon. */
export interface HoldingWindow {
  window: FreezeWindow;
  untilMs: number | null;
}

/** Whether the window holds at an instant (milliseconds since 1970). */
export function isFrozen(window: FreezeWindow, atMs: number): boolean {
  return frozenSpans(window, atMs, atMs + 1).some((span) => holds(span, atMs));
}

/** The windows that hold at an instant, each with its own end. */
export function holdingWindows(windows: readonly FreezeWindow[], atMs: number): HoldingWindow[] {
  return windows
    .filter((window) => isFrozen(window, atMs))
    .map((window) => ({ window, untilMs: endOfFreeze([window], atMs) }));
}

/** When the last of all windows that follow on each other has ended: the first instant at which none holds. */
export function endOfFreeze(windows: readonly FreezeWindow[], atMs: number): number | null {
  for (const days of horizonsDays) {
    const limitMs = atMs + days * dayMs;
    const spans = mergeSpans(windows.flatMap((window) => frozenSpans(window, atMs, limitMs)));
    const untilMs = spans.find((span) => holds(span, atMs))?.toMs ?? atMs;
    if (untilMs < limitMs) return untilMs;
  }
  return null;
}

/** The next time at which a window begins to hold; null: not within the longest horizon. */
export function nextFreeze(
  windows: readonly FreezeWindow[],
  atMs: number,
): { window: FreezeWindow; fromMs: number; untilMs: number | null } | null {
  for (const days of horizonsDays) {
    const begins = windows
      .flatMap((window) =>
        frozenSpans(window, atMs, atMs + days * dayMs).map(({ fromMs }) => ({ window, fromMs })),
      )
      .filter(({ fromMs }) => fromMs > atMs)
      .sort((left, right) => left.fromMs - right.fromMs)[0];
    if (begins !== undefined) return { ...begins, untilMs: endOfFreeze([begins.window], begins.fromMs) };
  }
  return null;
}

function holds(span: Span, atMs: number): boolean {
  return span.fromMs <= atMs && atMs < span.toMs;
}

/** When the window holds, of all that touches the range; whole spans, not cut at the range. */
function frozenSpans(window: FreezeWindow, fromMs: number, toMs: number): Span[] {
  const spans = mergeSpans(spansOf(window, fromMs, toMs));
  const exceptions = window.except.flatMap(({ from, to }) =>
    exactSpansOfReadings(parseReading(from), parseReading(to), window.zone),
  );
  return exceptions
    .reduce((left, exception) => left.flatMap((span) => without(span, exception)), spans)
    .filter((span) => span.fromMs < toMs && span.toMs > fromMs);
}

function spansOf({ when, zone }: FreezeWindow, fromMs: number, toMs: number): Span[] {
  if (when.kind === 'dated') return datedSpan(when.from, when.to, zone);
  // A window may have begun as many days ago as it is long.
  const first = dateAt(fromMs, zone).subtract({ days: Math.ceil(when.toMinute / 1440) + 1 });
  const days = first.until(dateAt(toMs, zone), { largestUnit: 'days' }).days + 1;
  return Array.from({ length: days }, (_, index) => first.add({ days: index }))
    .filter((date) => when.days.includes(date.dayOfWeek))
    .flatMap((date) => {
      const span = spanOfReadings(readingOf(date, when.fromMinute), readingOf(date, when.toMinute), zone);
      return span === null ? [] : [span];
    });
}

function datedSpan(from: string, to: string, zone: string): Span[] {
  const span = spanOfReadings(parseReading(from), parseReading(to), zone);
  return span === null ? [] : [span];
}

/** In order, and in one where they touch. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((left, right) => left.fromMs - right.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs);
    else merged.push({ ...span });
  }
  return merged;
}

function without(span: Span, cut: Span): Span[] {
  return [
    { fromMs: span.fromMs, toMs: Math.min(span.toMs, cut.fromMs) },
    { fromMs: Math.max(span.fromMs, cut.toMs), toMs: span.toMs },
  ].filter(({ fromMs, toMs }) => fromMs < toMs);
}
