/**
 * What is wrong with a CODEOWNERS file, seen from the files that a revision has: lines that GitHub skips, lines that
 * decide on nothing, owners who cannot own, files without an owner. What follows from the files is computed, not guessed
 * from the patterns: a line is shadowed when later lines decide on every file that it matches.
 */
import { indexCodeOwners } from './code-owners-index.ts';
import { codeOwnersPaths, type OwnerFile, type OwnerLine } from './code-owners.ts';

export const ownerFindingCodes = [
  'file-too-long',
  'invalid-line',
  'unknown-owner',
  'owner-without-write',
  'reported-by-github',
  'dead-pattern',
  'shadowed-line',
  'odd-blank',
  'missing-blank',
  'uncovered-paths',
  'several-files',
  'misplaced-file',
  'owner-not-checked',
] as const;

export interface OwnerFinding {
  code: (typeof ownerFindingCodes)[number];
  /** A note is no fault: it says what could not be looked at, or what may well be meant. */
  level: 'error' | 'warning' | 'note';
  /** The file it is about. */
  path: string;
  line?: number;
  column?: number;
  message: string;
  remedy: string;
}

/** What is known of one owner. */
export interface OwnerCheck {
  verdict: 'able' | 'unknown' | 'no-write' | 'unreadable';
  /** For the three others: what was found, in words that follow the owner's name. */
  reason: string;
}

/** Files without an owner, by the directory they lie in. */
export interface Uncovered {
  count: number;
  /** Files that a line without owners leaves to nobody, which is taken to be meant. */
  leftToNobody: number;
  first: { directory: string; count: number; example: string }[];
}

interface OwnerAudit {
  findings: OwnerFinding[];
  uncovered: Uncovered;
}

const maxDirectories = 10;

/** Looks at the lines of one file. `path` is where it stands, `texts` its lines, `tracked` every file of the revision. */
export function auditCodeOwners(
  path: string,
  texts: readonly string[],
  { lines, faults }: OwnerFile,
  tracked: readonly string[],
): OwnerAudit {
  const invalid = faults.map(({ line, column, message, remedy }): OwnerFinding => {
    return {
      code: 'invalid-line',
      level: 'error',
      path,
      line,
      column,
      message: `GitHub skips this line: ${message}`,
      remedy,
    };
  });
  const { decided, uncovered, shadowedBy } = decideAll(lines, tracked);
  const idle = lines
    .filter((line) => !decided.has(line))
    .map((line) => idleLine(path, line, columnOf(texts, line), shadowedBy.get(line)));
  const findings = [...invalid, ...idle, ...oddBlanks(path, lines, texts)];
  if (uncovered.count > 0) findings.push(uncoveredFinding(path, uncovered));
  return { findings, uncovered };
}

interface Shadow {
  files: number;
  /** The line that decides on the first of them. */
  by: OwnerLine;
}

function decideAll(lines: readonly OwnerLine[], tracked: readonly string[]) {
  const index = indexCodeOwners(lines);
  const decided = new Set<OwnerLine>();
  const shadowedBy = new Map<OwnerLine, Shadow>();
  const uncovered: string[] = [];
  let leftToNobody = 0;
  for (const file of tracked) {
    const [line, ...others] = index.findAll(file);
    if (line === undefined) {
      uncovered.push(file);
      continue;
    }
    if (line.owners.length === 0) leftToNobody += 1;
    decided.add(line);
    for (const other of others) {
      const shadow = shadowedBy.get(other);
      if (shadow === undefined) shadowedBy.set(other, { files: 1, by: line });
      else shadow.files += 1;
    }
  }
  const first = byDirectory(uncovered).slice(0, maxDirectories);
  return { decided, shadowedBy, uncovered: { count: uncovered.length, leftToNobody, first } };
}

function byDirectory(files: readonly string[]): Uncovered['first'] {
  const directories = new Map<string, Uncovered['first'][number]>();
  for (const file of files) {
    const directory = file.slice(0, file.lastIndexOf('/') + 1);
    const known = directories.get(directory);
    if (known === undefined) directories.set(directory, { directory, count: 1, example: file });
    else known.count += 1;
  }
  return [...directories.values()];
}

function idleLine(path: string, line: OwnerLine, column: number, shadow: Shadow | undefined): OwnerFinding {
  const place = { level: 'warning', path, line: line.line, column } as const;
  if (shadow === undefined) {
    return {
      ...place,
      code: 'dead-pattern',
      message: `\`${line.pattern}\` matches no file`,
      remedy: deadRemedy(line.pattern),
    };
  }
  return {
    ...place,
    code: 'shadowed-line',
    message: `\`${line.pattern}\` decides on nothing: later lines match every file that it matches (${shadow.files}), as line ${shadow.by.line} does`,
    remedy: `move it below line ${shadow.by.line} if it is the exception, or remove it`,
  };
}

function deadRemedy(pattern: string): string {
  if (pattern === '/') return 'write `*` for every file, or `/*` for those of the root';
  if (/^@[^/]+(\/[^/]+)?$/.test(pattern))
    return 'write a pattern before the owner: `* @login` for every file';
  if (pattern.startsWith('./')) return 'begin it with `/` in place of `./`';
  return 'correct its spelling and case, or remove the line';
}

// A blank that is none in ASCII does not end a word, though it looks as if it did.
function oddBlanks(path: string, lines: readonly OwnerLine[], texts: readonly string[]): OwnerFinding[] {
  return lines.flatMap((line): OwnerFinding[] => {
    const at = /[\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]/.exec(line.pattern);
    const glued = line.owners.length === 0 ? /.@[a-z\d]/i.exec(line.pattern) : null;
    const place = { level: 'warning', path, line: line.line } as const;
    const column = columnOf(texts, line);
    if (at !== null) {
      return [
        {
          ...place,
          code: 'odd-blank',
          column: column + at.index,
          message: 'the pattern holds a blank that is none to GitHub, so it does not end there',
          remedy: 'write an ordinary blank or tab between the pattern and the owners',
        },
      ];
    }
    if (glued === null || line.pattern[glued.index] === '/') return [];
    return [
      {
        ...place,
        code: 'missing-blank',
        column: column + glued.index + 1,
        message: `\`${line.pattern}\` is one pattern without owners`,
        remedy: 'write a blank before the `@` if an owner begins there',
      },
    ];
  });
}

function uncoveredFinding(path: string, { count, first }: Uncovered): OwnerFinding {
  const [directory] = first;
  const where = directory === undefined ? '' : `, ${directory.example} for one`;
  return {
    code: 'uncovered-paths',
    level: 'warning',
    path,
    message: `no line matches ${count === 1 ? 'one file' : `${count} files`}${where}, so nobody owns ${count === 1 ? 'it' : 'them'}`,
    remedy: 'give them an owner, or leave them to nobody on purpose with a line that names none',
  };
}

function columnOf(texts: readonly string[], { line, pattern }: OwnerLine): number {
  return Math.max(0, texts[line - 1]?.indexOf(pattern) ?? 0) + 1;
}

/** What is wrong with owners: one finding for each place that names one who is unknown or cannot write. */
export function auditOwners(
  path: string,
  texts: readonly string[],
  { lines }: OwnerFile,
  checks: ReadonlyMap<string, OwnerCheck>,
): OwnerFinding[] {
  return lines.flatMap((line) =>
    line.owners.flatMap((owner): OwnerFinding[] => {
      const check = checks.get(owner);
      if (check === undefined || check.verdict === 'able') return [];
      const from = columnOf(texts, line) - 1 + line.pattern.length;
      const column = (texts[line.line - 1]?.indexOf(owner, from) ?? from) + 1;
      const place = { path, line: line.line, column, message: `${owner} ${check.reason}` };
      return [{ ...place, ...ownerFaults[check.verdict] }];
    }),
  );
}

const ownerFaults: Record<
  Exclude<OwnerCheck['verdict'], 'able'>,
  Pick<OwnerFinding, 'code' | 'level' | 'remedy'>
> = {
  unknown: {
    code: 'unknown-owner',
    level: 'error',
    remedy: 'correct the name, or remove it: GitHub takes nobody for an owner whom it does not know',
  },
  'no-write': {
    code: 'owner-without-write',
    level: 'error',
    remedy: 'give write access to the repository, or name somebody who has it: GitHub passes over this owner',
  },
  unreadable: {
    code: 'owner-not-checked',
    level: 'note',
    remedy: 'look at it by hand, or use a token that may read it',
  },
};

/** Which files of a revision are named as if GitHub read them: the one it reads, and findings on the others. */
export function findCodeOwnersFile(tracked: readonly string[]): {
  path: string | null;
  findings: OwnerFinding[];
} {
  const named = tracked.filter((file) => /(?:^|\/)codeowners$/i.test(file));
  const read = codeOwnersPaths.filter((path) => named.includes(path));
  const path = read[0] ?? null;
  const findings = named.flatMap((file): OwnerFinding[] => {
    if (file === path) return [];
    if (codeOwnersPaths.some((known) => known === file)) {
      return [
        {
          code: 'several-files',
          level: 'warning',
          path: file,
          message: `GitHub reads ${path ?? ''} and no other, so this file decides on nothing`,
          remedy: 'move its lines there and remove it',
        },
      ];
    }
    const isNear = /^(?:\.github\/|docs\/|\.gitlab\/)?codeowners$/i.test(file);
    return [
      {
        code: 'misplaced-file',
        level: isNear ? 'warning' : 'note',
        path: file,
        message:
          'GitHub does not read this file: it looks for .github/CODEOWNERS, CODEOWNERS and docs/CODEOWNERS only, spelled so',
        remedy:
          path === null ? 'move it to .github/CODEOWNERS' : `move its lines to ${path} if they are to count`,
      },
    ];
  });
  return { path, findings };
}
