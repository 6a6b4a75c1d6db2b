/**
 * The one decision on a command, for every door. A trust boundary: it says what is carried out, and for whom.
 *
 *  C5  Whoever asks for something risky is shown exactly what it would do. Only a different person, told apart by
 *      number, who may use that command and types the digest of exactly that in time, has it begun.
 *  C6  A digest covers the plan, who asked and where. The plan is made again from what is live now, so whatever moved
 *      meanwhile has another digest, and nothing is done.
 *  C7  What was edited or deleted, on either side, is void.
 *  C8  What was written long ago and never taken up is refused: it would be decided on what is live now.
 */
import { checkPending, digestOf, needOf, type Holding } from './check-pending.ts';
import type { CommandDecision, CommandInput, CommandReasonCode, Recheck } from './command-decision.ts';
import type { PendingCommand } from './command-log.ts';
import type { CommandPolicy } from './command-policy.ts';
import type { Command } from './command.ts';
import { checkConfirm, checkPerson, checkUse, type Permission } from './may-use.ts';
import { planCommand, type PlannableCommand, type PlannedCommand } from './plan-command.ts';
import { comparePersons, type Requester } from './requester.ts';
import { isNamedBy, short } from './short-digest.ts';

/** Decides from what it is given alone: no clock, no network. Total, and the same for the same input. */
export function decideCommand(input: CommandInput): CommandDecision {
  const { command: reading, requester, origin } = input;
  if (!reading.ok) return refused(input, reading.reasonCode, reading.message);
  if (typeof origin.editedAt === 'string') {
    return refused(input, 'edited', 'this was edited after it was written; write it anew');
  }
  const person = checkPerson(requester);
  if (!person.ok) return refused(input, person.reasonCode, person.message);
  if (requester === null || (requester.identity === 'none' && origin.door !== 'terminal')) {
    return refused(input, 'identity-unknown', 'nobody can tell who asks for this');
  }
  const { command } = reading;
  if (command.name === 'status' || command.name === 'help' || command.name === 'approve') {
    return decideAnswer(input, command, requester);
  }
  const late = tooLate(input);
  if (late !== null) return refused(input, 'too-old', late);
  switch (command.name) {
    case 'confirm':
      return decideConfirmation(input, command.digest, requester);
    default:
      return decidePlanned(input, command, requester);
  }
}

/** C8: the sentence for what waited so long that whoever wrote it may have meant something else; null when in time. */
function tooLate({ origin: { ageSeconds = 0 }, policy: { actWithinSeconds } }: CommandInput): string | null {
  if (ageSeconds === null) return 'nobody can tell when this was written, so nothing is done; write it anew';
  if (ageSeconds <= actWithinSeconds) return null;
  const minutes = (seconds: number): string => `${Math.floor(seconds / 60)} minutes`;
  return `this was written ${minutes(ageSeconds)} before anybody could act on it, and counts for ${minutes(actWithinSeconds)} (\`commands.actWithin\`); nothing is done: look with status, and write it anew`;
}

function decideAnswer(
  input: CommandInput,
  command: Extract<Command, { name: 'status' | 'help' | 'approve' }>,
  requester: Requester,
): CommandDecision {
  const permission = checkUse(requester, 'status', 'read', input.policy);
  if (!permission.ok) return refused(input, permission.reasonCode, permission.message);
  if (command.name !== 'approve') {
    const effect =
      command.name === 'status' ? ({ kind: 'show-status' } as const) : ({ kind: 'help' } as const);
    return {
      ...base(input),
      decision: 'answer',
      reasonCode: 'answered',
      message: `${command.name} is shown`,
      effect,
    };
  }
  if (input.origin.door !== 'comment') {
    return refused(
      input,
      'approve-elsewhere',
      'an approval is given on the pull request, by a review or a comment, where it is bound to the commit that was looked at',
    );
  }
  // The decision on approval reads the comment itself, with its own rules on who is a peer.
  const message = 'this counts in the decision on approval as far as its rules let it';
  return {
    ...base(input),
    decision: 'answer',
    reasonCode: 'answered',
    message,
    effect: { kind: 'say', text: message },
  };
}

function decidePlanned(
  input: CommandInput,
  command: PlannableCommand,
  requester: Requester,
): CommandDecision {
  const planned = planCommand(command, input.situation, input.origin.headCommit ?? null);
  if (!planned.ok) return refused(input, planned.reasonCode, planned.message);
  const need = needOf(planned, input.policy);
  const permission = checkUse(requester, planned.use, need, input.policy);
  if (!permission.ok) return refused(input, permission.reasonCode, permission.message);
  const debt = planned.effect.kind === 'close-break-glass' ? checkReviewer(input, planned, requester) : null;
  if (debt?.ok === false) return refused(input, debt.reasonCode, debt.message);
  const { plan, effect } = planned;
  const digest = digestOf(plan, requester, input.origin);
  if (need !== 'two') {
    const message = plan.words.join('; ');
    return { ...base(input), decision: 'execute', reasonCode: 'permitted', message, plan, digest, effect };
  }
  const { confirmWithinSeconds } = input.policy;
  const expiresAt = new Date(Date.parse(input.at) + confirmWithinSeconds * 1000).toISOString();
  const how =
    requester.identity === 'none'
      ? `nobody can confirm it, because the policy does not say who the account ${requester.login} is; name it under \`commands.terminal\``
      : `a different person who may do this confirms it with \`confirm ${short(digest)}\` until ${expiresAt}`;
  return {
    ...base(input),
    decision: 'await-confirmation',
    reasonCode: 'needs-second-person',
    message: `nothing is done yet: ${how}`,
    plan,
    digest,
    effect,
    expiresAt,
  };
}

/** A review that is owed is given by somebody who neither let it through nor made it. */
function checkReviewer(input: CommandInput, { effect }: PlannedCommand, requester: Requester): Permission {
  if (effect.kind !== 'close-break-glass') return { ok: true };
  const debt = input.situation.debts.find(({ sequence }) => sequence === effect.opened);
  const makers = input.makers?.[effect.commit];
  const deny = (message: string): Permission => ({ ok: false, reasonCode: 'not-a-peer', message });
  if (debt === undefined || makers === undefined || makers.hasUnknown) {
    return deny(
      `who made ${effect.commit.slice(0, 12)} is not known here, so nobody can be told apart from them; close it where the pull request is, or give its evidence`,
    );
  }
  if (requester.id === null) {
    return deny(`${requester.login} has no number here, so it cannot be told apart from those who took part`);
  }
  const login = requester.login.toLowerCase();
  const logins = [debt.by, debt.confirmedBy, ...makers.logins].map((name) => name.toLowerCase());
  const tookPart = [...debt.personIds, ...makers.ids].includes(requester.id) || logins.includes(login);
  return tookPart
    ? deny(`${requester.login} took part in it; somebody who did not has to review it`)
    : { ok: true };
}

function decideConfirmation(input: CommandInput, typed: string, requester: Requester): CommandDecision {
  const { pending, policy, rechecks, situation, at } = input;
  const named = pending.filter(({ digest }) => isNamedBy(typed, digest));
  const [asked, ...others] = named;
  if (asked === undefined) {
    return refused(input, 'digest-unknown', `nothing that waits for a second person has the digest ${typed}`);
  }
  if (others.length > 0) {
    return refused(input, 'digest-ambiguous', `${typed} names several commands; type the whole digest`);
  }
  const recheck = rechecks[asked.origin.id] ?? { requester: null, text: 'unknown' };
  const stillHolds = checkPending(asked, recheck, situation, policy, at);
  const second = checkSecond(requester, asked, recheck, stillHolds, policy);
  if (!second.ok) return refused(input, second.reasonCode, second.message);
  if (!stillHolds.ok) {
    const { reasonCode, message, isFinal } = stillHolds;
    const voids = isFinal ? [{ pending: asked, reasonCode, message }] : [];
    return { ...refused(input, reasonCode, `nothing is done: ${message}`), voids };
  }
  const { plan, effect } = stillHolds.planned;
  return {
    ...base(input),
    decision: 'execute',
    reasonCode: 'confirmed',
    message: `${requester.login} confirmed what ${asked.by.login} asked for: ${plan.words.join('; ')}`,
    plan,
    digest: asked.digest,
    effect,
    confirms: asked,
  };
}

/** C5: different, told apart for certain, and somebody who may do this. */
function checkSecond(
  requester: Requester,
  asked: PendingCommand,
  recheck: Recheck,
  stillHolds: Holding,
  policy: CommandPolicy,
): Permission {
  const deny = (reasonCode: CommandReasonCode, message: string): Permission => ({
    ok: false,
    reasonCode,
    message,
  });
  if (requester.identity === 'none') return checkConfirm(requester, 'confirm', policy);
  if (asked.by.identity === 'none') {
    return deny(
      'asked-by-nobody',
      `the policy does not say who the account ${asked.by.login} is, which asked for this; it could be the same person`,
    );
  }
  const askers = [asked.by, ...(recheck.requester === null ? [] : [recheck.requester])];
  const comparisons = askers.map((asker) => comparePersons(asker, requester));
  if (comparisons.includes('same')) {
    return deny('same-person', `${requester.login} asked for this; somebody else has to confirm it`);
  }
  if (comparisons.includes('unclear')) {
    return deny(
      'identity-unclear',
      `whether ${requester.login} and ${asked.by.login} are one person is not certain; give the number of the account under \`commands.terminal\``,
    );
  }
  // What cannot be planned any more is void, whoever confirms it.
  return stillHolds.ok ? checkConfirm(requester, stillHolds.planned.use, policy) : { ok: true };
}

function base(input: CommandInput): CommandDecision {
  return {
    decision: 'refused',
    reasonCode: 'not-permitted',
    message: '',
    command: input.command.ok ? input.command.command : null,
    requester: input.requester,
    origin: input.origin,
    plan: null,
    digest: null,
    expiresAt: null,
    effect: null,
    confirms: null,
    voids: [],
    at: input.at,
  };
}

function refused(input: CommandInput, reasonCode: CommandReasonCode, message: string): CommandDecision {
  return { ...base(input), decision: 'refused', reasonCode, message };
}
