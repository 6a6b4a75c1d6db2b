import { none, unknown, type Values } from '../values.ts';

/** A witness that is longer than this shows nothing to anybody. */
export const longestWitness = 100_000;
const mostCharacters = 1_000_000;

const readable = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
// Unicode scalar values: code points without the surrogates, which no JSON text in UTF-8 can carry alone.
const scalarValues = 0x110000 - 0x800;

/** So many different strings of the given lengths: by arithmetic, whatever the lengths are. */
export function plainStrings(
  minLength: number,
  maxLength: number,
  excluded: ReadonlySet<string>,
  count: number,
): Values<string[]> {
  const found: string[] = [];
  for (let length = minLength; length <= maxLength && found.length < count; length += 1) {
    if (length > longestWitness || length * count > mostCharacters) {
      return unknown(`a string of ${length} characters is too long to show`);
    }
    const words = length === 0 ? 1 : length === 1 ? scalarValues : Infinity;
    for (let index = 0; index < words && found.length < count; index += 1) {
      const text = wordOf(index, length);
      if (!excluded.has(text)) found.push(text);
    }
  }
  return found.length < count ? none : { outcome: 'some', value: found };
}

/** The words of one length, those of readable characters first. `index` is below what a length of two can tell apart. */
function wordOf(index: number, length: number): string {
  if (length === 0) return '';
  if (length === 1) return characterOf(index);
  const last = index % scalarValues;
  const before = Math.floor(index / scalarValues);
  return readable.charAt(0).repeat(length - 2) + characterOf(before) + characterOf(last);
}

function characterOf(index: number): string {
  if (index < readable.length) return readable.charAt(index);
  let seen = readable.length - 1;
  // Printable ASCII first, then upwards; what is readable was given above.
  for (let code = 0x20; code < 0x7f; code += 1) {
    if (!readable.includes(String.fromCharCode(code))) seen += 1;
    if (seen === index) return String.fromCharCode(code);
  }
  const rest = index - seen - 1;
  const controls = 0x20;
  if (rest < controls) return String.fromCharCode(rest);
  const code = rest - controls + 0x7f;
  return String.fromCodePoint(code < 0xd800 ? code : code + 0x800);
}
