/**
 * What GitHub finds wrong with a CODEOWNERS file. It looks at the file by itself, not through the matcher under test:
 * which owners are known and may write, and which patterns GitHub does not take.
 */
import { readBlob } from '../bare-repository.ts';
import type { Call } from '../call.ts';
import { accountByEmail } from '../shapes/repository.ts';
import { accountNamed, type RoleName } from '../state.ts';

export interface CodeOwnersError {
  line: number;
  column: number;
  source: string;
  kind: string;
  suggestion: string | null;
  message: string;
  path: string;
}

const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];

/** Null when the commit has no such file. */
export function codeOwnersErrors(call: Call, commit: string): CodeOwnersError[] | null {
  const path = places.find((place) => readBlob(call.git, commit, place) !== null);
  if (path === undefined) return null;
  const lines = (readBlob(call.git, commit, path)?.toString('utf8') ?? '').split(/\r?\n/);
  return lines.flatMap((source, index) => {
    const text = source.replace(/(^|\s)#.*$/, '');
    const [pattern = '', ...owners] = text.trim().split(/\s+/);
    if (pattern === '') return [];
    const found = (kind: string, what: string, suggestion: string | null): CodeOwnersError => ({
      line: index + 1,
      column: Math.max(1, source.indexOf(what) + 1),
      source,
      kind,
      suggestion,
      message: `${kind} on line ${index + 1}: ${suggestion ?? kind}\n\n  ${source}\n  ^`,
      path,
    });
    if (/^!|\[|\]/.test(pattern))
      return [found('Invalid pattern', pattern, 'GitHub takes neither negation nor character classes')];
    return owners.flatMap((owner) => {
      const problem = problemOf(call, owner);
      return problem === null ? [] : [found(problem[0], owner, problem[1])];
    });
  });
}

function problemOf(call: Call, owner: string): [string, string | null] | null {
  const { state } = call;
  const unknown: [string, string] = [
    'Unknown owner',
    `make sure ${owner} exists and has write access to the repository`,
  ];
  const mayWrite = (role: RoleName | undefined): boolean =>
    role !== undefined && ['write', 'maintain', 'admin'].includes(role);
  const [, organisation, slug] = /^@([\w-]+)\/([\w.-]+)$/.exec(owner) ?? [];
  if (organisation !== undefined) {
    const team = state.teams.find((one) => one.slug === slug?.toLowerCase());
    const isKnown =
      organisation.toLowerCase() === state.organisation.toLowerCase() && team?.isSecret === false;
    return isKnown && mayWrite(team.role) ? null : unknown;
  }
  const account = owner.startsWith('@') ? accountNamed(state, owner.slice(1)) : accountByEmail(call, owner);
  if (!owner.startsWith('@') && !/^[^@\s]+@[^@\s]+$/.test(owner)) return ['Invalid owner', null];
  if (account === undefined) return unknown;
  const viaTeam = state.teams.some(({ members, role }) => members.includes(account.id) && mayWrite(role));
  return mayWrite(state.roles.get(account.id)) || viaTeam ? null : unknown;
}
