/** What is known of owners, from a directory that somebody wrote down: the evidence's form, without a network. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { OwnerCheck } from '../../policies/approval/code-owners-audit.ts';
import type { OwnerLine } from '../../policies/approval/code-owners.ts';
import { evidenceSchema } from '../../policies/approval/evidence-schema.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { mayOwnCode } from '../../policies/approval/owner-standing.ts';
import { readPeople, type People } from '../../policies/approval/people.ts';
import { inputFailure } from '../../stacks/failure.ts';

type Directory = ApprovalEvidence['directory'];

/** Reads a directory of people and teams; what has another shape is refused with the place. */
export function readDirectory(path: string, name: string): Directory {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw inputFailure('directory-unusable', `${name} ${why}; name a file of {"users": …, "teams": …}`);
  }
  const validate = new Ajv({ allowUnionTypes: true }).compile<Directory>(evidenceSchema.properties.directory);
  const known = Object.keys(evidenceSchema.properties.directory.properties);
  if (validate(value)) {
    const foreign = Object.keys(value).find((key) => !known.includes(key));
    if (foreign === undefined) return value;
    throw inputFailure(
      'directory-unusable',
      `${name} has the key ${JSON.stringify(foreign)}, which means nothing there; valid are ${known.join(', ')}`,
    );
  }
  const [error] = validate.errors ?? [];
  const place = error?.instancePath ?? '';
  throw inputFailure(
    'directory-unusable',
    `${name} is no directory: at ${place === '' ? 'its top level' : place} it ${error?.message ?? 'has another shape'}`,
  );
}

/** Every owner that the lines name, once, in their order. */
export function ownersOf(lines: readonly OwnerLine[]): string[] {
  return [...new Set(lines.flatMap(({ owners }) => owners))];
}

/** Looks the owners up in a directory. */
export function checkOwnersInDirectory(
  owners: readonly string[],
  directory: Directory,
): Map<string, OwnerCheck> {
  const people = readPeople(directory);
  return new Map(owners.map((owner) => [owner, checkInDirectory(owner, people)]));
}

export const able: OwnerCheck = { verdict: 'able', reason: '' };

/** GitHub says of no address whose it is. */
export const addressCheck: OwnerCheck = {
  verdict: 'unreadable',
  reason: 'is an address, and whose account it is cannot be looked up: its approval never counts here',
};

function checkInDirectory(owner: string, people: People): OwnerCheck {
  if (!owner.startsWith('@')) return addressCheck;
  const name = owner.slice(1);
  if (name.includes('/')) {
    if (!people.isTeamKnown(name)) return { verdict: 'unknown', reason: 'is no team in the directory' };
    const members = people.team(name);
    return members.some(({ role }) => mayOwnCode(role))
      ? able
      : { verdict: 'no-write', reason: 'has no member who can write to the repository' };
  }
  const person = people.find(name);
  if (person === undefined) return { verdict: 'unknown', reason: 'is no account in the directory' };
  return mayOwnCode(person.role)
    ? able
    : { verdict: 'no-write', reason: `cannot write to the repository (its role is ${person.role})` };
}
