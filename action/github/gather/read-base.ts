import { policyPaths } from '../../../analyzers/claim.ts';
import { textOf } from '../../../analyzers/change.ts';
import { parseDocument } from '../../../analyzers/document/parse-document.ts';
import { codeOwnersPaths } from '../../../policies/approval/code-owners.ts';
import { openTree } from '../../repository/read-changes.ts';

/** What the base says about approval. */
export interface BaseRules {
  /** The `approval` part of its policy file as it stands there; undefined where there is none. */
  policy: unknown;
  /** The lines of CODEOWNERS, null where there is none, undefined where it cannot be read as text. */
  codeOwners: string[] | null | undefined;
}

/** Reads both from the base, so that a change cannot loosen the rules for itself. */
export async function readBaseRules(repository: string, base: string | null): Promise<BaseRules> {
  if (base === null) return { policy: undefined, codeOwners: null };
  const { tree, close } = openTree(repository, base);
  try {
    const owners = await firstOf(tree, codeOwnersPaths);
    const policy = await firstOf(tree, policyPaths);
    return {
      policy: typeof policy?.text === 'string' ? approvalPart(policy.path, policy.text) : undefined,
      codeOwners: owners === null ? null : owners.text?.split(/\r?\n/),
    };
  } finally {
    close();
  }
}

async function firstOf(
  tree: ReturnType<typeof openTree>['tree'],
  paths: readonly string[],
): Promise<{ path: string; text: string | undefined } | null> {
  for (const path of paths) {
    const file = await tree.read(path);
    if (file !== undefined) return { path, text: textOf(file) };
  }
  return null;
}

function approvalPart(path: string, text: string): unknown {
  const document = parseDocument(path, text);
  if (!document.ok || typeof document.value !== 'object' || document.value === null) return undefined;
  return Object.entries(document.value).find(([key]) => key === 'approval')?.[1];
}
