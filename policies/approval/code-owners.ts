/**
 * CODEOWNERS as GitHub reads it: the last matching line wins, patterns are gitignore's without `!`, `[ ]` and `\#`,
 * and `dir/*` is not recursive. A line that GitHub skips as invalid is skipped here.
 * Source: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export interface OwnerLine {
  /** 1-based in the file. */
  line: number;
  pattern: string;
  /** `@login`, `@organisation/team` or an e-mail address; none: the path is owned by nobody on purpose. */
  owners: string[];
  matches(path: string): boolean;
}

/** Parses the file's lines, in their order. Source and semantics above. */
export function parseCodeOwners(lines: readonly string[]): OwnerLine[] {
  return lines.flatMap((text, index): OwnerLine[] => {
    const [pattern, ...owners] = wordsOf(text);
    if (pattern === undefined || /^!|[[\]]|^\\#/.test(pattern)) return [];
    if (!owners.every((owner) => /^@[^@\s]+$|^[^@\s]+@[^@\s]+$/.test(owner))) return [];
    const tokens = tokensOf(pattern);
    return [{ line: index + 1, pattern, owners, matches: (path) => matchSegments(tokens, path.split('/')) }];
  });
}

/** The line that decides who owns a path, or undefined when no line matches. */
export function ownerLineOf(path: string, lines: readonly OwnerLine[]): OwnerLine | undefined {
  return lines.findLast((line) => line.matches(path));
}

// Blanks end a word unless a backslash stands before them; `#` begins a comment at the start of a word.
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:\\.|[^\s\\])+|\\/g)) {
    const word = match[0];
    if (word.startsWith('#')) break;
    words.push(words.length === 0 ? word.replaceAll('\\ ', ' ') : word);
  }
  return words;
}

/** A pattern for one path segment, or any number of segments. */
type Token = { glob: string } | 'any-segments';

function tokensOf(pattern: string): Token[] {
  const isDirectory = pattern.endsWith('/');
  const inner = pattern.replace(/^\//, '').replace(/\/$/, '');
  const isAnchored = pattern.startsWith('/') || inner.includes('/');
  const segments = inner.split('/');
  const tokens: Token[] = isAnchored ? [] : ['any-segments'];
  for (const segment of segments) tokens.push(segment === '**' ? 'any-segments' : { glob: segment });
  const last = segments.at(-1);
  if (isDirectory || last === '**') tokens.push({ glob: '*' }, 'any-segments');
  // A name may be a directory's, and then owns all below it; a lone star stands for one level only.
  else if (last !== '*') tokens.push('any-segments');
  return tokens;
}

// Greedy with one step back per star, so that no pattern can take longer than its length times the path's.
function matchSegments(tokens: readonly Token[], segments: readonly string[]): boolean {
  return matchWithStars(
    tokens,
    segments,
    (token) => token === 'any-segments',
    (token, segment) =>
      token !== 'any-segments' &&
      matchWithStars(
        Array.from(token.glob),
        Array.from(segment),
        (character) => character === '*',
        (character, actual) => character === '?' || character === actual,
      ),
  );
}

function matchWithStars<Pattern, Item>(
  pattern: readonly Pattern[],
  items: readonly Item[],
  isStar: (part: Pattern) => boolean,
  isMatch: (part: Pattern, item: Item) => boolean,
): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let index = 0; index < items.length;) {
    const part = pattern[at];
    const item = items[index];
    if (part !== undefined && isStar(part)) {
      star = at;
      at += 1;
      resumeAt = index;
    } else if (part !== undefined && item !== undefined && isMatch(part, item)) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      resumeAt += 1;
      index = resumeAt;
      at = star + 1;
    } else return false;
  }
  return pattern.slice(at).every(isStar);
}
