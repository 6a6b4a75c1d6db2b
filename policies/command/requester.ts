/** Who asks for something, as the door that they came through knows them at that moment. */
export interface Requester {
  /** GitHub's number of the account; null for somebody at a terminal whom the policy gives no number. */
  id: number | null;
  login: string;
  kind: 'person' | 'bot';
  /** The repository's `role_name`; null when there is none, or it cannot be known (a terminal). */
  role: string | null;
  /** `organisation/team`. */
  teams: string[];
  /** False for bots, applications and accounts that are gone (ghost). */
  isHuman: boolean;
  isSuspended?: boolean;
  /**
   * `account`: the server says who it is. `policy`: the policy file says which login this account of the operating system
   * is, which stands for one of the policy's general roles. `none`: nobody knows who it is.
   */
  identity: 'account' | 'policy' | 'none';
}

/** Where a command came from. It is one command, however often it is delivered. */
export interface CommandOrigin {
  door: 'comment' | 'dispatch' | 'terminal';
  /** `comment:<id>`, `dispatch:<run id>` or `terminal:<uuid>`. */
  id: string;
  /** As it was written. */
  text: string;
  /** When it was edited (RFC 3339); an edited command is none. */
  editedAt?: string | null;
  /** How long ago it was written, in whole seconds of the server's own clock; null: nobody knows. */
  ageSeconds?: number | null;
  /** The commit that it is about: the head of the pull request, of the branch, or what is checked out. */
  headCommit?: string | null;
}

/** `same`, `different`, or `unclear`: a rename could hide that it is one person. */
export function comparePersons(
  a: Pick<Requester, 'id' | 'login' | 'identity'>,
  b: Pick<Requester, 'id' | 'login' | 'identity'>,
): 'same' | 'different' | 'unclear' {
  if (a.identity === 'none' || b.identity === 'none') return 'unclear';
  if (a.id !== null && b.id !== null) return a.id === b.id ? 'same' : 'different';
  if (a.login.toLowerCase() === b.login.toLowerCase()) return 'same';
  // Both named by the same policy file, where a login is one person; a number on one side only compares with nothing.
  return a.id === null && b.id === null ? 'different' : 'unclear';
}
