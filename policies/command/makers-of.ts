import { findContributors } from '../approval/contributors.ts';
import type { ApprovalEvidence } from '../approval/evidence.ts';
import { readPeople } from '../approval/people.ts';
import type { Makers } from './command-decision.ts';

/** Who made a change, from the evidence of its approval: none of them can review it afterwards. */
export function makersOf(evidence: ApprovalEvidence): Makers {
  const people = readPeople(evidence.directory);
  const contributors = findContributors(evidence, people);
  const makers = Object.keys(evidence.directory.users).flatMap((login) => {
    const person = people.find(login);
    return person !== undefined && contributors.has(person) ? [person] : [];
  });
  const { commits_truncated: isCut, commits, head_sha: head } = evidence.pull_request;
  return {
    ids: makers.map(({ id }) => id),
    logins: makers.map(({ login }) => login),
    hasUnknown: contributors.unknown.length > 0 || isCut || !commits.some(({ sha }) => sha === head),
  };
}

/** Of several pull requests that hold one commit: whoever made any of them. */
export function makersOfAll(evidence: readonly ApprovalEvidence[]): Makers {
  const all = evidence.map(makersOf);
  return {
    ids: [...new Set(all.flatMap(({ ids }) => ids))],
    logins: [...new Set(all.flatMap(({ logins }) => logins))],
    hasUnknown: all.some(({ hasUnknown }) => hasUnknown),
  };
}
