import type { Requirement } from './requirement.ts';
import { eligiblePeers } from './requirements/eligible-peers.ts';
import { meantBy } from './requirements/rules.ts';
import type { Situation } from './requirements/situation.ts';

/** What somebody can still give: so many approvals, by one of these. */
export interface MissingApproval {
  requirement: string;
  count: number;
  /** People in the directory whose approval would count. The directory need not name everybody. */
  logins: string[];
  teams: string[];
  roles: string[];
  message: string;
  /** The rule that this is one branch of, where one branch is enough. */
  oneOf?: string;
}

/** For every requirement that waits for people: who could still give what is missing. */
export function findMissing(requirements: readonly Requirement[], situation: Situation): MissingApproval[] {
  const open = eligiblePeers(situation);
  const visit = (requirement: Requirement, oneOf?: string): MissingApproval[] => {
    if (requirement.isMet) return [];
    const { name, detail, waitsFor, children } = requirement;
    if (waitsFor === undefined) {
      const group = requirement.oneIsEnough === true && children.length > 1 ? name : oneOf;
      return children.flatMap((child) => visit(child, group));
    }
    const { count, from } = waitsFor;
    const logins = open.filter(meantBy(from, situation.people, situation.policy)).map(({ login }) => login);
    const teams = from?.teams ?? [];
    const roles = from === null ? situation.policy.roles : from.roles;
    return [
      {
        requirement: name,
        count,
        logins,
        teams,
        roles,
        message: detail,
        ...(oneOf !== undefined && { oneOf }),
      },
    ];
  };
  return requirements.flatMap((requirement) => visit(requirement));
}
