/**
 * One pattern of CODEOWNERS: gitignore's, without `!` and `[ ]`, and with `dir/*` for one level only. Where GitHub
 * differs from git on purpose is listed, pattern by pattern, in test/properties/code-owners-git.test.ts.
 */

/** Any number of characters, exactly one, or this one. */
type GlobPart = 'star' | 'one' | { literal: string };

const wildcard = /[\\*?]/;

/** A whole number of path segments, or one segment. */
type PatternToken = 'any-segments' | SegmentToken;

interface SegmentToken {
  parts: readonly GlobPart[];
  /** The segment as it stands, when nothing in it is a wildcard. */
  literal: string | null;
  /** With a wildcard: what it ends with from the last dot on, if that holds none. Every match ends so too. */
  extension: string | null;
}

interface OwnerPattern {
  tokens: readonly PatternToken[];
  matches(path: string): boolean;
}

/** Compiles a pattern that `faultOfPattern` has nothing against. A lone star, the last segment, is one level only. */
function compileOwnerPattern(pattern: string): OwnerPattern {
  // An escaped slash is a slash: no name holds one.
  const plain = pattern.replaceAll('\\/', '/');
  const isDirectory = plain.endsWith('/');
  const inner = plain.replace(/^\//, '').replace(/\/$/, '');
  const isAnchored = plain.startsWith('/') || inner.includes('/');
  const names = inner.split('/');
  const tokens: PatternToken[] = isAnchored ? [] : ['any-segments'];
  for (const name of names) tokens.push(name === '**' ? 'any-segments' : segmentToken(name));
  const last = names.at(-1);
  if (isDirectory || last === '**') tokens.push(anySegment, 'any-segments');
  // A name may be a directory's, and then owns all below it; a lone star stands for one level only.
  else if (last !== '*') tokens.push('any-segments');
  return { tokens, matches: (path) => matchSegments(tokens, path.split('/')) };
}

/** Whether a path is one that the pattern owns, compiled when it is first asked: most patterns never are. */
export function matcherOfPattern(pattern: string): (path: string) => boolean {
  // The usual line, a directory or file by its whole name, needs no tokens.
  if (pattern.lastIndexOf('/', pattern.length - 2) !== -1 && pattern.length > 1 && !wildcard.test(pattern)) {
    const inner = pattern.startsWith('/') ? pattern.slice(1) : pattern;
    const below = inner.endsWith('/') ? inner : `${inner}/`;
    return (path) => path === inner || path.startsWith(below);
  }
  let compiled: OwnerPattern | undefined;
  return (path) => (compiled ??= compileOwnerPattern(pattern)).matches(path);
}

/** What every path that a pattern matches has: that start, a segment of that name, or one with that extension. */
interface PatternKey {
  part: 'start' | 'name' | 'extension' | 'none';
  text: string;
}

/** The narrowest key there is. Patterns of the usual shapes are not compiled for it. */
export function keyOfPattern(pattern: string): PatternKey {
  if (!pattern.includes('\\')) {
    const end = pattern.length - (pattern.endsWith('/') ? 1 : 0);
    const inner = pattern.slice(pattern.startsWith('/') ? 1 : 0, end);
    const isAnchored = pattern.startsWith('/') || inner.includes('/');
    const wild = inner.search(wildcard);
    if (wild === -1) return { part: isAnchored ? 'start' : 'name', text: inner };
    const slash = inner.lastIndexOf('/', wild);
    if (isAnchored && slash > 0) return { part: 'start', text: inner.slice(0, slash) };
  }
  const tokens = compileOwnerPattern(pattern).tokens.filter((token) => token !== 'any-segments');
  const name = tokens.find(({ literal }) => literal !== null)?.literal;
  if (typeof name === 'string') return { part: 'name', text: name };
  const extension = tokens.find((token) => token.extension !== null)?.extension;
  return typeof extension === 'string' ? { part: 'extension', text: extension } : { part: 'none', text: '' };
}

function segmentToken(name: string): SegmentToken {
  if (!wildcard.test(name)) return { parts: [], literal: name, extension: null };
  const parts: GlobPart[] = [];
  let isEscaped = false;
  for (const character of name) {
    if (isEscaped || !'\\*?'.includes(character)) parts.push({ literal: character });
    else if (character === '*') {
      if (parts.at(-1) !== 'star') parts.push('star');
    } else if (character === '?') parts.push('one');
    isEscaped = !isEscaped && character === '\\';
  }
  const after = parts.slice(parts.findLastIndex((part) => typeof part === 'string') + 1);
  const end = textOf(after);
  if (after.length === parts.length) return { parts, literal: end, extension: null };
  const dot = end.lastIndexOf('.');
  return { parts, literal: null, extension: dot === -1 ? null : end.slice(dot) };
}

const anySegment = segmentToken('*');

function textOf(parts: readonly GlobPart[]): string {
  return parts.map((part) => (typeof part === 'string' ? '' : part.literal)).join('');
}

// Greedy with one step back per star, so that no pattern can take longer than its length times the path's.
function matchSegments(tokens: readonly PatternToken[], segments: readonly string[]): boolean {
  return matchWithStars(tokens, segments, isAnySegments, matchSegment);
}

function isAnySegments(token: PatternToken): boolean {
  return token === 'any-segments';
}

function matchSegment(token: PatternToken, segment: string): boolean {
  if (token === 'any-segments') return false;
  if (token.literal !== null) return token.literal === segment;
  if (token.extension !== null && !segment.endsWith(token.extension)) return false;
  return matchWithStars(token.parts, Array.from(segment), isStar, matchCharacter);
}

function isStar(part: GlobPart): boolean {
  return part === 'star';
}

function matchCharacter(part: GlobPart, character: string): boolean {
  return part === 'one' || (part !== 'star' && part.literal === character);
}

function matchWithStars<Pattern, Item>(
  pattern: readonly Pattern[],
  items: readonly Item[],
  isStarPart: (part: Pattern) => boolean,
  isMatch: (part: Pattern, item: Item) => boolean,
): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let index = 0; index < items.length;) {
    const part = pattern[at];
    const item = items[index];
    if (part !== undefined && isStarPart(part)) {
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
  return pattern.slice(at).every(isStarPart);
}
