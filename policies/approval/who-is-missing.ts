import type { Person } from './people.ts';
import type { Requirement } from './requirement.ts';
import { meantBy } from './requirements/rules.ts';
import type { Situation } from './requirements/situation.ts';
import { refuse } from './reviews.ts';

/** What somebody can still give: so many approvals, by one of these. */
export interface MissingApproval {
  requirement: string;
  count: number;
  /** People in the directory whose approval would count. The directory need not name everybody. */
  logins: string[];
  teams: string[];
  roles: string[];
  message: string;
}

/** For every requirement that waits for people: who could still give what is missing. */
export function findMissing(requirements: readonly Requirement[], situation: Situation): MissingApproval[] {
  const open = eligiblePeers(situation);
  const visit = (requirement: Requirement): MissingApproval[] => {
    if (requirement.isMet) return [];
    const { name, detail, waitsFor, children } = requirement;
    if (waitsFor === undefined) return children.flatMap(visit);
    const { count, from } = waitsFor;
    const logins = open.filter(meantBy(from, situation.people, situation.policy)).map(({ login }) => login);
    const teams = from?.teams ?? [];
    const roles = from === null ? situation.policy.roles : from.roles;
    return [{ requirement: name, count, logins, teams, roles, message: detail }];
  };
  return requirements.flatMap(visit);
}

/** Who may approve this change and has not yet. */
function eligiblePeers({ people, policy, roles, contributors, reviews }: Situation): Person[] {
  const done = new Set(reviews.approvers.map(({ id }) => id));
  return people
    .everyone()
    .filter(
      (person) =>
        refuse(person, { roles, bots: policy.bots }) === undefined &&
        !contributors.has(person) &&
        !done.has(person.id),
    );
}
