import type { Person } from '../people.ts';
import { refuse } from '../reviews.ts';
import type { Situation } from './situation.ts';

/** Who may approve this change and has not yet. */
export function eligiblePeers({ people, policy, roles, contributors, reviews }: Situation): Person[] {
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
