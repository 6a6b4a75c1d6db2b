import { requireCodeOwners } from '../code-owner-requirement.ts';
import { blockUnless, waitUnless, type Check, type Situation } from './situation.ts';

/** Every owned path is approved by one of its owners. No CODEOWNERS where the policy asks for one is not known owners. */
export function requireOwners({ evidence, policy, people, contributors, approvers }: Situation): Check[] {
  if (!policy.codeOwners) return [];
  const hasFile = evidence.pull_request.codeowners_base != null;
  const owners = hasFile ? requireCodeOwners(evidence, people, contributors, approvers) : undefined;
  const known = blockUnless(
    'owners-unknown',
    'the code owners are known',
    owners?.isKnown === true,
    owners?.message ??
      'the policy asks for code owners, and no CODEOWNERS of the base is known: add the file to the base, or turn codeOwners off',
  );
  if (owners?.isKnown !== true) return [known];
  return [
    known,
    {
      ...waitUnless('owner-missing', 'an owner approved every owned path', owners.isMet, owners.message),
      children: owners.children,
    },
  ];
}
