import { roadPaths } from '../../analyzers/claim.ts';
import { codeOwnersPaths } from './code-owners.ts';
import { changeKinds, type ChangeKind } from './approval-policy.ts';
import type { ApprovalEvidence } from './evidence.ts';

/**
 * Kinds that a path alone gives away, where the policy's own globs are not at hand; the first line that matches counts.
 * Whatever no line matches is code. What guards the road (policy, waivers, CODEOWNERS, workflows) is looked at first,
 * so that no service can claim it.
 */
const guards: ReadonlySet<string> = new Set(
  [...roadPaths, ...codeOwnersPaths].map((path) => path.toLowerCase()),
);
const kindsByPath: readonly (readonly [ChangeKind, RegExp])[] = [
  ['workflow', /^\.github\/(?:workflows|actions)\/|(?:^|\/)action\.ya?ml$/i],
  ['sql', /\.sql$/i],
  ['infra', /(?:^|\/)(?:Pulumi(?:\.[^/]+)?\.ya?ml|Dockerfile|Chart\.ya?ml)$|\.(?:tf|tfvars)$/i],
  ['schema', /\.(?:proto|avsc|graphqls?|schema\.json)$|(?:^|\/)(?:openapi|asyncapi)\.(?:json|ya?ml)$/i],
  ['config', /\.(?:json|ya?ml|toml|ini|properties|env)$|(?:^|\/)\.env[^/]*$/i],
];

/** Every kind that a change touches: of its paths, both names of a rename, and of what was found in it. */
export function kindsOfChange({ pull_request: pull, findings = [] }: ApprovalEvidence): Set<ChangeKind> {
  const kinds = new Set<ChangeKind>();
  if (pull.policy_changed_in_pr === true) kinds.add('policy');
  for (const { path, previous_path: previous } of pull.changed_files) {
    kinds.add(kindOfPath(path));
    if (previous != null && previous !== path) kinds.add(kindOfPath(previous));
  }
  for (const { kind: found } of findings) {
    const kind = changeKinds.find((known) => known === found);
    if (kind !== undefined) kinds.add(kind);
  }
  return kinds;
}

function kindOfPath(path: string): ChangeKind {
  if (guards.has(path.toLowerCase())) return 'policy';
  return kindsByPath.find(([, pattern]) => pattern.test(path))?.[0] ?? 'code';
}
