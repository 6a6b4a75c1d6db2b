/**
 * Every changed path, both names of a rename, that has owners in the base needs the approval of one of them. A trust
 * boundary: an owner who cannot be told, was not read, made the change or may not write counts for nobody, and a file
 * that GitHub would not read makes the owners unknown, which is never the same as having none.
 */
import { indexCodeOwners } from './code-owners-index.ts';
import { isCodeOwnersTooLong, readCodeOwners, type OwnerLine } from './code-owners.ts';
import type { Contributors } from './contributors.ts';
import type { ApprovalEvidence } from './evidence.ts';
import { describeOwner, type OwnerStanding } from './owner-standing.ts';
import type { People, Person } from './people.ts';
import type { Requirement } from './requirement.ts';

/** An owner, and the logins of those behind it who approved. */
interface CountedStanding extends OwnerStanding {
  by: string[];
}

export interface OwnerRequirement {
  /** False: what CODEOWNERS holds in the base is not known; `message` says why. */
  isKnown: boolean;
  isMet: boolean;
  message: string;
  /** One for all lines that name the same owners, in the order of the lines. */
  children: Requirement[];
}

/**
 * Asks for an owner of every owned path. Approvers are given after every other test, so an owner who made the change or
 * lacks the role does not count.
 */
export function requireCodeOwners(
  evidence: ApprovalEvidence,
  people: People,
  contributors: Contributors,
  approvers: readonly Person[],
): OwnerRequirement {
  const { codeowners_base: texts } = evidence.pull_request;
  if (texts === undefined) {
    return unknownOwners('the evidence does not say what CODEOWNERS holds in the base; gather it again');
  }
  if (texts !== null && isCodeOwnersTooLong(texts)) {
    return unknownOwners(
      'CODEOWNERS is longer than 3 MB in the base, so GitHub does not read it; shorten it',
    );
  }
  const { lines, faults } = readCodeOwners(texts ?? []);
  const [fault] = faults;
  if (lines.length === 0 && fault !== undefined) {
    return unknownOwners(
      `no line of CODEOWNERS in the base is valid: on line ${fault.line} ${fault.message}; ${fault.remedy}`,
    );
  }
  const standings = new Map<string, CountedStanding>();
  const standingOf = (owner: string): CountedStanding => {
    const known = standings.get(owner);
    if (known !== undefined) return known;
    const standing = describeOwner(owner, people, contributors);
    const ids = new Set(standing.able.map(({ id }) => id));
    const by = approvers.filter(({ id }) => ids.has(id)).map(({ login }) => login);
    const counted = { ...standing, by };
    standings.set(owner, counted);
    return counted;
  };
  const children = shareOfOwners(evidence, lines).map((share) => requirementOf(share, standingOf));
  const missing = children.find((child) => !child.isMet);
  return {
    isKnown: true,
    isMet: missing === undefined,
    message: missing?.detail ?? 'every owned path is approved by one of its owners',
    children,
  };
}

function unknownOwners(message: string): OwnerRequirement {
  return { isKnown: false, isMet: false, message, children: [] };
}

/** What the same owners have to approve: whoever approves one of these paths for them approves all. */
interface OwnedShare {
  owners: readonly string[];
  /** The lines that decide, in their order. */
  lines: OwnerLine[];
  paths: string[];
}

function shareOfOwners(
  { pull_request: { changed_files: files } }: ApprovalEvidence,
  lines: readonly OwnerLine[],
): OwnedShare[] {
  const index = indexCodeOwners(lines);
  const shares = new Map<string, OwnedShare>();
  const deciding = new Set<OwnerLine>();
  const seen = new Set<string>();
  const add = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const line = index.find(path);
    if (line === undefined || line.owners.length === 0) return;
    const key = line.owners.join(' ');
    let share = shares.get(key);
    if (share === undefined) shares.set(key, (share = { owners: line.owners, lines: [], paths: [] }));
    share.paths.push(path);
    if (!deciding.has(line)) {
      deciding.add(line);
      share.lines.push(line);
    }
  };
  for (const { path, previous_path: previous, status } of files) {
    add(path);
    // A copy leaves the file it was made from as it is.
    if (previous != null && status !== 'copied') add(previous);
  }
  for (const share of shares.values()) share.lines.sort((a, b) => a.line - b.line);
  return [...shares.values()].sort((a, b) => firstLineOf(a) - firstLineOf(b));
}

function firstLineOf({ lines: [first] }: OwnedShare): number {
  return first?.line ?? 0;
}

function nameOf({ owners, lines }: OwnedShare): string {
  const [first, second] = lines;
  if (first !== undefined && second === undefined)
    return `an owner of ${first.pattern} approved (CODEOWNERS line ${first.line})`;
  const shown = lines.slice(0, maxNamed).map(({ line }) => String(line));
  const rest = lines.length - shown.length;
  return `${owners.join(' or ')} approved (CODEOWNERS lines ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
}

function requirementOf(share: OwnedShare, standingOf: (owner: string) => CountedStanding): Requirement {
  const { owners, paths } = share;
  const standings = owners.map(standingOf);
  const by = [...new Set(standings.flatMap((standing) => standing.by))];
  const common = { name: nameOf(share), by, children: [] };
  if (by.length > 0) return { ...common, isMet: true, detail: `${by.join(', ')} approved` };

  const able = new Map(standings.flatMap((standing) => standing.able).map((person) => [person.id, person]));
  const what = paths.length === 1 ? paths[0] : `${paths[0] ?? ''} and ${paths.length - 1} more`;
  const people = [...able.values()].filter(({ isHuman }) => isHuman).map(({ login }) => login);
  const reasons = standings.flatMap(({ reason }) => reason ?? []);
  const who =
    people.length > 0
      ? `${firstOf(people)} can give it`
      : `nobody can give it: have line ${firstLineOf(share)} of CODEOWNERS in the base name somebody who can`;
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  return {
    ...common,
    isMet: false,
    detail: `${what ?? ''} needs the approval of ${owners.join(' or ')}${why}; ${who}`,
    waitsFor: {
      count: 1,
      from: {
        roles: [],
        teams: standings.flatMap(({ team, able: members }) =>
          team !== null && members.length > 0 ? team : [],
        ),
        users: people,
      },
    },
  };
}

const maxNamed = 5;

function firstOf(logins: readonly string[]): string {
  const rest = logins.length - maxNamed;
  if (rest > 0) return `${logins.slice(0, maxNamed).join(', ')} or one of ${rest} more`;
  return logins.length === 1
    ? (logins[0] ?? '')
    : `${logins.slice(0, -1).join(', ')} or ${logins.at(-1) ?? ''}`;
}
