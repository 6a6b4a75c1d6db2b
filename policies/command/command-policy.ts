/** Who may use which command: the `commands` part of the policy file after loading. */
export interface CommandPolicy {
  /** Repository roles (`role_name`) that may use commands. */
  roles: string[];
  /** In place of `roles` for one command; for what stops a rollout, beside them. */
  who: Partial<Record<CommandUse, CommandUsers>>;
  /** Commands that need a second person beside those that always do. */
  risky: RiskyByChoice[];
  /** What was written longer ago and that nobody took up is not done any more: something else may be live by now. */
  actWithinSeconds: number;
  confirmWithinSeconds: number;
  /** How long a confirmed break-glass can be used to start its rollout. */
  breakGlassWithinSeconds: number;
  /** People at a terminal, by the name of their operating system's account. */
  terminal: Record<string, TerminalPerson>;
}

/** Anyone who is in one of them. */
export interface CommandUsers {
  roles: string[];
  /** `organisation/team`. */
  teams: string[];
  /** Logins. */
  users: string[];
}

/** Who somebody at a terminal is; the number outlives a rename, and tells people apart across doors. */
export interface TerminalPerson {
  login: string;
  id: number | null;
}

/** What `commands.who` can name. `confirm`: who may be the second person. */
export const commandUses = [
  'status',
  'promote',
  'pause',
  'resume',
  'abort',
  'rollback',
  'failback',
  'retry',
  'unlock',
  'break-glass',
  'confirm',
] as const;

export type CommandUse = (typeof commandUses)[number];

/** Stopping never waits for a second person, and what always does needs no choice. */
export const riskyByChoice = ['promote', 'resume', 'retry'] as const;

export type RiskyByChoice = (typeof riskyByChoice)[number];
