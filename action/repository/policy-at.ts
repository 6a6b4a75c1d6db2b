import { textOf } from '../../analyzers/change.ts';
import { policyPaths } from '../../analyzers/claim.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { openTree } from './read-changes.ts';

/** The policy of one commit, read from git's objects; a commit without one is refused. */
export async function requirePolicyAt(repository: string, commit: string): Promise<Policy> {
  const { tree, close } = openTree(repository, commit);
  const where = commit.slice(0, 12);
  try {
    const policy = await readPolicyAt(tree, where);
    if (policy !== null) return policy;
    throw inputFailure(
      'policy-missing',
      `${where} has no policy; write one with \`evenkeel init\` and commit it, or name another revision with --base`,
    );
  } finally {
    close();
  }
}

/** The policy of one revision, null where it has none; `where` names the revision when its policy cannot be used. */
export async function readPolicyAt(tree: Tree, where: string): Promise<Policy | null> {
  const found = await readPolicyFile(tree);
  return found === null ? null : usablePolicy(found, where);
}

/** Fails with every fault of the file in one sentence. */
export function usablePolicy(found: { path: string; text: string }, where: string): Policy {
  const loaded = loadPolicy(found.text, found.path);
  if (loaded.ok) return loaded.policy;
  const problems = loaded.problems.map(describeProblem);
  throw inputFailure('policy-invalid', `the policy file at ${where} cannot be used: ${problems.join('; ')}`);
}

/** The policy file as it stands, wherever it may stand; null when there is none. */
export async function readPolicyFile(tree: Tree): Promise<{ path: string; text: string } | null> {
  for (const path of policyPaths) {
    const file = await tree.read(path);
    if (file === undefined) continue;
    const text = textOf(file);
    if (text === undefined)
      throw inputFailure('policy-invalid', `${path} is not a text file (${file.content.form}); make it one`);
    return { path, text };
  }
  return null;
}
