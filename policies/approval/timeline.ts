import type { EvidenceEvent } from './evidence.ts';

/** An event with the server's time in milliseconds; null when it cannot be read. */
export interface TimedEvent {
  event: EvidenceEvent;
  timeMs: number | null;
}

/**
 * Events by the server's time, which nobody but the server sets (commit dates are never looked at). Those of one
 * instant stay in the order in which they were listed, except that an objection comes after an approval: which of two
 * contrary reviews of one second was the last is not known, and what is not known counts as no. Events whose time cannot
 * be read come last.
 */
export function inOrder(events: readonly EvidenceEvent[]): TimedEvent[] {
  return events
    .map((event) => ({ event, timeMs: readTime(event.at) }))
    .sort((a, b) => {
      if (a.timeMs === null || b.timeMs === null)
        return Number(a.timeMs === null) - Number(b.timeMs === null);
      return a.timeMs - b.timeMs || weight(a.event) - weight(b.event);
    });
}

/** RFC 3339 with its offset; a time without one would mean something else on every machine. */
export function readTime(text: string | null | undefined): number | null {
  const form = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
  if (text == null || !form.test(text)) return null;
  const time = Date.parse(text.toUpperCase());
  return Number.isNaN(time) ? null : time;
}

function weight(event: EvidenceEvent): number {
  if (event.type !== 'review') return 0;
  const state = event.state.toUpperCase();
  if (state === 'CHANGES_REQUESTED') return 2;
  return state === 'APPROVED' ? 0 : 1;
}
