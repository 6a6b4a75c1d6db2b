import {
  auditCodeOwners,
  auditOwners,
  findCodeOwnersFile,
  type OwnerCheck,
  type OwnerFinding,
} from '../../policies/approval/code-owners-audit.ts';
import { readCodeOwners, type OwnerFile } from '../../policies/approval/code-owners.ts';
import type { Repository } from '../github/octokit.ts';
import type { ReadOwnersFile } from './owners-revision.ts';
import type { CheckedOwners } from './owners-result.ts';

/** With what owners are looked up: GitHub, a directory that was written down, or nothing, for the reason given. */
export type PeopleSource =
  | { kind: 'github'; repository: Repository }
  | { kind: 'directory'; path: string; name: string }
  | { kind: 'none'; message: string };

/** Everything that is wrong with a file, in the order of its lines; `tracked` is every file of the revision. */
export async function checkOwners(
  file: ReadOwnersFile,
  tracked: readonly string[],
  source: PeopleSource,
): Promise<CheckedOwners> {
  const owners = readCodeOwners(file.texts);
  const audit = auditCodeOwners(file.path, file.texts, owners, tracked);
  const checks = await lookUp(owners, source);
  const others = findCodeOwnersFile(tracked).findings.filter(({ path }) => path !== file.path);
  const findings = [...audit.findings, ...auditOwners(file.path, file.texts, owners, checks), ...others];
  const gitHub = await askGitHub(file, findings, source);
  return {
    file: { path: file.path, commit: file.commit },
    trackedFiles: tracked.length,
    findings: [...findings, ...gitHub.onlyGitHub].sort(byPlace),
    uncovered: audit.uncovered,
    people:
      source.kind === 'none'
        ? { checkedWith: null, message: source.message }
        : { checkedWith: source.kind, message: '' },
    gitHub: { errors: gitHub.errors, onlyHere: gitHub.onlyHere, message: gitHub.message },
  };
}

// Loaded only where they are needed: most of what a check takes would be Octokit otherwise.
async function lookUp({ lines }: OwnerFile, source: PeopleSource): Promise<ReadonlyMap<string, OwnerCheck>> {
  if (source.kind === 'none') return new Map();
  const { checkOwnersInDirectory, ownersOf, readDirectory } = await import('./owner-checks.ts');
  if (source.kind === 'directory') {
    return checkOwnersInDirectory(ownersOf(lines), readDirectory(source.path, source.name));
  }
  const { checkOwnersOnGitHub } = await import('./github-owners.ts');
  return await checkOwnersOnGitHub(ownersOf(lines), source.repository);
}

async function askGitHub(file: ReadOwnersFile, findings: readonly OwnerFinding[], source: PeopleSource) {
  const none = { errors: null, onlyGitHub: [], onlyHere: [] };
  if (source.kind !== 'github') {
    const message = source.kind === 'none' ? source.message : 'a directory was given in place of GitHub';
    return { ...none, message };
  }
  if (file.commit === null)
    return { ...none, message: 'the file was read from disk, which GitHub cannot see' };
  const { compareWithGitHub, readGitHubErrors } = await import('./github-owners.ts');
  const errors = await readGitHubErrors(source.repository, file.commit);
  if (errors === null) {
    return { ...none, message: `GitHub does not show this token the commit ${file.commit.slice(0, 12)}` };
  }
  return { errors, ...compareWithGitHub(file.path, findings, errors), message: '' };
}

// By file, then by line; what is about a whole file comes after its lines.
function byPlace(a: OwnerFinding, b: OwnerFinding): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return (a.line ?? Infinity) === (b.line ?? Infinity)
    ? (a.column ?? 0) - (b.column ?? 0)
    : (a.line ?? Infinity) - (b.line ?? Infinity);
}
