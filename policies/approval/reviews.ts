import { equivalentHeads, type Contributors } from './contributors.ts';
import type { ApprovalEvidence, EvidenceEvent, ReviewEvent } from './evidence.ts';
import type { People, Person } from './people.ts';

export type IgnoredReasonCode =
  | 'account-unknown'
  | 'not-a-person'
  | 'role-missing'
  | 'made-the-change'
  | 'other-commit'
  | 'pushed-since'
  | 'base-changed-since'
  | 'edited'
  | 'superseded'
  | 'dismissed';

/** A review that counts for nothing, and why. */
export interface IgnoredEvent {
  by: string;
  reason: IgnoredReasonCode;
  message: string;
}

export interface Reviews {
  approvers: Person[];
  /** Logins of those whose request for changes stands. */
  objectors: string[];
  ignored: IgnoredEvent[];
}

const ignoredMessages: Record<IgnoredReasonCode, string> = {
  'account-unknown': 'the account is in no directory',
  'not-a-person': 'only people approve',
  'role-missing': 'the account has none of the roles that the policy asks for',
  'made-the-change': 'who made the change does not approve it',
  'other-commit': 'it was given on another commit',
  'pushed-since': 'something was pushed after it',
  'base-changed-since': 'the pull request was pointed at another base after it',
  edited: 'it was edited after it was given',
  superseded: 'the same person gave a later review',
  dismissed: 'it was dismissed',
};

/** Who approves exactly the head and who objects. Comments never approve. */
export function readReviews(
  evidence: ApprovalEvidence,
  people: People,
  contributors: Contributors,
  roles: readonly string[],
): Reviews {
  const events = inOrder(evidence.events);
  const ignored: IgnoredEvent[] = [];
  const ignore = (review: ReviewEvent, reason: IgnoredReasonCode) =>
    ignored.push({ by: review.by ?? 'ghost', reason, message: ignoredMessages[reason] });

  const latest = new Map<number, { person: Person; review: ReviewEvent; index: number }>();
  for (const [index, review] of events.entries()) {
    if (review.type !== 'review') continue;
    const state = review.state.toUpperCase();
    // A comment or an unfinished review is no opinion, so it neither counts nor supersedes one.
    if (state === 'COMMENTED' || state === 'PENDING') continue;
    const person = people.find(review.by);
    const reason = refusalOf(person, roles);
    if (person === undefined || reason !== undefined) {
      ignore(review, reason ?? 'account-unknown');
      continue;
    }
    const earlier = latest.get(person.id);
    if (earlier !== undefined) ignore(earlier.review, 'superseded');
    latest.set(person.id, { person, review, index });
  }

  const approvers: Person[] = [];
  const objectors: string[] = [];
  for (const { person, review, index } of latest.values()) {
    const state = review.state.toUpperCase();
    if (state === 'CHANGES_REQUESTED') objectors.push(person.login);
    else if (state === 'APPROVED') {
      const reason = contributors.ids.has(person.id)
        ? 'made-the-change'
        : voidOf(review, events.slice(index + 1), evidence);
      if (reason === undefined) approvers.push(person);
      else ignore(review, reason);
    } else ignore(review, 'dismissed');
  }
  return { approvers, objectors, ignored };
}

function refusalOf(person: Person | undefined, roles: readonly string[]): IgnoredReasonCode | undefined {
  if (person === undefined) return 'account-unknown';
  if (!person.isHuman) return 'not-a-person';
  return roles.includes(person.role) ? undefined : 'role-missing';
}

function voidOf(
  review: ReviewEvent,
  later: readonly EvidenceEvent[],
  { pull_request: pull }: ApprovalEvidence,
): IgnoredReasonCode | undefined {
  if (review.edited_at != null || review.edited_by != null) return 'edited';
  const covering = equivalentHeads(pull.head_sha, pull.commits);
  if (review.commit_id === null || !covering.has(review.commit_id)) return 'other-commit';
  if (later.some((event) => event.type === 'push' && !covering.has(event.head))) return 'pushed-since';
  const { base_changed_at: baseChangedAt } = pull;
  // Times that cannot be compared count as "changed since".
  if (baseChangedAt != null && !(Date.parse(review.at) > Date.parse(baseChangedAt)))
    return 'base-changed-since';
  return undefined;
}

/**
 * Events by the server's time, which nobody but the server sets (commit dates are never looked at). If one time cannot
 * be read, the order in which the server listed them stands.
 */
function inOrder(events: readonly EvidenceEvent[]): readonly EvidenceEvent[] {
  const timed = events.map((event) => ({ event, time: Date.parse(event.at) }));
  if (timed.some(({ time }) => Number.isNaN(time))) return events;
  return timed.sort((a, b) => a.time - b.time).map(({ event }) => event);
}
