import { hasWord, wordSet, wordsOf } from './key-names.ts';
import { placeName, type Question, type ScalarMove } from './question.ts';

// Text for people, or names that may be anything.
const proseWords = wordSet(
  'description title label labels message text comment note notes summary author owner user username password passwd secret token name names display help banner greeting team contact maintainer annotation annotations about bio subject body',
);
const production = /(?:^|[^a-z])(?:prod|production|live|prd)(?![a-z])/i;
const elsewhere =
  /(?:^|[^a-z])(?:dev|devel|development|test|testing|staging|stage|stg|qa|uat|sandbox|local)(?![a-z])/i;
const ownMachine = /(?:^|[/@,\s])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?)(?=$|[:/,\s?])/i;

/** Words: a value of another environment, or one that looks misspelt. */
export function questionWord({ before, after, words, move }: ScalarMove): Question | null {
  if (typeof before !== 'string' || typeof after !== 'string') return null;
  const place = placeName(move.after);
  const isNamed = (text: string) => text.length <= 500;
  if (isNamed(before) && isNamed(after) && !before.includes(' ')) {
    if (production.test(before) && !production.test(after) && elsewhere.test(after)) {
      const message = `${place} named production and names another environment now`;
      return { rule: 'config/keep-environment', message, detail: 'environment' };
    }
    if (/^\/(?!tmp\/|dev\/null)/.test(before) && /^\/(?:tmp\/|tmp$|dev\/null$)/.test(after)) {
      const message = `${place} was a lasting place, and is one that forgets now`;
      return { rule: 'config/keep-environment', message, detail: 'temporary' };
    }
    // Listening on every interface is no matter of whose machine it is.
    const isAddress =
      /^[\w.+-]+:\/\/|^[\w-]+(\.[\w-]+)+(:\d+)?$|^[\w-]+:\d+$/.test(before) || isHostName(words);
    const isListening = hasWord(words, wordSet('bind listen listener'));
    if (isAddress && !isListening && ownMachine.test(after) && !ownMachine.test(before)) {
      const message = `${place} named another machine and names this one now`;
      return { rule: 'config/keep-environment', message, detail: 'own machine' };
    }
  }
  if (before !== after && before.trim() === after.trim() && !/\n/.test(before + after)) {
    const message = `${place} differs from what it was by white space alone`;
    return { rule: 'config/question-spelling', message, detail: 'space' };
  }
  if (
    isMisspelt(before, after) &&
    !hasWord(words, proseWords) &&
    !wordsOf(move.names.at(-2) ?? '').includes('labels')
  ) {
    const message = `${place} differs from what it was by one letter, as a slip of the hand does`;
    return { rule: 'config/question-spelling', message, detail: 'letter' };
  }
  return null;
}

function isHostName(words: readonly string[]): boolean {
  return hasWord(
    words,
    wordSet('host hosts hostname server servers endpoint endpoints url uri address broker brokers upstream'),
  );
}

/** One letter more, less, another, or two exchanged, within one word; `read` and `reads` are two words. */
function isMisspelt(before: string, after: string): boolean {
  const word = /^[A-Za-z]{4,40}(?:[_-][A-Za-z]{2,20})*$/;
  if (!word.test(before) || !/^[A-Za-z_-]+$/.test(after)) return false;
  const [a, b] = [before.toLowerCase(), after.toLowerCase()];
  if (a === b || `${a}s` === b || `${b}s` === a) return false;
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  // Two short words are easily one letter apart.
  const isLong = a.length >= 5;
  if (isLong && restA.slice(1) === restB.slice(1)) return true;
  if (isLong && (restA.slice(1) === restB || restA === restB.slice(1))) return true;
  return restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0];
}
