/** Whether what waits for a second person can still be confirmed (C6, C7 of `decide-command.ts`). */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import type {
  CommandInput,
  CommandPlan,
  CommandReasonCode,
  Recheck,
  VoidedCommand,
} from './command-decision.ts';
import type { PendingCommand } from './command-log.ts';
import type { CommandPolicy, RiskyByChoice } from './command-policy.ts';
import type { CommandSituation } from './command-situation.ts';
import type { Command } from './command.ts';
import { checkPerson, checkUse, type CommandNeed } from './may-use.ts';
import { isPlannable, planCommand, type PlannedCommand, type Planning } from './plan-command.ts';
import { comparePersons, type CommandOrigin, type Requester } from './requester.ts';

export type Holding =
  | { ok: true; planned: PlannedCommand }
  /** `isFinal`: it cannot come to hold again, so it is written down as void. */
  | { ok: false; reasonCode: CommandReasonCode; message: string; isFinal: boolean };

// Machines that share an audit log differ by less.
const clockToleranceMs = 60_000;

/** Whether what was asked can still be confirmed. */
export function checkPending(
  asked: PendingCommand,
  recheck: Recheck,
  situation: CommandSituation,
  policy: CommandPolicy,
  at: string,
): Holding {
  const isOver = (reasonCode: CommandReasonCode, message: string): Holding => ({
    ok: false,
    reasonCode,
    message,
    isFinal: true,
  });
  // Written so that a time which cannot be read counts as over.
  if (!(Date.parse(at) < Date.parse(asked.expiresAt))) {
    return isOver('expired', `it could be confirmed until ${asked.expiresAt}; ask again`);
  }
  if (!(Date.parse(at) >= Date.parse(asked.askedAt) - clockToleranceMs)) {
    const message = `the clock here says ${at}, and it was asked at ${asked.askedAt}: mend the clock, or nobody knows how long it has waited`;
    return { ok: false, reasonCode: 'clock-behind', message, isFinal: false };
  }
  if (recheck.text === 'edited') return isOver('asked-edited', 'it was edited since; ask again');
  if (recheck.text === 'deleted') return isOver('asked-deleted', 'it was deleted since; ask again');
  if (recheck.text === 'unknown') {
    const message =
      'what was asked could not be read again, so nobody knows whether it still stands; try again';
    return { ok: false, reasonCode: 'asked-unreadable', message, isFinal: false };
  }
  const person = checkPerson(recheck.requester);
  if (!person.ok || recheck.requester === null) {
    const message = person.ok ? 'who asked is not known any more' : person.message;
    return isOver('asked-not-permitted', message);
  }
  const planned = planAgain(asked.command, recheck, situation);
  if (planned?.ok !== true) {
    return isOver('situation-moved', `it does not fit any more: ${planned?.message ?? 'it has no plan'}`);
  }
  const permission = checkUse(recheck.requester, planned.use, 'two', policy);
  if (!permission.ok) return isOver('asked-not-permitted', permission.message);
  const isSame = comparePersons(asked.by, recheck.requester) === 'same';
  if (!isSame || digestOf(planned.plan, recheck.requester, asked.origin) !== asked.digest) {
    return isOver('situation-moved', `what it would do now is not what was shown; ask again`);
  }
  return { ok: true, planned };
}

function planAgain(command: Command, recheck: Recheck, situation: CommandSituation): Planning | null {
  return isPlannable(command) ? planCommand(command, situation, recheck.headCommit ?? null) : null;
}

/** What waits and cannot be confirmed any more, so that it can be written down and told before anybody tries. */
export function findVoided(
  input: Pick<CommandInput, 'pending' | 'rechecks' | 'situation' | 'policy' | 'at'>,
): VoidedCommand[] {
  const { rechecks, situation, policy, at } = input;
  return input.pending.flatMap((pending) => {
    const recheck = rechecks[pending.origin.id] ?? { requester: null, text: 'unknown' };
    const holding = checkPending(pending, recheck, situation, policy, at);
    if (holding.ok || !holding.isFinal) return [];
    return [{ pending, reasonCode: holding.reasonCode, message: holding.message }];
  });
}

/** What a command asks for under this policy. */
export function needOf({ use, need }: PlannedCommand, { risky }: CommandPolicy): CommandNeed {
  return need === 'one' && isRisky(use, risky) ? 'two' : need;
}

function isRisky(use: string, risky: readonly RiskyByChoice[]): boolean {
  return risky.some((name) => name === use);
}

/** `sha256:` over exactly the plan, the number of who asked, and where. */
export function digestOf(
  plan: CommandPlan,
  { id, login, identity }: Requester,
  origin: CommandOrigin,
): string {
  const by = id ?? `${identity}:${login.toLowerCase()}`;
  const text = canonicalJson({ by, origin: origin.id, words: plan.words, inputs: plan.inputs });
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
