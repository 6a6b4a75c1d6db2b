/** One account as GitHub names it: the number stays when the login is changed. */
export interface Account {
  id: number;
  login: string;
  type: string;
}

/** Everybody who was met while the evidence was gathered. */
export interface Accounts {
  /** Remembers an account and gives its login; null for nobody, as when an account was deleted. */
  remember(value: unknown): string | null;
  all(): Account[];
  byId(id: number): Account | undefined;
  byLogin(login: string): Account | undefined;
}

export function openAccounts(): Accounts {
  const known = new Map<number, Account>();
  return {
    remember(value) {
      const account = toAccount(value);
      if (account === null) return null;
      // The first spelling stays, so that one person is one login all through the evidence.
      const first = known.get(account.id) ?? account;
      known.set(first.id, first);
      return first.login;
    },
    all: () => [...known.values()],
    byId: (id) => known.get(id),
    byLogin: (login) =>
      [...known.values()].find((account) => account.login.toLowerCase() === login.toLowerCase()),
  };
}

/**
 * GitHub gives null, and sometimes an empty object, where an e-mail address maps to no account, and in some places the
 * account `ghost` for everybody whose account was deleted: nobody in particular, and so nobody.
 */
export function toAccount(value: unknown): Account | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!('login' in value && 'id' in value && 'type' in value)) return null;
  const { login, id, type } = value;
  if (typeof login !== 'string' || typeof id !== 'number' || typeof type !== 'string') return null;
  return login.toLowerCase() === 'ghost' ? null : { login, id, type };
}
