import { commitsKnownTo, readApprovingComment } from './approving-comment.ts';
import { equivalentHeads, type Contributors } from './contributors.ts';
import type { ApprovalEvidence, CommentEvent, ReviewEvent } from './evidence.ts';
import { explainIgnored, type IgnoredEvent, type IgnoredReasonCode } from './ignored.ts';
import { isBotLogin, type People, type Person } from './people.ts';
import { inOrder, readTime, type TimedEvent } from './timeline.ts';

export interface Reviews {
  approvers: Person[];
  /** Logins of those whose request for changes stands. */
  objectors: string[];
  ignored: IgnoredEvent[];
}

type WhoMay = { roles: readonly string[]; bots?: readonly string[] | undefined };

type Opinion = ReviewEvent | CommentEvent;

/** What one person thinks at the moment, event by event. */
interface Stance {
  person: Person;
  objection: ReviewEvent | null;
  approvals: { event: Opinion; commit: string | null; index: number; timeMs: number | null }[];
}

/** Who approves exactly the head, by review or by a comment that names it, and who objects. */
export function readReviews(
  evidence: ApprovalEvidence,
  people: People,
  contributors: Contributors,
  policy: WhoMay,
): Reviews {
  const timeline = inOrder(evidence.events);
  const ignored: IgnoredEvent[] = [];
  const ignore = (event: Opinion, reason: IgnoredReasonCode) => ignored.push(explainIgnored(event, reason));
  const stances = new Map<number, Stance>();
  const unknownObjectors = new Set<string>();
  const commits = commitsKnownTo(evidence);

  for (const [index, { event, timeMs }] of timeline.entries()) {
    const commit = event.type === 'review' ? event.commit_id : null;
    if (event.type === 'push' || (event.type === 'review' && !isOpinion(event))) continue;
    const reading = event.type === 'comment' ? readApprovingComment(event, commits) : { commit };
    if (reading === null) continue;
    const person = people.find(event.by);
    const refusal = refuse(person, policy);
    if (person === undefined || refusal !== undefined) {
      if (person === undefined) noteUnknown(event, timeMs, unknownObjectors);
      ignore(event, refusal ?? 'account-unknown');
      continue;
    }
    const stance = stances.get(person.id) ?? { person, objection: null, approvals: [] };
    stances.set(person.id, stance);
    if ('reason' in reading) ignore(event, reading.reason);
    else if (event.type === 'comment') {
      if (stance.objection !== null) ignore(event, 'objects');
      else stance.approvals.push({ event, commit: reading.commit, index, timeMs });
    } else takeReview(stance, { event, timeMs, index }, ignore);
  }

  const isVoid = voidBy(evidence, timeline);
  const approvers: Person[] = [];
  for (const { person, approvals } of stances.values()) {
    const hasMade = contributors.has(person);
    const counting = approvals.filter((approval) => {
      const reason = hasMade ? 'made-the-change' : isVoid(approval);
      if (reason !== undefined) ignore(approval.event, reason);
      return reason === undefined;
    });
    for (const { event } of counting.slice(0, -1)) ignore(event, 'superseded');
    if (counting.length > 0) approvers.push(person);
  }
  const standing = [...stances.values()].filter(({ objection }) => objection !== null);
  return {
    approvers,
    objectors: [...standing.map(({ person }) => person.login), ...unknownObjectors],
    ignored,
  };
}

/** A comment or an unfinished review is no opinion, so it neither counts nor supersedes one. */
function isOpinion({ state }: ReviewEvent): boolean {
  return state.toUpperCase() !== 'COMMENTED' && state.toUpperCase() !== 'PENDING';
}

/** Whether somebody whom the directory leaves out may object cannot be known; a deleted account and an app may not. */
function noteUnknown(event: Opinion, timeMs: number | null, objectors: Set<string>): void {
  const login = event.by?.toLowerCase() ?? 'ghost';
  if (event.type !== 'review' || login === 'ghost' || isBotLogin(login)) return;
  const state = event.state.toUpperCase();
  if (state === 'CHANGES_REQUESTED') objectors.add(login);
  else if (state === 'DISMISSED' && timeMs !== null) objectors.delete(login);
}

/**
 * Approvals stand until the person objects, or is no longer said to approve. Only an approval, or a dismissal, that can
 * be relied on takes an objection back; anything else that is not an approval takes approvals back.
 */
function takeReview(
  stance: Stance,
  { event, timeMs, index }: { event: ReviewEvent; timeMs: number | null; index: number },
  ignore: (event: Opinion, reason: IgnoredReasonCode) => void,
): void {
  const state = event.state.toUpperCase();
  const isEdited = event.edited_at != null || event.edited_by != null;
  if (state !== 'APPROVED') {
    for (const approval of stance.approvals) ignore(approval.event, 'superseded');
    stance.approvals = [];
  }
  const isReliable = timeMs !== null && (state === 'DISMISSED' || (state === 'APPROVED' && !isEdited));
  if (stance.objection !== null && (isReliable || state === 'CHANGES_REQUESTED')) {
    ignore(stance.objection, 'superseded');
    stance.objection = null;
  }
  if (state === 'CHANGES_REQUESTED') stance.objection = event;
  else if (state === 'DISMISSED') ignore(event, 'dismissed');
  else if (state !== 'APPROVED') ignore(event, 'state-unknown');
  else if (isEdited) ignore(event, 'edited');
  else stance.approvals.push({ event, commit: event.commit_id, index, timeMs });
}

/** Why a person may not approve at all, whatever the change; undefined: they may. */
export function refuse(person: Person | undefined, { roles, bots }: WhoMay): IgnoredReasonCode | undefined {
  if (person === undefined) return 'account-unknown';
  const isNamed = bots?.some((bot) => bot.toLowerCase() === person.login.toLowerCase()) === true;
  if (!person.isHuman && !isNamed) return 'not-a-person';
  if (person.isSuspended) return 'suspended';
  return roles.includes(person.role) ? undefined : 'role-missing';
}

/** Why an approval does not cover the head; undefined: it does. */
function voidBy(
  { pull_request: pull }: ApprovalEvidence,
  timeline: readonly TimedEvent[],
): (approval: Stance['approvals'][number]) => IgnoredReasonCode | undefined {
  // From the head backwards, so what comes before a commit in here is a clean merge on top of it.
  const covering = [...equivalentHeads(pull.head_sha, pull.commits)];
  const pushes = timeline
    .flatMap(({ event, timeMs }, index) =>
      event.type === 'push' ? [{ head: event.head, timeMs, index }] : [],
    )
    .filter(({ head }, index, all) => head !== all[index - 1]?.head)
    .map((push) => ({ ...push, place: covering.indexOf(push.head) }));
  // A push of the approved commit says that the branch was elsewhere before, or it would be the same push once more.
  // Within one instant it is the push that brought what was then approved.
  const isAfter = (push: (typeof pushes)[number], approval: Stance['approvals'][number], place: number) => {
    if (push.place >= 0 && push.place < place) return false;
    return push.index > approval.index && (push.place !== place || push.timeMs !== approval.timeMs);
  };
  const { base_changed_at: baseChangedAt } = pull;
  const baseMs = baseChangedAt == null ? -Infinity : (readTime(baseChangedAt) ?? Infinity);
  return (approval) => {
    const { commit, timeMs } = approval;
    const place = commit === null ? -1 : covering.indexOf(commit);
    if (place < 0) return 'other-commit';
    if (timeMs === null) return 'time-unknown';
    if (pushes.some((push) => isAfter(push, approval, place))) return 'pushed-since';
    return timeMs > baseMs ? undefined : 'base-changed-since';
  };
}
