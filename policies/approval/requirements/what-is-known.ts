import type { ApprovalPolicy } from '../approval-policy.ts';
import type { ChangedFile } from '../evidence.ts';
import { blockUnless, type Check, type Situation } from './situation.ts';

/** A5: what was cut off, or cannot be traced to an account, blocks. */
export function requireKnowledge({ evidence, contributors, policy }: Situation): Check[] {
  const { pull_request: pull } = evidence;
  return [
    blockUnless(
      'commits-incomplete',
      'every commit is known',
      !pull.commits_truncated && pull.commits.some(({ sha }) => sha === pull.head_sha),
      'the list of commits is cut off or lacks the head, so who made this change is not known: split the pull request',
    ),
    blockUnless(
      'files-truncated',
      'every changed path is known',
      !pull.files_truncated && (!asksAboutPaths(policy) || pull.changed_files.every(hasItsOldName)),
      'the list of changed files is cut off or lacks the old name of a rename, so what this change touches is not known: split the pull request',
    ),
    blockUnless(
      'identity-unknown',
      'everyone who made it is known',
      contributors.unknown.length === 0,
      `${contributors.unknown[0] ?? 'someone'} cannot be traced to an account, so nobody can be told apart from who made this change`,
    ),
  ];
}

function asksAboutPaths({ codeOwners, rules = [], kinds = {}, risk = {} }: ApprovalPolicy): boolean {
  return codeOwners || rules.length > 0 || Object.keys({ ...kinds, ...risk }).length > 0;
}

function hasItsOldName({ status, previous_path: previous }: ChangedFile): boolean {
  return status?.toLowerCase() !== 'renamed' || (previous != null && previous !== '');
}
