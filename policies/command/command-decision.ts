import type { JsonObject } from '../audit/canonical-json.ts';
import type { OperatorCommand } from '../rollout/state.ts';
import type { PendingCommand } from './command-log.ts';
import type { CommandPolicy } from './command-policy.ts';
import type { CommandSituation } from './command-situation.ts';
import type { Command } from './command.ts';
import type { CommandReading, ReadingReasonCode } from './parse-command.ts';
import type { CommandOrigin, Requester } from './requester.ts';

/** Everything a decision rests on; nothing else is read. */
export interface CommandInput {
  /** What `parseCommand` or `readComment` made of the text; a bad reading is refused with its own reason. */
  command: CommandReading;
  /** Null: the account is gone, or cannot be read. */
  requester: Requester | null;
  origin: CommandOrigin;
  situation: CommandSituation;
  /** From `readCommandLog`. */
  pending: readonly PendingCommand[];
  /** For `confirm`: how what is confirmed looks now, by the id of its origin. Not looked at is not confirmed. */
  rechecks: Readonly<Record<string, Recheck>>;
  /** For `break-glass close`: who made the commits that are reviewed, by commit. Not known is not closed. */
  makers?: Readonly<Record<string, Makers>>;
  policy: CommandPolicy;
  /** RFC 3339. */
  at: string;
}

/** Everybody who opened, authored, committed, co-authored or pushed a change. */
export interface Makers {
  ids: number[];
  logins: string[];
  /** Somebody who made it cannot be traced to an account. */
  hasUnknown: boolean;
}

/** A command that waits for its second person, read again just before it is begun. */
export interface Recheck {
  /** The account as it is now; null when it is gone or cannot be read. */
  requester: Requester | null;
  /** `unknown`: it could not be read again. */
  text: 'unchanged' | 'edited' | 'deleted' | 'unknown';
  headCommit?: string | null;
}

export interface CommandDecision {
  decision: 'execute' | 'await-confirmation' | 'refused' | 'answer';
  reasonCode: CommandReasonCode;
  /** One sentence. */
  message: string;
  /** Null when the text was no command. */
  command: Command | null;
  requester: Requester | null;
  origin: CommandOrigin;
  /** Exactly what it does; null when there is nothing to do. */
  plan: CommandPlan | null;
  /** `sha256:` over the plan, who asked and where; what a second person types. */
  digest: string | null;
  /** Until when it can be confirmed. */
  expiresAt: string | null;
  effect: CommandEffect | null;
  /** What this confirms, when it does. */
  confirms: PendingCommand | null;
  /** What this found to be void: it is written down, and nobody can confirm it any more. */
  voids: VoidedCommand[];
  at: string;
}

export interface VoidedCommand {
  pending: PendingCommand;
  reasonCode: CommandReasonCode;
  message: string;
}

/** The same in words and as values. */
export interface CommandPlan {
  /** One sentence each: what is done, and what it means for users. */
  words: string[];
  /** Exact inputs; whatever is in here and changes voids what waits for confirmation. */
  inputs: JsonObject;
}

/** What the executor carries out; a closed list. */
export type CommandEffect =
  | { kind: 'show-status' }
  | { kind: 'help' }
  | { kind: 'say'; text: string }
  /** `isWholeTrain`: every place of the train that this rollout is a member of. */
  | ({ kind: 'steer'; command: OperatorCommand; rollout: string; isWholeTrain?: true } & Required<Location>)
  /** A settled service goes to a release that it had before. */
  | ({ kind: 'return'; release: string; commit: string; from: string } & Required<Location>)
  /** The same commit once more; its approval is asked again. */
  | ({ kind: 'deploy-again'; commit: string } & Required<Location>)
  | ({ kind: 'failback'; instances: string[] } & Required<Location>)
  | ({ kind: 'unlock'; processId: number; host: string; since: string } & Required<Location>)
  | ({ kind: 'open-break-glass'; commit: string; reason: string } & Required<Location>)
  | ({ kind: 'close-break-glass'; opened: number; digest: string; commit: string } & Required<Location>);

interface Location {
  service: string;
  environment: string;
}

/** Why; a closed list. */
export type CommandReasonCode =
  // The text is no command.
  | ReadingReasonCode
  | 'edited'
  | 'clock-behind'
  | 'too-old'
  // Who asks.
  | 'account-unknown'
  | 'account-suspended'
  | 'not-a-person'
  | 'identity-unknown'
  | 'not-permitted'
  // What it is about.
  | 'nothing-deployed'
  | 'place-unknown'
  | 'place-ambiguous'
  | 'nothing-under-way'
  | 'rollout-under-way'
  | 'not-possible-now'
  | 'release-unknown'
  | 'release-ambiguous'
  | 'already-stable'
  | 'nothing-to-retry'
  | 'not-locked'
  | 'lock-held'
  | 'nothing-to-return'
  | 'instance-unknown'
  | 'commit-unknown'
  | 'approve-elsewhere'
  | 'debt-unknown'
  | 'not-a-peer'
  // The second person.
  | 'digest-unknown'
  | 'digest-ambiguous'
  | 'same-person'
  | 'identity-unclear'
  | 'asked-by-nobody'
  | 'expired'
  | 'asked-edited'
  | 'asked-deleted'
  | 'asked-unreadable'
  | 'asked-not-permitted'
  | 'situation-moved'
  // What happens.
  | 'needs-second-person'
  | 'permitted'
  | 'confirmed'
  | 'answered';
