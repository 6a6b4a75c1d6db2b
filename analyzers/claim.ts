import picomatch from 'picomatch';
import { afterOf, beforeOf, type Change } from './change.ts';
import type { Analyzer } from './analyzer.ts';
import type { Kind, ServiceScope } from './scope.ts';

/** Where the policy file may stand; it belongs to no service and is claimed as configuration of the road itself. */
export const policyPaths: readonly string[] = ['evenkeel.yml', '.github/evenkeel.yml'];

/** Where the waivers may stand; claimed as the policy file is, so that no service's globs can hide them. */
export const waiverPaths: readonly string[] = ['evenkeel.waivers.yml', '.github/evenkeel.waivers.yml'];

/** The files of the road itself. */
export const roadPaths: readonly string[] = [...policyPaths, ...waiverPaths];

/**
 * Who wins when a path matches the globs of several kinds: what the policy names most precisely comes first. `code` is
 * last, and takes everything else under a service's `paths`, because everything there ships with the bundle.
 */
export const precedence: readonly Kind[] = ['schema', 'sql', 'config', 'infra', 'code'];

/** One changed path and its one kind in one service; `service` is null for the road's own files only. */
export interface Claim {
  path: string;
  service: string | null;
  kind: Kind;
}

export interface Claims {
  claims: Claim[];
  /** Changed paths that belong to no service, in code-unit order. */
  unclaimed: string[];
}

export type Claimant = Pick<Analyzer<never>, 'kind' | 'claims'>;

const matchers = new Map<string, (path: string) => boolean>();

/** Whether any of the globs (POSIX, from the repository's root, dot files included) matches the path. */
export function matchesGlobs(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => {
    let matches = matchers.get(glob);
    if (matches === undefined) {
      matches = picomatch(glob, { dot: true });
      matchers.set(glob, matches);
    }
    return matches(path);
  });
}

/** The one kind that owns a path in a service, or undefined when the service has nothing to do with it. */
export function kindOf(path: string, scope: ServiceScope, claimants: readonly Claimant[]): Kind | undefined {
  return precedence.find((kind) =>
    claimants.some((claimant) => claimant.kind === kind && claimant.claims(path, scope)),
  );
}

/**
 * Gives every changed path (both names of a rename) exactly one kind in each service that it matches, or lists it as
 * unclaimed. Total: a path is in `claims` or in `unclaimed`, never in both and never in neither.
 */
export function claimPaths(
  changes: readonly Change[],
  scopes: readonly ServiceScope[],
  claimants: readonly Claimant[],
): Claims {
  const claims: Claim[] = [];
  const unclaimed: string[] = [];
  for (const path of changedPaths(changes)) {
    if (roadPaths.includes(path)) {
      claims.push({ path, service: null, kind: 'config' });
      continue;
    }
    const found = scopes.flatMap((scope) => {
      const kind = kindOf(path, scope, claimants);
      return kind === undefined ? [] : [{ path, service: scope.name, kind }];
    });
    if (found.length > 0) claims.push(...found);
    else unclaimed.push(path);
  }
  return { claims, unclaimed };
}

/** Every path that a set of changes touches, once, in code-unit order. */
export function changedPaths(changes: readonly Change[]): string[] {
  const paths = new Set<string>();
  for (const change of changes) {
    for (const version of [beforeOf(change), afterOf(change)]) {
      if (version !== undefined) paths.add(version.path);
    }
  }
  return [...paths].sort();
}
