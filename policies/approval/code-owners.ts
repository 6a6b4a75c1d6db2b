/**
 * CODEOWNERS as GitHub reads it: the last matching line wins, and one without owners takes ownership away. A line that
 * GitHub skips as invalid is skipped here too, and said to be: what it was to protect falls to the lines above it.
 * Source: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
import { matcherOfPattern } from './code-owners-pattern.ts';

export interface OwnerLine {
  /** 1-based in the file. */
  line: number;
  /** As it is written, escapes included. */
  pattern: string;
  /** `@login`, `@organisation/team` or an e-mail address; none: the path is owned by nobody on purpose. */
  owners: string[];
  matches(path: string): boolean;
}

/** A line that GitHub skips. */
export interface OwnerFault {
  line: number;
  /** 1-based, in UTF-16 code units, in the line as it is written. */
  column: number;
  kind: 'pattern' | 'owner';
  message: string;
  remedy: string;
}

export interface OwnerFile {
  lines: OwnerLine[];
  faults: OwnerFault[];
}

/** Where GitHub looks for the file, in this order; the first that is there is the only one it reads. */
export const codeOwnersPaths = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** GitHub reads no file that is longer; it says 3 MB, and the smaller of the two meanings is on the safe side. */
export const codeOwnersLimitBytes = 3_000_000;

/** Parses the file's lines, in their order, and says which of them GitHub skips. */
export function readCodeOwners(texts: readonly string[]): OwnerFile {
  const lines: OwnerLine[] = [];
  const faults: OwnerFault[] = [];
  // The same few owners stand on most lines.
  const known = new Map<string, boolean>();
  const isOwner = (word: string): boolean => {
    const isKnown = known.get(word) ?? ownerShape.test(word);
    known.set(word, isKnown);
    return isKnown;
  };
  for (const [index, text] of texts.entries()) {
    const plain = plainLineOf(text, index + 1, isOwner);
    if (plain !== null) {
      lines.push(plain);
      continue;
    }
    const [first, ...owners] = wordsOf(index === 0 ? text.replace(/^\ufeff/, '') : text);
    if (first === undefined) continue;
    const fault = faultOfPattern(first.text) ?? faultOfOwners(owners, isOwner);
    if (fault === null) {
      const names = owners.map((owner) => owner.text);
      lines.push(ownerLine(index + 1, first.text, names));
    } else {
      const skipped = index === 0 && text.startsWith('\ufeff') ? 1 : 0;
      const column = ('at' in fault ? fault.at : first.at) + 1 + skipped;
      const { kind, message, remedy } = fault;
      faults.push({ line: index + 1, column, kind, message, remedy });
    }
  }
  return { lines, faults };
}

/** The lines that count, in their order. */
export function parseCodeOwners(texts: readonly string[]): OwnerLine[] {
  return readCodeOwners(texts).lines;
}

/** The line that decides who owns a path, or undefined when no line matches; for many paths, `indexCodeOwners`. */
export function ownerLineOf(path: string, lines: readonly OwnerLine[]): OwnerLine | undefined {
  return lines.findLast((line) => line.matches(path));
}

/** Whether GitHub leaves a file of these lines unread because it is too long. */
export function isCodeOwnersTooLong(texts: readonly string[]): boolean {
  const units = texts.reduce((sum, text) => sum + text.length + 1, 0);
  // A UTF-16 code unit is at most three bytes of UTF-8, so most files need not be encoded to be measured.
  if (units * 3 <= codeOwnersLimitBytes) return false;
  return new TextEncoder().encode(texts.join('\n')).length > codeOwnersLimitBytes;
}

interface Word {
  text: string;
  at: number;
}

// ASCII blanks end a word unless a backslash stands before them; `#` begins a comment at the start of a word, and
// anywhere behind the pattern, since no owner holds one.
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.replace(/\r$/, '').matchAll(/(?:\\.|\\$|[^ \t\v\f\r\\])+/gs)) {
    const [word] = match;
    if (word.startsWith('#')) break;
    const comment = words.length === 0 ? -1 : word.indexOf('#');
    words.push({ text: comment === -1 ? word : word.slice(0, comment), at: match.index });
    if (comment !== -1) break;
  }
  return words;
}

/** A line that only spaces part and in which nothing is escaped, commented or wrong, as nearly all are; else null. */
function plainLineOf(text: string, line: number, isOwner: (word: string) => boolean): OwnerLine | null {
  if (/[^ -~]|\*{3}|[\\#![\]]/.test(text)) return null;
  const [pattern, ...owners] = text.split(' ').filter((word) => word !== '');
  if (pattern === undefined || !owners.every(isOwner)) return null;
  return ownerLine(line, pattern, owners);
}

/** What a pattern means is worked out when it is first asked: most never are. */
function ownerLine(line: number, pattern: string, owners: string[]): OwnerLine {
  let matches: ((path: string) => boolean) | undefined;
  return { line, pattern, owners, matches: (path) => (matches ??= matcherOfPattern(pattern))(path) };
}

type Fault = Pick<OwnerFault, 'kind' | 'message' | 'remedy'> & { at?: number };

const patternFaults: readonly [shape: RegExp, message: string, remedy: string][] = [
  [
    /^\^?\[/,
    'it begins as a section of GitLab or a range, and GitHub knows neither',
    'put the owners of a section on each line below it, or write `\\[` for the character',
  ],
  [
    /^!/,
    'a pattern cannot be negated with `!`',
    'write the pattern without `!` and without owners below the lines it is an exception to',
  ],
  [
    /^\\#/,
    'a pattern cannot begin with an escaped `#`',
    'write `?` in place of `\\#`, which matches any one character',
  ],
  [
    /^(?:\\.|[^\\[\]])*[[\]]/s,
    '`[` and `]` are no ranges here and cannot stand unescaped',
    'write `\\[` and `\\]` for the characters, or one line for each case',
  ],
  [/^(?:\\.|[^\\])*\\$/s, 'it ends in a backslash that escapes nothing', 'remove the backslash'],
  [
    /^(?:\\.|[^\\])*\*\*\*/s,
    'three stars mean nothing',
    'write `**` for any number of directories, or `*` for any name',
  ],
];

function faultOfPattern(pattern: string): Fault | null {
  // Nearly every pattern: nothing that could be wrong is in it.
  if (!/[[\]!#\\]|\*\*\*/.test(pattern)) return null;
  const found = patternFaults.find(([shape]) => shape.test(pattern));
  return found === undefined ? null : { kind: 'pattern', message: found[1], remedy: found[2] };
}

const ownerShape =
  /^(?:@[a-z\d][a-z\d_-]*(?:\/[a-z\d_][a-z\d_.-]*)?|[^@\s"'<>(),;:]+@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+)$/i;

function faultOfOwners(owners: readonly Word[], isOwner: (word: string) => boolean): Fault | null {
  const wrong = owners.find(({ text }) => !isOwner(text));
  if (wrong === undefined) return null;
  return {
    kind: 'owner',
    at: wrong.at,
    message: `${JSON.stringify(wrong.text)} is no owner`,
    remedy: ownerRemedy(wrong.text),
  };
}

function ownerRemedy(text: string): string {
  const bare = text.replaceAll(/^[@,;]+|[,;:]+$/g, '');
  if (/^[a-z\d][a-z\d_-]*(?:\/[a-z\d_.-]+)?$/i.test(bare)) return `write \`@${bare}\``;
  if (/^[a-z\d][\w-]*@[a-z\d][\w-]*$/i.test(bare))
    return `write \`@${bare.replace('@', ' @')}\`, two owners apart`;
  return 'write `@login`, `@organisation/team` or an e-mail address; a blank in the pattern needs `\\` before it';
}
