import type { Contributors } from './contributors.ts';
import type { People, Person } from './people.ts';

/** What one owner of a line comes to: the people behind it whose approval would count, and why there are none. */
export interface OwnerStanding {
  able: Person[];
  /** In words, when nobody is able. */
  reason: string | null;
  /** `organisation/team` without the `@`, when it is a team. */
  team: string | null;
}

/** Roles that cannot write. A custom role is not among them: the policy names it as one that approves, or it does not. */
const rolesWithoutWrite: ReadonlySet<string> = new Set(['', 'none', 'read', 'triage']);

/** Whether GitHub lets an account with this role own code: it asks for write access. */
export function mayOwnCode(role: string): boolean {
  return !rolesWithoutWrite.has(role.toLowerCase());
}

/** Says who stands behind an owner as it is written in CODEOWNERS, apart from those who made the change. */
export function describeOwner(owner: string, people: People, contributors: Contributors): OwnerStanding {
  const name = owner.slice(1);
  // An address belongs to an account that nobody has named, so it stands for nobody.
  if (!owner.startsWith('@')) return nobody(`${owner} is an address, and its account is not known`);
  if (name.includes('/')) return describeTeam(name, people, contributors);
  const person = people.find(name);
  const reason = whyUnable(person, contributors);
  return person === undefined || reason !== null
    ? nobody(`${owner} ${reason ?? unknownAccount}`)
    : { able: [person], reason: null, team: null };
}

function describeTeam(name: string, people: People, contributors: Contributors): OwnerStanding {
  if (!people.isTeamKnown(name)) {
    return nobody(`the team @${name} could not be read, so nobody stands for it`, name);
  }
  const members = people.team(name);
  const able = members.filter((person) => whyUnable(person, contributors) === null);
  if (able.length > 0) return { able, reason: null, team: name };
  if (members.length === 0) return nobody(`nobody is in the team @${name}`, name);
  const isAllTheirs = members.every((person) => contributors.has(person));
  return nobody(
    isAllTheirs
      ? `everybody in the team @${name} made the change`
      : `nobody in the team @${name} can write to the repository and did not make the change`,
    name,
  );
}

function nobody(reason: string, team: string | null = null): OwnerStanding {
  return { able: [], reason, team };
}

const unknownAccount = 'is no account in the directory';

function whyUnable(person: Person | undefined, contributors: Contributors): string | null {
  if (person === undefined) return unknownAccount;
  if (contributors.has(person)) return 'made the change';
  if (person.isSuspended) return 'is suspended';
  return mayOwnCode(person.role) ? null : 'cannot write to the repository';
}
