import type { Gate, GatePeople, GatePerson } from './gate-evidence.ts';
import type { EnvironmentPolicy } from './gate-policy.ts';

/** Whether those who start or promote are others than those whom the policy keeps apart from it; unknown is no. */
export function decideDuties(people: GatePeople, policy: EnvironmentPolicy): Gate {
  const name = 'separation-of-duties';
  const apart: { role: string; group: GatePerson[] | null }[] = [];
  if (policy.separateDuties) apart.push({ role: 'approved', group: people.approvers });
  if (!policy.makersMayDeploy) apart.push({ role: 'made', group: people.makers });
  if (apart.length === 0)
    return { name, isOpen: true, reasonCode: 'open', detail: 'duties need not be separate' };
  const closed = (reasonCode: 'duties-not-separate' | 'identity-unknown', detail: string): Gate => ({
    name,
    isOpen: false,
    reasonCode,
    detail,
  });
  const actors = people.actors ?? [];
  const unknown = actors.find(({ id }) => id === null);
  if (actors.length === 0 || unknown !== undefined) {
    const who =
      unknown === undefined ? 'who starts the rollout is not known' : `${unknown.login} is no known account`;
    return closed(
      'identity-unknown',
      `${who}, and ${policy.name} wants duties separate: start it as a known account`,
    );
  }
  for (const { role, group } of apart) {
    if (group === null || group.some(({ id }) => id === null))
      return closed(
        'identity-unknown',
        `not everybody who ${role} the change is known, and ${policy.name} wants duties separate`,
      );
    const both = actors.find((actor) => group.some((person) => isSame(person, actor)));
    if (both !== undefined)
      return closed(
        'duties-not-separate',
        `${both.login} ${role} the change and may not start or promote it in ${policy.name}: somebody else has to`,
      );
  }
  const detail = `${actors.map(({ login }) => login).join(' and ')} neither ${apart.map(({ role }) => role).join(' nor ')} the change`;
  return { name, isOpen: true, reasonCode: 'open', detail };
}

/** By id; an equal login is the same person as well, since no two accounts have one at a time. */
function isSame(left: GatePerson, right: GatePerson): boolean {
  return left.id === right.id || left.login.toLowerCase() === right.login.toLowerCase();
}
