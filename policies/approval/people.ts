import type { ApprovalEvidence } from './evidence.ts';

/** One account. `id` is GitHub's number, which outlives a rename. */
export interface Person {
  login: string;
  id: number;
  isHuman: boolean;
  role: string;
}

export interface People {
  /** Undefined when the login is in no directory, or spells two accounts. */
  find(login: string | null | undefined): Person | undefined;
  /** The people in a team, by `name` or `organisation/name`; an unknown team has nobody in it. */
  team(name: string): Person[];
}

/** Reads the directory. Logins are compared without case, as GitHub does. */
export function readPeople(directory: ApprovalEvidence['directory']): People {
  const byLogin = new Map<string, Person | 'ambiguous'>();
  for (const [login, user] of Object.entries(directory.users)) {
    const key = login.toLowerCase();
    const isHuman = user.type.toLowerCase() === 'user' && !key.endsWith('[bot]') && key !== 'ghost';
    const known = byLogin.get(key);
    const isSecond = known !== undefined && (known === 'ambiguous' || known.id !== user.id);
    byLogin.set(key, isSecond ? 'ambiguous' : { login, id: user.id, isHuman, role: user.role });
  }
  const find = (login: string | null | undefined) => {
    const person = byLogin.get((login ?? '').toLowerCase());
    return person === 'ambiguous' ? undefined : person;
  };
  const teams = new Map(
    Object.entries(directory.teams).map(([name, logins]) => [name.toLowerCase(), logins]),
  );
  return {
    find,
    team: (name) => {
      const key = name.toLowerCase();
      const logins = teams.get(key) ?? teams.get(key.slice(key.indexOf('/') + 1)) ?? [];
      return logins.map(find).filter((person) => person !== undefined);
    },
  };
}
