/**
 * Who sits at this terminal. A trust boundary: the operating system says which account it is, and the policy that is live
 * says whose account that is. Whoever may become another account of the machine may speak in its name; that is the
 * machine's business, and the audit log names the account.
 */
import { userInfo } from 'node:os';
import type { CommandPolicy } from '../../policies/command/command-policy.ts';
import type { Requester } from '../../policies/command/requester.ts';

/** The account that runs this process, and the person that the policy names for it. */
export function terminalRequester(policy: CommandPolicy, account = userInfo().username): Requester {
  const person = Object.hasOwn(policy.terminal, account) ? policy.terminal[account] : undefined;
  return {
    id: person?.id ?? null,
    login: person?.login ?? account,
    kind: 'person',
    role: null,
    teams: [],
    isHuman: true,
    identity: person === undefined ? 'none' : 'policy',
  };
}

/** Somebody who asked at a terminal, as the policy names them now; null when it does so no more. */
export function namedNow(by: Requester, policy: CommandPolicy): Requester | null {
  if (by.identity === 'none') return by;
  const person = Object.values(policy.terminal).find(
    ({ login }) => login.toLowerCase() === by.login.toLowerCase(),
  );
  return person === undefined ? null : { ...by, id: person.id, login: person.login };
}
