import { matchesGlobs } from '../../analyzers/claim.ts';
import type { DeployedVersion, ServiceScope } from '../../analyzers/scope.ts';
import { openTrees } from './read-changes.ts';
import { readGit } from './run-git.ts';

/** Each of them is one more comparison of every changed contract. */
const maxVersions = 50;

export interface DeployedVersions {
  /** Undefined: the tags could not be read; the contracts say that nothing was compared with them. */
  deployed?: readonly DeployedVersion[];
  deployedLeftOut?: number;
  close(): void;
}

/**
 * The versions that still run: the tags that the `deployed` globs of the policy's contracts name, the newest first, at
 * most 50. Asks git only where the policy has such globs.
 */
export async function openDeployedVersions(
  repository: string,
  scopes: readonly ServiceScope[],
): Promise<DeployedVersions> {
  const globs = scopes.flatMap(({ schemas }) => schemas.flatMap(({ deployed }) => deployed ?? []));
  if (globs.length === 0) return { close: () => undefined };
  const format = '%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)';
  const printed = await readGit(repository, [
    'for-each-ref',
    '--sort=-creatordate',
    `--format=${format}`,
    'refs/tags',
  ]);
  if (printed === null) return { close: () => undefined };
  const tags = printed.split('\n').flatMap((line) => commitOf(line, globs));
  const taken = tags.slice(0, maxVersions);
  const { trees, close } = openTrees(
    repository,
    taken.map(({ commit }) => commit),
  );
  const deployed = taken.flatMap(({ name }, index) => {
    const tree = trees[index];
    return tree === undefined ? [] : [{ name, tree }];
  });
  return { deployed, deployedLeftOut: tags.length - taken.length, close };
}

/** The commit that a tag names, through an annotated tag's object; a tag of anything else names no version. */
function commitOf(line: string, globs: readonly string[]): { name: string; commit: string }[] {
  const [name = '', type, digest = '', innerType, innerDigest = ''] = line.split('\0');
  if (name === '' || !matchesGlobs(name, globs)) return [];
  if (type === 'commit') return [{ name, commit: digest }];
  return innerType === 'commit' ? [{ name, commit: innerDigest }] : [];
}
