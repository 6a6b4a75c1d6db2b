/**
 * From what a clock on the wall says to instants. A day may have 23 or 25 hours (or none): an hour that is left out
 * begins and ends where the clock jumps; a window that touches an hour that comes twice covers it from the first time
 * it begins to the last time it ends, so that nothing slips through between the two.
 */
import { Temporal } from 'temporal-polyfill';

/** Half-open, in milliseconds since 1970. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** The instants from the first reading of `from` to the last one before `to`; null where the clock jumps over them. */
export function spanOfReadings(
  from: Temporal.PlainDateTime,
  to: Temporal.PlainDateTime,
  zone: string,
): Span | null {
  const fromMs = firstReading(from, zone);
  const toMs = endOfReadings(to, zone);
  return fromMs < toMs ? { fromMs, toMs } : null;
}

/**
 * Exactly the instants at which the clock says something from `from` up to, not including, `to`: what opens a window must
 * not reach over the times between two that are the same, as a window does.
 */
export function exactSpansOfReadings(
  from: Temporal.PlainDateTime,
  to: Temporal.PlainDateTime,
  zone: string,
): Span[] {
  const whole = spanOfReadings(from, to, zone);
  if (whole === null) return [];
  const [early, late] = (['earlier', 'later'] as const).map((disambiguation) => ({
    from: from.toZonedDateTime(zone, { disambiguation }),
    to: to.toZonedDateTime(zone, { disambiguation }),
  }));
  if (early === undefined || late === undefined) return [whole];
  const isTwice = (end: 'from' | 'to', reading: Temporal.PlainDateTime): boolean =>
    !isLeftOut(reading, early[end]) && early[end].epochMilliseconds !== late[end].epochMilliseconds;
  const spans: Span[] = [];
  let { fromMs } = whole;
  if (isTwice('from', from)) {
    // Between the clock's going back and its saying `from` again it says what is before.
    const firstEnd = Math.min(jumpAfter(early.from), early.to.epochMilliseconds);
    spans.push({ fromMs, toMs: firstEnd });
    fromMs = late.from.epochMilliseconds;
  }
  if (!isTwice('to', to)) spans.push({ fromMs, toMs: whole.toMs });
  else if (isTwice('from', from)) spans.push({ fromMs, toMs: late.to.epochMilliseconds });
  else
    spans.push(
      { fromMs, toMs: early.to.epochMilliseconds },
      { fromMs: jumpAfter(early.to), toMs: late.to.epochMilliseconds },
    );
  return spans.filter((span) => span.fromMs < span.toMs);
}

/** The first instant at which the clock says this or later. */
function firstReading(reading: Temporal.PlainDateTime, zone: string): number {
  const earlier = reading.toZonedDateTime(zone, { disambiguation: 'earlier' });
  return isLeftOut(reading, earlier) ? jumpAfter(earlier) : earlier.epochMilliseconds;
}

/** The end of the last time that the clock says anything before this. */
function endOfReadings(reading: Temporal.PlainDateTime, zone: string): number {
  const earlier = reading.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (isLeftOut(reading, earlier)) return jumpAfter(earlier);
  const later = reading.toZonedDateTime(zone, { disambiguation: 'later' });
  if (later.epochMilliseconds === earlier.epochMilliseconds) return earlier.epochMilliseconds;
  // Where the clock is put back to exactly this, nothing before it is said a second time.
  return jumpAfter(earlier) === later.epochMilliseconds ? earlier.epochMilliseconds : later.epochMilliseconds;
}

function isLeftOut(reading: Temporal.PlainDateTime, resolved: Temporal.ZonedDateTime): boolean {
  return !resolved.toPlainDateTime().equals(reading);
}

function jumpAfter(resolved: Temporal.ZonedDateTime): number {
  return resolved.getTimeZoneTransition('next')?.epochMilliseconds ?? resolved.epochMilliseconds;
}

/** The date in the zone at an instant. */
export function dateAt(ms: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
}

/** A date and minutes after its midnight; 1440 and more is a later day. */
export function readingOf(date: Temporal.PlainDate, minutes: number): Temporal.PlainDateTime {
  const days = Math.floor(minutes / 1440);
  const rest = minutes - days * 1440;
  return date
    .add({ days })
    .toPlainDateTime(Temporal.PlainTime.from({ hour: Math.floor(rest / 60), minute: rest % 60 }));
}

/** `2026-12-20T18:00`; a `24:00` is the midnight after. */
export function parseReading(text: string): Temporal.PlainDateTime {
  const [date = '', time = ''] = text.split(/[T ]/);
  const [hours = '0', minutes = '0'] = time.split(':');
  return readingOf(Temporal.PlainDate.from(date), Number(hours) * 60 + Number(minutes));
}

/** `2026-03-29 08:00 Europe/Berlin (2026-03-29T06:00:00Z)`: what a person's clock will say, and when that is. */
export function describeInstant(ms: number, zone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(ms);
  const local = instant.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' });
  return `${local.replace('T', ' ')} ${zone} (${instant.toString({ smallestUnit: 'second' })})`;
}
