/**
 * Who may use which command. A trust boundary: what is not known about somebody never counts for them.
 *
 *  C1  Bots, applications, accounts that are gone, suspended or unreadable do nothing.
 *  C2  Stopping (pause, abort, rollback of what is under way) needs one person with a role. `who` can only widen it.
 *  C3  Break-glass is for those whom the policy names for it and whose number is known; for nobody where it names none.
 *  C4  Somebody at a terminal whom the policy does not name may stop and ask, and no more; nobody can confirm that.
 */
import type { CommandReasonCode } from './command-decision.ts';
import type { CommandPolicy, CommandUse, CommandUsers } from './command-policy.ts';
import type { Requester } from './requester.ts';

/** How much a command asks for: reading, stopping, one person, or two. */
export type CommandNeed = 'read' | 'stop' | 'one' | 'two';

export type Permission = { ok: true } | { ok: false; reasonCode: CommandReasonCode; message: string };

const granted: Permission = { ok: true };

/** Whether this is an account that may do anything at all (C1). */
export function checkPerson(requester: Requester | null): Permission {
  if (requester === null || requester.login.toLowerCase() === 'ghost') {
    return deny('account-unknown', 'who asks for this is not known: the account is gone or cannot be read');
  }
  if (requester.identity === 'account' && requester.id === null) {
    return deny('account-unknown', `${requester.login} has no number, so nobody can tell who it is`);
  }
  if (requester.isSuspended === true) {
    return deny('account-suspended', `${requester.login} is suspended, and a suspended account does nothing`);
  }
  if (requester.kind !== 'person' || !requester.isHuman || requester.login.endsWith('[bot]')) {
    return deny('not-a-person', `${requester.login} is not a person, and commands are for people`);
  }
  return granted;
}

/** Whether this person may ask for it. `checkPerson` has said yes. */
export function checkUse(
  requester: Requester,
  use: CommandUse,
  need: CommandNeed,
  policy: CommandPolicy,
): Permission {
  const named = policy.who[use];
  const isNamed = named !== undefined && isIn(requester, named);
  const hasRole = hasGeneralRole(requester, policy);
  if (use === 'break-glass') {
    return isNamed ? hasNumber(requester) : notNamed(requester, 'break-glass', named);
  }
  switch (need) {
    case 'read':
      if (named === undefined ? mayRead(requester) : isNamed || hasRole) return granted;
      return deny('not-permitted', `${requester.login} has no role in this repository`);
    case 'stop':
      if (hasRole || isNamed || requester.identity === 'none') return granted;
      return lacksRole(requester, use, policy);
    case 'two':
      // It may be asked, and C4 sees to it that nobody can confirm it.
      if (requester.identity === 'none') return granted;
      break;
    case 'one':
      if (requester.identity === 'none') return unnamed(requester, use);
  }
  if (named === undefined) return hasRole ? granted : lacksRole(requester, use, policy);
  return isNamed ? granted : notNamed(requester, use, named);
}

/** Whether this person may be the second one for a command. */
export function checkConfirm(requester: Requester, use: CommandUse, policy: CommandPolicy): Permission {
  if (requester.identity === 'none') return unnamed(requester, 'confirm');
  const named = policy.who.confirm;
  if (named !== undefined && isIn(requester, named)) {
    return use === 'break-glass' ? hasNumber(requester) : granted;
  }
  return checkUse(requester, use, 'two', policy);
}

/** Whoever reviews a break-glass afterwards is told apart from those who let it through, also after a rename. */
function hasNumber({ id, login }: Requester): Permission {
  if (id !== null) return granted;
  return deny(
    'identity-unclear',
    `${login} has no number here, and a break-glass is for accounts that can be told apart; give it under \`commands.terminal\`, or write a comment`,
  );
}

function hasGeneralRole({ role, identity }: Requester, policy: CommandPolicy): boolean {
  if (identity === 'policy') return true;
  return identity === 'account' && role !== null && policy.roles.includes(role);
}

function mayRead({ role, identity }: Requester): boolean {
  return identity !== 'account' || (role !== null && role !== 'none' && role !== '');
}

/** The login that the policy gives somebody at a terminal is good for `users`, and for no role or team of GitHub's. */
function isIn({ login, role, teams, identity }: Requester, users: CommandUsers): boolean {
  if (identity === 'none') return false;
  if (has(users.users, login)) return true;
  if (identity !== 'account') return false;
  return (role !== null && users.roles.includes(role)) || teams.some((team) => has(users.teams, team));
}

/** Logins and teams are compared without case, as GitHub does. */
function has(names: readonly string[], name: string): boolean {
  return names.some((known) => known.toLowerCase() === name.toLowerCase());
}

function unnamed({ login }: Requester, use: string): Permission {
  return deny(
    'identity-unknown',
    `the policy does not say who the account ${login} is, so it may not ${use}; name it under \`commands.terminal\``,
  );
}

function lacksRole({ login, role }: Requester, use: string, policy: CommandPolicy): Permission {
  return deny(
    'not-permitted',
    `${login} has ${role === null ? 'no role' : `the role ${role}`} here, and ${use} is for ${policy.roles.join(', ')}`,
  );
}

function notNamed({ login }: Requester, use: string, named: CommandUsers | undefined): Permission {
  if (named === undefined) {
    return deny(
      'not-permitted',
      `the policy names nobody who may use ${use}; \`commands.who.${use}\` would say who`,
    );
  }
  const who = [...named.roles.map((role) => `the role ${role}`), ...named.teams, ...named.users].join(', ');
  return deny('not-permitted', `${login} may not use ${use}; the policy names ${who}`);
}

function deny(reasonCode: CommandReasonCode, message: string): Permission {
  return { ok: false, reasonCode, message };
}
