import { blockUnless, type Check, type Situation } from './situation.ts';

export function requireSignedCommits({ policy, evidence: { pull_request: pull } }: Situation): Check[] {
  if (policy.signedCommits !== true) return [];
  const unsigned = pull.commits.find(({ verified }) => verified !== true);
  return [
    blockUnless(
      'unsigned-commit',
      'every commit is signed',
      unsigned === undefined,
      `${unsigned?.sha.slice(0, 12) ?? ''} has no verified signature: sign it and push again`,
    ),
  ];
}
