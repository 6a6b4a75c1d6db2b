import { formatOf, parseDocument } from '../document/parse-document.ts';
import { compareValues, type Difference, type Move } from './compare-values.ts';
import { wordsOf } from './key-names.ts';
import { questionNumber } from './question-number.ts';
import { placeName, type Question, type ScalarMove } from './question.ts';

/** Longer texts are files of their own, or data. */
const longestText = 200_000;

/**
 * Text that holds settings of its own: a whole file under a key with a file's name (as ConfigMaps have them), options
 * such as `--timeout=30` or `-Xmx512m`, parameters of a URL. `ask` is asked about every value that moved inside.
 */
export function questionText(
  scalar: ScalarMove,
  before: string,
  after: string,
  ask: (move: Move) => Question | null,
): Question | null {
  if (before.length > longestText || after.length > longestText) return null;
  return questionFile(scalar, before, after, ask) ?? questionOptions(scalar, before, after);
}

function questionFile(
  { move }: ScalarMove,
  before: string,
  after: string,
  ask: (move: Move) => Question | null,
): Question | null {
  const name = move.names.at(-1) ?? '';
  if (!name.includes('.') || formatOf(name) === undefined) return null;
  const [was, is] = [parseDocument(name, before), parseDocument(name, after)];
  const place = placeName(move.after);
  if (!was.ok) return null;
  if (!is.ok) {
    return {
      rule: 'config/keep-type',
      message: `${place} held a file that could be read, and cannot be now`,
      detail: 'file',
    };
  }
  const difference: Difference = compareValues(was, is);
  for (const inner of difference.moves) {
    const question = ask(inner);
    if (question !== null) return { ...question, message: `in ${place}: ${question.message}` };
  }
  const gone = difference.removed.find(({ kind }) => kind === 'key');
  if (gone === undefined) return null;
  return {
    rule: 'config/keep-value',
    message: `in ${place}: ${gone.place.pointer} is gone`,
    detail: gone.label,
  };
}

function questionOptions({ move }: ScalarMove, before: string, after: string): Question | null {
  const later = optionsOf(after);
  const asked: Question[] = [];
  for (const [name, value] of optionsOf(before)) {
    const now = later.get(name);
    if (now === undefined || now === value) continue;
    const names = [...move.names, name];
    const question = questionNumber({
      move: {
        ...move,
        names,
        before: { ...move.before, parent: undefined },
        after: { ...move.after, parent: undefined },
      },
      before: value,
      after: now,
      words: wordsOf(name),
    });
    if (question) asked.push(question);
  }
  const [first] = asked;
  return first === undefined ? null : { ...first, message: `in ${first.message}` };
}

/** `name=value` with a value that begins with a digit, and the sizes of a JVM. */
function optionsOf(text: string): Map<string, string> {
  const options = new Map<string, string>();
  const pattern = /(?<![\w.-])-{0,2}([A-Za-z][\w.-]{0,60})=(-?\d[\w.%]{0,30})(?=$|[\s&;,"'])/g;
  for (const [, name = '', value = ''] of text.matchAll(pattern)) options.set(name, value);
  for (const [, name = '', value = ''] of text.matchAll(/-X(m[xsn]|ss)(\d{1,9}[kKmMgG]?)(?=$|\s)/g)) {
    options.set(`x${name}-memory`, value);
  }
  return options;
}
