/**
 * The same request, twice to stable and once to the candidate: what differs between the two stable answers, now or in any
 * round before, is noise (times, ids, order); what then differs in the candidate alone, several rounds in a row, is a
 * difference. Arrays whose length or order is noise are compared by the shapes of their elements.
 */
import { isObject } from '../../analyzers/document/document.ts';
import { parseJson } from './check-answer.ts';
import type { Answered } from './probe-request.ts';

/** Three answers to the same safe request. */
export interface ComparedAnswers {
  location: string;
  operation: string;
  stable: readonly [Answered, Answered];
  candidate: Answered;
}

/** What was seen of one operation; plain JSON. */
export interface AnswerNoise {
  /** Places that varied on the stable version. */
  noisy: string[];
  /** What the stable version had at each place when it was last seen, to tell what varies from round to round. */
  stable: Record<string, string>;
  /** How often in a row the candidate alone differed at a place, and how. */
  differing: Record<string, { times: number; what: string }>;
}

export const noNoise: AnswerNoise = { noisy: [], stable: {}, differing: {} };

export interface AnswerDifference {
  place: string;
  /** The end of a sentence about the place: "is a string where stable has a number". */
  what: string;
}

const timesInARow = 3;
const maxPlaces = 2000;

export function compareAnswers(
  known: AnswerNoise,
  stable: readonly [Answered, Answered],
  candidate: Answered,
): { noise: AnswerNoise; differences: AnswerDifference[] } {
  const [first, second, other] = [...stable, candidate].map(placesOf);
  if (first === undefined || second === undefined || other === undefined)
    return { noise: known, differences: [] };
  const noisy = new Set(known.noisy);
  for (const place of new Set([...first.keys(), ...second.keys()])) {
    const before = known.stable[place];
    const isSame = first.get(place) === second.get(place);
    if (!isSame || (before !== undefined && before !== first.get(place))) noisy.add(place);
  }
  const differing: AnswerNoise['differing'] = {};
  for (const place of new Set([...first.keys(), ...other.keys()])) {
    if (noisy.has(place)) continue;
    const [own, theirs] = [other.get(place), first.get(place)];
    if (own === theirs) continue;
    // A value that is missing or new has a type that is, which says so once.
    if (
      (own === undefined || theirs === undefined) &&
      first.has(`${place} type`) !== other.has(`${place} type`)
    )
      continue;
    const times = (known.differing[place]?.times ?? 0) + 1;
    differing[place] = { times, what: whatDiffers(place, own, theirs) };
  }
  const noise = { noisy: [...noisy].slice(0, maxPlaces), stable: Object.fromEntries(first), differing };
  const differences = Object.entries(differing)
    .filter(([, { times }]) => times >= timesInARow)
    .map(([place, { what }]) => ({ place, what }));
  return { noise, differences };
}

// Values stay out of sentences: an answer may hold anything.
function whatDiffers(place: string, own: string | undefined, stable: string | undefined): string {
  if (own === undefined) return 'is missing';
  if (stable === undefined) return 'is there, and stable has none';
  if (place.endsWith(' type') || place === 'status' || place === 'content type')
    return `is ${own} where stable has ${stable}`;
  return 'has another value than stable';
}

/** Every place of an answer with what stands there: its type always, its value where it is a scalar. */
function placesOf(answer: Answered): Map<string, string> {
  const places = new Map<string, string>([
    ['status', String(answer.status)],
    ['content type', answer.contentType.split(';')[0]?.trim().toLowerCase() ?? ''],
  ]);
  if (answer.isCut) return places;
  const parsed = parseJson(answer.body);
  if (parsed.ok) visit('', parsed.value, places, 0);
  else places.set('body', answer.body.length > 500 ? `${answer.body.length} characters` : answer.body);
  return places;
}

function visit(place: string, value: unknown, places: Map<string, string>, depth: number): void {
  if (places.size >= maxPlaces || depth > 50) return;
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const typePlace = `${place} type`;
  const before = places.get(typePlace);
  // Elements of a list share their place: each type counts once, in a fixed order.
  places.set(
    typePlace,
    before === undefined ? type : [...new Set([...before.split('|'), type])].sort().join('|'),
  );
  if (Array.isArray(value)) {
    places.set(`${place} length`, String(value.length));
    for (const element of value) visit(`${place}/*`, element, places, depth + 1);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) visit(`${place}/${key}`, member, places, depth + 1);
  } else {
    const text = JSON.stringify(value);
    const other = places.get(place);
    places.set(
      place,
      other === undefined || other === text
        ? text
        : [...new Set([...other.split('\u0000'), text])].sort().join('\u0000'),
    );
  }
}
