import { pointerTo } from '../../analyzers/document/document.ts';
import type {
  DatedWindow,
  EnvironmentPolicy,
  FreezeException,
  FreezeWindow,
  WeeklyWindow,
} from '../gates/gate-policy.ts';
import type { RawPlace } from './fill-train.ts';
import type { PolicyFault } from './schema-faults.ts';

/** The `environments` part as its JSON Schema lets it through. */
export type RawEnvironments = Record<string, RawEnvironment>;

interface RawEnvironment extends RawPlace {
  freeze?: RawWindow[];
  separateDuties?: boolean;
  makersMayDeploy?: boolean;
}

interface RawWindow {
  name: string;
  zone: string;
  weekly?: RawWeekly;
  from?: string;
  to?: string;
  except?: { from: string; to: string; reason?: string }[];
  allow?: { commits?: string[]; labels?: string[]; kinds?: string[] };
}

interface RawWeekly {
  days?: string[];
  from: string;
  to: string;
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayMinutes = 1440;
const weekMinutes = 7 * dayMinutes;

/** Says that something is wrong at a place below the window. */
type Blame = (message: string, ...place: (string | number)[]) => void;

/** Environments by name; one that the file does not name asks for nothing of its own. */
export function fillEnvironments(
  raw: RawEnvironments | undefined,
  faults: PolicyFault[],
): EnvironmentPolicy[] {
  return Object.entries(raw ?? {}).map(([name, environment]) => {
    const windows = environment.freeze ?? [];
    const at = (...parts: (string | number)[]): string =>
      ['environments', name, 'freeze', ...parts].reduce<string>(
        (pointer, part) => pointerTo(pointer, String(part)),
        '',
      );
    windows.forEach((window, index) => {
      if (windows.findIndex((other) => other.name === window.name) !== index)
        faults.push({ pointer: at(index, 'name'), onKey: false, message: 'two windows have this name' });
    });
    return {
      name,
      freeze: windows.flatMap((window, index) =>
        fillWindow(window, (message, ...place) =>
          faults.push({ pointer: at(index, ...place), onKey: false, message }),
        ),
      ),
      separateDuties: environment.separateDuties ?? false,
      makersMayDeploy: environment.makersMayDeploy ?? true,
    };
  });
}

function fillWindow(raw: RawWindow, blame: Blame): FreezeWindow[] {
  if (!isZone(raw.zone))
    blame(`${JSON.stringify(raw.zone)} is no time zone; write a name such as Europe/Berlin or UTC`, 'zone');
  const when = raw.weekly === undefined ? datedWindow(raw, blame) : weeklyWindow(raw.weekly, raw, blame);
  const except = (raw.except ?? []).map((span, index): FreezeException => {
    checkSpan(span, blame, 'except', index);
    return { from: span.from, to: span.to, reason: span.reason ?? null };
  });
  if (when === null) return [];
  const { commits = [], labels = [], kinds = [] } = raw.allow ?? {};
  return [{ name: raw.name, zone: raw.zone, when, except, allow: { commits, labels, kinds } }];
}

function datedWindow({ from, to }: RawWindow, blame: Blame): DatedWindow | null {
  if (from === undefined || to === undefined) {
    blame('a window needs `weekly`, or both `from` and `to`');
    return null;
  }
  checkSpan({ from, to }, blame);
  return { kind: 'dated', from, to };
}

function weeklyWindow(weekly: RawWeekly, { from, to }: RawWindow, blame: Blame): WeeklyWindow | null {
  if (from !== undefined || to !== undefined)
    blame('a window has `weekly`, or `from` and `to`, and not both', 'weekly');
  const begin = timeOfWeek(weekly.from);
  const end = timeOfWeek(weekly.to);
  if (weekly.days === undefined) {
    if (begin.day === null || end.day === null) {
      blame('name `days`, or write the day with both times, as in `fri 16:00`', 'weekly');
      return null;
    }
    const minutes = (end.day * dayMinutes + end.minute - begin.day * dayMinutes - begin.minute) % weekMinutes;
    const length = minutes <= 0 ? minutes + weekMinutes : minutes;
    // A whole week over and over would never end, and is more likely a slip.
    if (length === weekMinutes) blame('it must end at another time than it begins', 'weekly', 'to');
    return {
      kind: 'weekly',
      days: [begin.day + 1],
      fromMinute: begin.minute,
      toMinute: begin.minute + length,
    };
  }
  if (begin.day !== null || end.day !== null)
    blame('with `days`, times are written without a day', 'weekly', begin.day === null ? 'to' : 'from');
  if (begin.minute === dayMinutes)
    blame('it cannot begin at 24:00; write 00:00 of the day after', 'weekly', 'from');
  if (begin.minute === end.minute)
    blame('it must end at another time than it begins; a whole day is 00:00 to 24:00', 'weekly', 'to');
  const toMinute = end.minute > begin.minute ? end.minute : end.minute + dayMinutes;
  const days = weekly.days.map((day) => dayNames.indexOf(day) + 1);
  return { kind: 'weekly', days, fromMinute: begin.minute, toMinute };
}

/** `fri 16:00` or `16:00`, after its pattern; Monday is day 0 here. */
function timeOfWeek(text: string): { day: number | null; minute: number } {
  const [hours = '0', minutes = '0'] = text.slice(-5).split(':');
  const day = dayNames.indexOf(text.slice(0, 3));
  return { day: day === -1 ? null : day, minute: Number(hours) * 60 + Number(minutes) };
}

function checkSpan(
  { from, to }: { from: string; to: string },
  blame: Blame,
  ...place: (string | number)[]
): void {
  const begin = readingMs(from);
  const end = readingMs(to);
  if (begin === null) blame(`there is no ${from.slice(0, 10)} in the calendar`, ...place, 'from');
  if (end === null) blame(`there is no ${to.slice(0, 10)} in the calendar`, ...place, 'to');
  if (begin !== null && end !== null && end <= begin) blame('it must end after it begins', ...place, 'to');
}

/** Only to compare: the reading as if it were UTC. Null: no such date. */
function readingMs(text: string): number | null {
  const [date = '', time = ''] = text.split(/[T ]/);
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date)) return null;
  const [hours = '0', minutes = '0'] = time.split(':');
  return midnight.getTime() + (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** A name of the zone database; offsets such as +02:00 know no daylight saving and are none. */
function isZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
