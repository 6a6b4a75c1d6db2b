import { ownerLineOf, parseCodeOwners, type OwnerLine } from './code-owners.ts';
import type { Requirement } from './decide-approval.ts';
import type { ApprovalEvidence } from './evidence.ts';
import type { People, Person } from './people.ts';

export interface OwnerRequirement {
  /** False: the evidence does not say what CODEOWNERS holds in the base. */
  isKnown: boolean;
  isMet: boolean;
  message: string;
  /** One per deciding line. */
  children: Requirement[];
}

/**
 * Every changed path, both names of a rename, that has owners in the base needs the approval of one of them. Approvers
 * are given after every other test, so an owner who made the change or lacks the role does not count.
 */
export function requireCodeOwners(
  evidence: ApprovalEvidence,
  people: People,
  approvers: readonly Person[],
): OwnerRequirement {
  const { codeowners_base: file, changed_files: files } = evidence.pull_request;
  if (file === undefined) return { isKnown: false, isMet: false, message: '', children: [] };
  const lines = parseCodeOwners(file ?? []);
  const pathsByLine = new Map<OwnerLine, string[]>();
  for (const path of files.flatMap((changed) => [changed.path, changed.previous_path ?? changed.path])) {
    const line = ownerLineOf(path, lines);
    if (line === undefined || line.owners.length === 0) continue;
    const paths = pathsByLine.get(line);
    if (paths === undefined) pathsByLine.set(line, [path]);
    else if (!paths.includes(path)) paths.push(path);
  }
  const children = [...pathsByLine].map(([line, paths]) => requirementOf(line, paths, people, approvers));
  const missing = children.find((child) => !child.isMet);
  return {
    isKnown: true,
    isMet: missing === undefined,
    message: missing?.detail ?? 'every owned path is approved by one of its owners',
    children,
  };
}

function requirementOf(
  line: OwnerLine,
  paths: readonly string[],
  people: People,
  approvers: readonly Person[],
): Requirement {
  const ids = new Set(line.owners.flatMap((owner) => ownersOf(owner, people)).map((person) => person.id));
  const by = approvers.filter((person) => ids.has(person.id)).map((person) => person.login);
  const what = paths.length === 1 ? paths[0] : `${paths[0] ?? ''} and ${paths.length - 1} more`;
  const owners = line.owners.join(' or ');
  return {
    name: `an owner of ${line.pattern} approved (CODEOWNERS line ${line.line})`,
    isMet: by.length > 0,
    detail: by.length > 0 ? `${by.join(', ')} approved` : `${what ?? ''} needs the approval of ${owners}`,
    by,
    children: [],
  };
}

// An e-mail address belongs to an account that the directory does not name, so it stands for nobody.
function ownersOf(owner: string, people: People): Person[] {
  if (!owner.startsWith('@')) return [];
  if (owner.includes('/')) return people.team(owner.slice(1));
  const person = people.find(owner.slice(1));
  return person === undefined ? [] : [person];
}
