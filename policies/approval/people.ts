import type { ApprovalEvidence } from './evidence.ts';

/** One account. `id` is GitHub's number, which outlives a rename. */
export interface Person {
  login: string;
  id: number;
  isHuman: boolean;
  /** Empty when the directory gives one account two roles. */
  role: string;
  isSuspended: boolean;
}

export interface People {
  /** Undefined when the login is in no directory, or spells two accounts. */
  find(login: string | null | undefined): Person | undefined;
  /** The people in a team, by `name` or `organisation/name`; nobody is in one that is unknown, nor before accepting. */
  team(name: string): Person[];
  /** False: the members of this team could not be read, or it does not exist. */
  isTeamKnown(name: string): boolean;
  /** Each account once. */
  everyone(): Person[];
}

// Accounts that stand for nobody in particular: GitHub's own committer, and every account that was deleted.
const nobody: ReadonlySet<string> = new Set(['ghost', 'web-flow']);

/** Whether a login can be no person's: GitHub allows letters, digits and hyphens, and puts `[bot]` behind those of apps. */
export function isBotLogin(login: string): boolean {
  return /\[bot\]$/i.test(login) || login.includes('/');
}

/** A login or a team as it is compared: GitHub's are ASCII, and other letters that fold to those are somebody else's. */
function keyOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Reads the directory. Logins and teams are compared without case, as GitHub does. */
export function readPeople(directory: ApprovalEvidence['directory']): People {
  const byId = new Map<number, Person>();
  const byLogin = new Map<string, Person | 'ambiguous'>();
  for (const [login, user] of Object.entries(directory.users)) {
    const key = keyOf(login);
    const isHuman = user.type.toLowerCase() === 'user' && !isBotLogin(key) && !nobody.has(key);
    const isSuspended = user.suspended === true;
    const same = byId.get(user.id);
    const person: Person = { login, id: user.id, isHuman, role: user.role, isSuspended };
    if (same === undefined) byId.set(user.id, person);
    else {
      // One account under two logins, as after a rename. Where they are said to differ, the lesser of the two counts.
      if (same.role !== user.role) same.role = person.role = '';
      same.isHuman = person.isHuman = same.isHuman && isHuman;
      same.isSuspended = person.isSuspended = same.isSuspended || isSuspended;
    }
    const known = byLogin.get(key);
    const isSecond = known !== undefined && (known === 'ambiguous' || known.id !== user.id);
    byLogin.set(key, isSecond ? 'ambiguous' : person);
  }
  const find = (login: string | null | undefined) => {
    const key = keyOf(login ?? '');
    const person = nobody.has(key) ? undefined : byLogin.get(key);
    if (person === undefined || person === 'ambiguous') return undefined;
    const { role, isHuman, isSuspended } = byId.get(person.id) ?? person;
    return { ...person, role, isHuman, isSuspended };
  };
  return { find, ...readTeams(directory, find), everyone: () => [...byId.values()] };
}

function readTeams(directory: ApprovalEvidence['directory'], find: People['find']) {
  const teams = byName(directory.teams);
  const idsOf = (logins: readonly string[]) => new Set(logins.map((login) => find(login)?.id));
  const listed = (name: string) => spelledIn(teams, name)?.logins;
  const isUnreadable = (name: string) =>
    directory.unreadable_teams?.some((known) => mayBeSame(known, name)) === true;
  const invitedTo = (name: string) =>
    Object.entries(directory.pending ?? {}).flatMap(([known, logins]) =>
      mayBeSame(known, name) ? logins : [],
    );
  const isTeamKnown = (name: string) => listed(name) !== undefined && !isUnreadable(name);
  // Whoever is in a team that is in this one is in this one; `seen` keeps teams that hold each other from going on for ever.
  const membersOf = (name: string, seen: Set<string>): Person[] => {
    const team = isUnreadable(name) ? undefined : spelledIn(teams, name);
    if (team === undefined || seen.has(team.key)) return [];
    seen.add(team.key);
    const invited = idsOf(invitedTo(name));
    return [...new Set(team.logins)]
      .flatMap((login) => (login.includes('/') ? membersOf(login, seen) : (find(login) ?? [])))
      .filter((person) => !invited.has(person.id));
  };
  return {
    isTeamKnown,
    team: (name: string): Person[] => {
      const members = membersOf(name, new Set());
      return [...new Map(members.map((person) => [person.id, person])).values()];
    },
  };
}

/**
 * A directory, and a policy, may name teams with or without the organisation. The name as it is written is looked for
 * first; a name without an organisation is that of the only team that is called so.
 */
function spelledIn(
  teams: ReadonlyMap<string, string[]>,
  name: string,
): { key: string; logins: string[] } | undefined {
  const key = keyOf(name);
  const slug = key.slice(key.indexOf('/') + 1);
  const whole =
    teams.has(key) || slug !== key ? [] : [...teams.keys()].filter((known) => known.endsWith(`/${key}`));
  const found = teams.has(key) ? key : slug !== key ? slug : whole.length === 1 ? whole[0] : undefined;
  const logins = found === undefined ? undefined : teams.get(found);
  return found === undefined || logins === undefined ? undefined : { key: found, logins };
}

/** Whether two names may be those of one team, with or without the organisation. */
function mayBeSame(a: string, b: string): boolean {
  const [one, other] = [`/${keyOf(a)}`, `/${keyOf(b)}`];
  return one.endsWith(other) || other.endsWith(one);
}

/** One name in two spellings with other members each is none that can be relied on. */
function byName(teams: Readonly<Record<string, string[]>>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const doubled = new Set<string>();
  for (const [name, logins] of Object.entries(teams)) {
    const key = keyOf(name);
    if (found.has(key)) doubled.add(key);
    found.set(key, logins);
  }
  for (const key of doubled) found.delete(key);
  return found;
}
