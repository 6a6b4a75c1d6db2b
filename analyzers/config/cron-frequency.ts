const fields = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12 },
  { from: 0, to: 7 },
] as const;

const shorthands: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * How often a cron line (five fields, or `@daily` and its like) fires in a year, about; undefined: it is none. Day of
 * month and day of week are or-ed when both are restricted, as cron does.
 */
export function cronFrequency(text: string): number | undefined {
  const line = Object.hasOwn(shorthands, text) ? shorthands[text] : text;
  if (line === undefined || line.length > 200) return undefined;
  const parts = line.trim().split(/\s+/);
  if (parts.length !== fields.length) return undefined;
  const counts = fields.map(({ from, to }, index) => matches(parts[index] ?? '', from, to));
  const [minutes, hours, days, months, weekdays] = counts;
  if (
    minutes === undefined ||
    hours === undefined ||
    days === undefined ||
    months === undefined ||
    weekdays === undefined
  ) {
    return undefined;
  }
  const isAnyDay = (parts[2] ?? '').startsWith('*');
  const isAnyWeekday = (parts[4] ?? '').startsWith('*');
  const ofMonth = days / 31;
  const ofWeek = Math.min(weekdays, 7) / 7;
  const share = isAnyDay || isAnyWeekday ? ofMonth * ofWeek : Math.min(1, ofMonth + ofWeek);
  return minutes * hours * share * ((365 * months) / 12);
}

function matches(field: string, from: number, to: number): number | undefined {
  const taken = new Set<number>();
  for (const part of field.split(',')) {
    const parsed = /^(\*|\?|(\d{1,2}|[A-Za-z]{3})(?:-(\d{1,2}|[A-Za-z]{3}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (parsed === null) return undefined;
    const step = Number(parsed[4] ?? 1);
    const isAny = parsed[2] === undefined;
    const first = isAny ? from : number(parsed[2] ?? '', to);
    const last =
      isAny || (parsed[3] === undefined && parsed[4] !== undefined)
        ? to
        : number(parsed[3] ?? parsed[2] ?? '', to);
    if (
      first === undefined ||
      last === undefined ||
      step === 0 ||
      first < from ||
      last > to ||
      first > last
    ) {
      return undefined;
    }
    for (let at = first; at <= last; at += step) taken.add(to === 7 ? at % 7 : at);
  }
  return taken.size;
}

const names = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function number(text: string, to: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const list = to === 12 ? names : to === 7 ? weekdays : [];
  const index = list.indexOf(text.toLowerCase());
  return index === -1 ? undefined : index + (to === 12 ? 1 : 0);
}
