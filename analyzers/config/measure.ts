import { hasWord, wordSet } from './key-names.ts';

export type Dimension = 'time' | 'size' | 'bits' | 'processor';

/** One way to read a measure: so many seconds, bytes, bits or processors, whole or per second. */
interface Sense {
  dimension: Dimension;
  perSecond: boolean;
  base: number;
}

/** A number as it stands, or text that is a number with a unit: `30`, `0.1`, `10%`, `500ms`, `1h30m`, `10r/s`. */
export interface Measure {
  amount: number;
  /** As written; empty: a bare number. `compound` where several numbers make up one duration. */
  unit: string;
  /** A unit may mean several things: `m` is a minute, a thousandth of a processor, or (to a JVM) a megabyte. */
  senses: readonly Sense[];
}

const seconds: Readonly<Record<string, number>> = unitTable([
  ['ns nanos nanosecond nanoseconds', 1e-9],
  ['us µs μs micros microsecond microseconds', 1e-6],
  ['ms msec msecs millis millisecond milliseconds', 1e-3],
  ['s sec secs second seconds', 1],
  ['m min mins minute minutes', 60],
  ['h hr hrs hour hours', 3600],
  ['d day days', 86_400],
  ['w wk week weeks', 604_800],
  ['month months', 2_592_000],
  ['y yr year years', 31_536_000],
]);

const prefixes: readonly (readonly [letter: string, decimal: number, binary: number])[] = [
  ['k', 1e3, 2 ** 10],
  ['m', 1e6, 2 ** 20],
  ['g', 1e9, 2 ** 30],
  ['t', 1e12, 2 ** 40],
  ['p', 1e15, 2 ** 50],
];

function unitTable(rows: readonly (readonly [names: string, factor: number])[]): Record<string, number> {
  return Object.fromEntries(
    rows.flatMap(([names, factor]) => names.split(' ').map((name) => [name, factor])),
  );
}

const sizeWords: Readonly<Record<string, number>> = unitTable([
  ['byte bytes', 1],
  ['kilobyte kilobytes', 1e3],
  ['megabyte megabytes', 1e6],
  ['gigabyte gigabytes', 1e9],
  ['kibibyte kibibytes', 2 ** 10],
  ['mebibyte mebibytes', 2 ** 20],
  ['gibibyte gibibytes', 2 ** 30],
]);

function own(table: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** How many bytes or bits a unit is. `Mb` is a megabit and `MB` a megabyte; people who write `mb` mean the latter. */
function sizeOf(unit: string): { dimension: 'size' | 'bits'; factor: number } | undefined {
  const word = own(sizeWords, unit.toLowerCase());
  if (word !== undefined) return { dimension: 'size', factor: word };
  if (unit === 'B' || unit === 'b') return { dimension: 'size', factor: 1 };
  const parts = /^([kKmMgGtTpP])(i?)(B|b|bit|bits|bps|Bps|BPS)?$/.exec(unit);
  const prefix = prefixes.find(([letter]) => letter === parts?.[1]?.toLowerCase());
  if (parts === null || prefix === undefined) return undefined;
  const rest = parts[3] ?? '';
  // `Mi` is a unit, and nobody reads `mi`.
  if (parts[2] === 'i' && rest === '' && /^[mgtp]/.test(unit)) return undefined;
  const isLower = unit === unit.toLowerCase();
  const isBits = rest.startsWith('bit') || rest === 'bps' || (rest === 'b' && !isLower);
  return { dimension: isBits ? 'bits' : 'size', factor: parts[2] === 'i' ? prefix[2] : prefix[1] };
}

function sensesOf(amount: number, unit: string): Sense[] {
  const [whole = '', per, ...more] = unit.split('/');
  if (more.length > 0) return [];
  const period = per === undefined ? 1 : own(seconds, per.trim().toLowerCase());
  if (period === undefined) return [];
  const perSecond = per !== undefined || /bps$/i.test(whole);
  const senses: Sense[] = [];
  const add = (dimension: Dimension, factor: number): void => {
    senses.push({ dimension, perSecond, base: (amount * factor) / period });
  };
  const name = whole.trim();
  // `M` is no minute.
  const time = name.length === 1 ? own(seconds, name) : own(seconds, name.toLowerCase());
  if (time !== undefined && per === undefined) add('time', time);
  const size = sizeOf(name);
  if (size !== undefined) add(size.dimension, size.factor);
  if (name === 'm' && per === undefined) add('processor', 1e-3);
  // Requests, events, messages: what is counted does not matter, as long as it is the same.
  if (per !== undefined && senses.length === 0) add('time', 1);
  return senses;
}

/** Reads a scalar as a measure; undefined: it is none. */
export function readMeasure(value: unknown): Measure | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? bare(value) : undefined;
  if (typeof value === 'bigint') return bare(Number(value));
  if (typeof value !== 'string' || value.length > 60) return undefined;
  const text = value.trim();
  const parts =
    /^([-+]?\d{1,18}(?:\.\d{1,18})?(?:[eE][-+]?\d{1,3})?) ?([a-zA-Zµμ%]{0,12}(?:\/[a-zA-Z]{1,8})?)$/.exec(
      text,
    );
  if (parts === null) return readCompound(text);
  const amount = Number(parts[1]);
  const unit = parts[2] ?? '';
  if (unit === '') return bare(amount);
  if (unit === '%') return { amount, unit, senses: [] };
  const senses = sensesOf(amount, unit);
  // `3rd`, `2fa`, `7b12`: text that begins with a digit is no measure.
  return senses.length === 0 ? undefined : { amount, unit, senses };
}

function bare(amount: number): Measure {
  return { amount, unit: '', senses: [] };
}

/** `1h30m` as Go writes it, and `PT1H30M` as ISO 8601 does. */
function readCompound(text: string): Measure | undefined {
  const iso =
    /^P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,9})?)S)?)?$/.exec(
      text,
    );
  if (iso !== null && /\d/.test(text)) {
    const [, weeks, days, hours, minutes, rest] = [...iso].map((part: string | undefined) =>
      Number(part ?? 0),
    );
    const base =
      (weeks ?? 0) * 604_800 + (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (rest ?? 0);
    return { amount: base, unit: 'PT', senses: [{ dimension: 'time', perSecond: false, base }] };
  }
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|[smhdw]) ?){2,7}$/.test(text)) return undefined;
  let base = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|[smhdw])/g)) {
    base += Number(amount) * (own(seconds, unit ?? '') ?? 0);
  }
  return { amount: base, unit: 'compound', senses: [{ dimension: 'time', perSecond: false, base }] };
}

const hints: readonly (readonly [Dimension, ReadonlySet<string>])[] = [
  [
    'time',
    wordSet(
      'timeout timeouts ttl interval intervals delay duration period age expiry expiration lifetime wait grace deadline retention backoff seconds second secs sec ms millis milliseconds minutes minute min hours hour days day latency keepalive lease cooldown poll refresh window time linger drain idle elapsed sleep',
    ),
  ],
  [
    'size',
    wordSet(
      'memory mem size heap buffer buffers bytes byte kb mb gb mib gib kib disk storage cache capacity quota xmx xms upload body payload limit ram swap chunk segment',
    ),
  ],
  ['processor', wordSet('cpu cpus cores processor vcpu millicores')],
];

/** What a number under such a name measures, as far as the name tells. */
export function dimensionsOf(words: readonly string[]): Dimension[] {
  return hints.filter(([, wanted]) => hasWord(words, wanted)).map(([dimension]) => dimension);
}

const bareFactor: Readonly<Record<Dimension, number>> = { time: Number.NaN, size: 1, bits: 1, processor: 1 };

/**
 * Both measures in one base unit, in the sense that they share and the name suggests; undefined: they share none. A
 * bare number is bytes or processors where that is what the other one measures, and no duration: seconds and
 * milliseconds are both usual.
 */
export function inBaseUnits(
  before: Measure,
  after: Measure,
  words: readonly string[],
): { before: number; after: number } | undefined {
  const expected = dimensionsOf(words);
  const shared: { dimension: Dimension; before: number; after: number }[] = [];
  for (const a of before.unit === '' ? bareSenses(before, after) : before.senses) {
    for (const b of after.unit === '' ? bareSenses(after, before) : after.senses) {
      if (a.dimension !== b.dimension || a.perSecond !== b.perSecond) continue;
      shared.push({ dimension: a.dimension, before: a.base, after: b.base });
    }
  }
  return shared.find(({ dimension }) => expected.includes(dimension)) ?? shared[0];
}

function bareSenses(measure: Measure, other: Measure): Sense[] {
  return other.senses
    .filter(({ dimension }) => !Number.isNaN(bareFactor[dimension]))
    .map(({ dimension, perSecond }) => ({
      dimension,
      perSecond,
      base: measure.amount * bareFactor[dimension],
    }));
}

/** Factors that lie between two units of one dimension. */
const unitFactors = [24, 60, 1000, 1024, 3600, 86_400, 60_000, 3_600_000, 1e6, 2 ** 20, 1e9, 2 ** 30];

/** Whether the quotient of two amounts is the factor between two units, such as 60, 1000 or 1024. */
export function isUnitFactor(before: number, after: number): boolean {
  const ratio = Math.abs(after / before);
  const factor = ratio < 1 ? 1 / ratio : ratio;
  return unitFactors.some((candidate) => Math.abs(factor / candidate - 1) < 1e-9);
}
