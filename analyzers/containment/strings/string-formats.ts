import { fullFormats } from 'ajv-formats/dist/formats.js';

/** A regular expression and its flags; unanchored unless it says otherwise. */
export interface Language {
  source: string;
  flags: string;
  /** No text of the language is longer, whatever the expression says. */
  maxLength?: number;
}

/**
 * A format as regular languages: every text of `lower` is valid, and every valid text is in `upper`. Where they are one
 * and the same, the format is regular and decided exactly.
 */
export interface FormatLanguage {
  lower: Language;
  upper: Language;
}

const everything: Language = { source: '', flags: 'u' };
const nothing: Language = { source: '[^\\s\\S]', flags: 'u' };

const byte = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?';
const date = dateSource();
const [hour, minute, second] = ['(?:[01]\\d|2[0-3])', '[0-5]\\d', '[0-5]\\d(?:\\.\\d+)?'];
const zone = '(?:[zZ]|[+-](?:[01]\\d|2[0-3])(?::?[0-5]\\d)?)';
// A leap second is valid where it is 23:59 in UTC, whatever hour and minute are written: two digits each.
const wideTime = `${hour}:${minute}:${second}|\\d\\d:\\d\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?`;
const narrowTime = `${hour}:${minute}:${second}`;

const functions: ReadonlyMap<string, FormatLanguage> = new Map([
  ['date', exactly(`^${date}$`, 'u')],
  ['time', between(`^${narrowTime}${zone}$`, `^(?:${wideTime})${zone}$`)],
  ['iso-time', between(`^${narrowTime}${zone}?$`, `^(?:${wideTime})${zone}?$`)],
  ['date-time', between(`^${date}[tT\\s]${narrowTime}${zone}$`, `^${date}[tT\\s](?:${wideTime})${zone}$`)],
  [
    'iso-date-time',
    between(`^${date}[tT\\s]${narrowTime}${zone}?$`, `^${date}[tT\\s](?:${wideTime})${zone}?$`),
  ],
  // With the flags g and m, as it stands in ajv-formats: one line of the text has to be base64.
  ['byte', exactly(`^${byte}$`, 'um')],
  // Characters without a meaning, each repeated at most once, make a pattern whatever else they are.
  ['regex', { lower: { source: '^(?:[^\\\\*+?()[{^$|][*+?]?|[$^|])*$', flags: 'u' }, upper: everything }],
  ['hostname', hostnameLanguage()],
  ['uri', uriLanguage()],
]);

const samples: ReadonlyMap<string, readonly string[]> = new Map([
  ['date', ['2024-01-15', '2024-02-29']],
  ['time', ['10:30:00Z', '10:30:00.5+01:00']],
  ['date-time', ['2024-01-15T10:30:00Z', '2024-01-15T10:30:00.5+01:00', '2024-01-15t10:30:00-0500']],
  ['iso-time', ['10:30:00', '10:30:00Z']],
  ['iso-date-time', ['2024-01-15T10:30:00', '2024-01-15T10:30:00Z']],
  ['duration', ['P1D', 'PT1H30M', 'P2W', 'P1Y2M3DT4H5M6S']],
  ['uri', ['https://example.com', 'urn:example:a', 'https://example.com/path?query=1#part']],
  ['uri-reference', ['/path', 'https://example.com', 'a', '']],
  ['uri-template', ['/items/{id}', 'https://example.com/{id}', 'a']],
  ['url', ['https://example.com', 'http://example.com/path?query=1']],
  ['email', ['user@example.com', 'a@b.c', 'first.last+tag@mail.example.org']],
  // The last one has the length that only a dot at the end allows.
  ['hostname', ['example.com', 'a', 'host-1', 'a.'.repeat(127)]],
  ['ipv4', ['192.0.2.1', '10.0.0.1']],
  ['ipv6', ['2001:db8::1', '::1', '::ffff:192.0.2.1']],
  ['regex', ['^a+$', 'a', '[0-9]{2}']],
  ['uuid', ['123e4567-e89b-12d3-a456-426614174000', 'urn:uuid:123E4567-E89B-12D3-A456-426614174000']],
  ['json-pointer', ['/a/0', '', '/']],
  ['json-pointer-uri-fragment', ['#/a/0', '#']],
  ['relative-json-pointer', ['0', '1/a', '0#']],
  ['byte', ['aGVsbG8=', '', 'AAAA']],
]);

// What stands before and after as many of the characters as are asked for: formats take long texts as well.
const padded: ReadonlyMap<string, readonly [before: string, character: string, after: string]> = new Map([
  ['time', ['10:30:00.', '0', 'Z']],
  ['date-time', ['2024-01-15T10:30:00.', '0', 'Z']],
  ['iso-time', ['10:30:00.', '0', '']],
  ['iso-date-time', ['2024-01-15T10:30:00.', '0', '']],
  ['duration', ['P', '1', 'D']],
  ['uri', ['https://example.com/', 'a', '']],
  ['uri-reference', ['/', 'a', '']],
  ['uri-template', ['/', 'a', '']],
  ['url', ['https://example.com/', 'a', '']],
  ['email', ['', 'a', '@example.com']],
  ['hostname', ['', 'a.', 'a']],
  ['regex', ['', 'a', '']],
  ['json-pointer', ['/', 'a', '']],
  ['json-pointer-uri-fragment', ['#/', 'a', '']],
  ['relative-json-pointer', ['0/', 'a', '']],
  ['byte', ['', 'AAAA', '']],
]);

const languages = new Map<string, FormatLanguage>();

/** Whether ajv-formats knows the format. Validators take any other name for an annotation. */
export function isKnownFormat(name: string): boolean {
  return Object.hasOwn(fullFormats, name);
}

/** Whether the format says anything about strings: those of numbers, password and binary do not. */
export function restrictsStrings(name: string): boolean {
  const format = definitionOf(name);
  return format instanceof RegExp || typeof format === 'function' || isDefinition(format);
}

/** A known format that restricts strings, as languages. */
export function languageOf(name: string): FormatLanguage {
  const known = functions.get(name) ?? languages.get(name);
  if (known !== undefined) return known;
  const format = definitionOf(name);
  const language =
    format instanceof RegExp
      ? exactly(format.source, format.flags.replace(/[gy]/g, ''))
      : { lower: nothing, upper: everything };
  languages.set(name, language);
  return language;
}

/** Texts that are valid and read well. */
export function samplesOf(name: string): readonly string[] {
  return samples.get(name) ?? [];
}

/** A valid text of at least that length, and hardly more, where the format has one. */
export function longSampleOf(name: string, length: number): string | undefined {
  const [before, character, after] = padded.get(name) ?? [];
  if (before === undefined || character === undefined || after === undefined) return undefined;
  const missing = Math.max(1, length - before.length - after.length);
  return before + character.repeat(Math.ceil(missing / character.length)) + after;
}

/** What ajv-formats' own validator says; what it does not know, or what is about numbers, takes every string. */
export function isValidFormat(name: string, text: string): boolean {
  const format = definitionOf(name);
  if (format instanceof RegExp) return format.test(text);
  if (isPredicate(format)) return format(text) === true;
  return isDefinition(format) ? format.validate(text) : true;
}

interface StringDefinition {
  validate(text: string): boolean;
}

function definitionOf(name: string): unknown {
  return isKnownFormat(name) ? Reflect.get(fullFormats, name) : undefined;
}

function isPredicate(format: unknown): format is (text: string) => unknown {
  return typeof format === 'function';
}

function isDefinition(format: unknown): format is StringDefinition {
  if (typeof format !== 'object' || format === null || format instanceof RegExp) return false;
  return 'validate' in format && typeof format.validate === 'function' && !('type' in format);
}

function exactly(source: string, flags: string): FormatLanguage {
  return { lower: { source, flags }, upper: { source, flags } };
}

function between(lower: string, upper: string): FormatLanguage {
  return { lower: { source: lower, flags: 'u' }, upper: { source: upper, flags: 'u' } };
}

/**
 * The definition of uri is not exported, but that of uri-reference is, and the two differ in what is optional: a URI has
 * a scheme, and something before its query. Nor does a URI take a double quote.
 */
function uriLanguage(): FormatLanguage {
  const reference = definitionOf('uri-reference');
  if (!(reference instanceof RegExp)) return { lower: nothing, upper: everything };
  return exactly(
    `^(?=[a-z][a-z0-9+\\-.]*:[^?#])${reference.source.replace(/^\^/, '').replaceAll('"', '')}`,
    reference.flags,
  );
}

/**
 * The length that a lookahead asks of a hostname, side by side with that of each label, makes very many states. So it is
 * left out of what is wider, which then has a length of its own.
 */
function hostnameLanguage(): FormatLanguage {
  const format = definitionOf('hostname');
  if (!(format instanceof RegExp)) return { lower: nothing, upper: everything };
  const lookahead = '(?=.{1,253}\\.?$)';
  const { source, flags } = format;
  return {
    lower: { source, flags },
    upper: { source: source.replace(lookahead, ''), flags, maxLength: 254 },
  };
}

/** Years, months and days as they are, with the 29th of February in leap years. */
function dateSource(): string {
  const days = (last: string) => `(?:0[1-9]|[12]\\d|${last})`;
  const ordinary = [
    `(?:0[13578]|1[02])-${days('3[01]')}`,
    `(?:0[469]|11)-${days('30')}`,
    '02-(?:0[1-9]|1\\d|2[0-8])',
  ];
  const leapYear = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
  return `(?:\\d{4}-(?:${ordinary.join('|')})|${leapYear}-02-29)`;
}
