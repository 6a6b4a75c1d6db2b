import { findContributors } from '../approval/contributors.ts';
import type { ApprovalEvidence } from '../approval/evidence.ts';
import { readPeople } from '../approval/people.ts';
import type { GateEvidence, GatePeople, GatePerson } from './gate-evidence.ts';

/** What the evidence of the approvals tells the gates: labels, and who is who. */
export function readGateEvidence(input: {
  /** Of every pull request that brings a part of what is deployed. */
  evidence: readonly ApprovalEvidence[];
  approvers: readonly string[];
  actors: readonly GatePerson[];
}): { labels: GateEvidence['change']['labels']; people: GatePeople } {
  const { evidence, approvers, actors } = input;
  const directories = evidence.map(({ directory }) => readPeople(directory));
  const identify = (login: string): GatePerson => {
    const known = directories.flatMap((people) => people.find(login) ?? []);
    const ids = new Set(known.map(({ id }) => id));
    // Two numbers for one login: nobody knows which of the two it is.
    const [id = null] = ids.size === 1 ? ids : [];
    return { id, login };
  };
  return {
    labels: sharedLabels(evidence),
    people: {
      actors: actors.map((actor) => (actor.id === null ? identify(actor.login) : actor)),
      approvers: approvers.map(identify),
      makers: makersOf(evidence),
    },
  };
}

/** The labels that every pull request has: one of them may not carry another past a freeze. */
function sharedLabels(evidence: readonly ApprovalEvidence[]): string[] | null {
  const [first, ...others] = evidence.map(({ pull_request: pull }) => pull.labels);
  if (first === undefined) return null;
  return first.filter((label) => others.every((labels) => labels?.includes(label) === true));
}

/** Null: somebody who had a part in it cannot be traced to an account, or nothing is known. */
function makersOf(evidence: readonly ApprovalEvidence[]): GatePerson[] | null {
  if (evidence.length === 0) return null;
  const makers = new Map<number, GatePerson>();
  for (const one of evidence) {
    const people = readPeople(one.directory);
    const contributors = findContributors(one, people);
    if (contributors.unknown.length > 0) return null;
    for (const person of people.everyone())
      if (contributors.has(person)) makers.set(person.id, { id: person.id, login: person.login });
  }
  return [...makers.values()];
}
