import type { CommentEvent, ReviewEvent } from './evidence.ts';

/** Why a review or a comment counts for nothing; a closed list. */
export type IgnoredReasonCode = keyof typeof ignoredMessages;

export const ignoredMessages = {
  'account-unknown': 'the account is in no directory',
  'not-a-person': 'only people approve',
  suspended: 'the account is suspended',
  'role-missing': 'the account has none of the roles that the policy asks for',
  'made-the-change': 'who made the change does not approve it',
  'other-commit': 'it was given on another commit',
  'pushed-since': 'something was pushed after it',
  'base-changed-since': 'the pull request was pointed at another base after it',
  'time-unknown': 'when it was given cannot be read',
  edited: 'it was edited after it was given',
  deleted: 'it was deleted',
  superseded: 'the same person gave a later review',
  dismissed: 'it was dismissed',
  objects: 'the same person asked for changes, which only a review takes back',
  'state-unknown': 'its state is none that GitHub documents',
  'digest-missing': 'it names no commit: write /evenkeel approve and at least 12 digits of the commit',
  'digest-ambiguous': 'what it names begins more than one commit',
  'not-a-command':
    'it is no command that can be read: /evenkeel approve and the commit, alone in the comment',
} as const;

/** A review or a comment that counts for nothing, and why. */
export interface IgnoredEvent {
  by: string;
  reason: IgnoredReasonCode;
  message: string;
  on: 'review' | 'comment';
}

export function explainIgnored(
  { by, type }: ReviewEvent | CommentEvent,
  reason: IgnoredReasonCode,
): IgnoredEvent {
  return { by: by ?? 'ghost', reason, message: ignoredMessages[reason], on: type };
}
